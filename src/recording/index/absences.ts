/**
 * Which snapshots did not hold what others before and after them did.
 * Owns finding them in the tables; what follows is for those who go along the tape.
 */
import type { Sqlite } from '../sqlite.ts';

/**
 * The latest snapshot, not behind the one given, at or after which everything was last seen that
 * this one does not hold and a later one may: whoever begins there knows all counters.
 */
export function firstOfAbsentAt(db: Sqlite, snapshot: number): number {
  // An entry that was away then and is back; a connection that went on by other entries.
  const entry = db
    .prepare<[number, number], number | null>(
      'SELECT min(from_snapshot) - 1 FROM absent WHERE from_snapshot <= ? AND to_snapshot >= ?',
    )
    .pluck()
    .get(snapshot, snapshot);
  const connection = db
    .prepare<[{ snapshot: number }], number | null>(
      `WITH own AS (
         SELECT conn_id, run, first_snapshot FROM open_connection WHERE first_snapshot <= @snapshot
         UNION ALL
         SELECT conn_id, run, first_snapshot FROM ended_connection
         WHERE first_snapshot <= @snapshot AND last_snapshot > @snapshot),
       line AS (
         SELECT conn_id, run, first_snapshot + held AS last, first_snapshot AS first
         FROM ended_entry JOIN trait ON trait.id = trait
         WHERE NOT alone AND first_snapshot <= @snapshot AND conn_id IN (SELECT conn_id FROM own)
         UNION ALL
         SELECT conn_id, run, NULL, first_snapshot
         FROM open_entry JOIN trait ON trait.id = trait
         WHERE NOT alone AND first_snapshot <= @snapshot AND conn_id IN (SELECT conn_id FROM own))
       SELECT min(last) FROM (
         SELECT max(coalesce(last, @snapshot)) AS last
         FROM own JOIN line USING (conn_id, run)
         WHERE last IS NULL OR last >= own.first_snapshot
         GROUP BY own.conn_id, own.run, own.first_snapshot)
       WHERE last < @snapshot`,
    )
    .pluck()
    .get({ snapshot });
  return Math.min(snapshot, entry ?? snapshot, connection ?? snapshot);
}
