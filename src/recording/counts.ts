/**
 * How much of everything a recording holds.
 * Owns counting it; which tables are held against what was written before is reader.ts's.
 */
import type { Sqlite } from './sqlite.ts';

export interface Counts {
  readonly snapshots: number;
  /** Lines of all listings together. */
  readonly observations: number;
  /** Lines of listings, and of a transcript. */
  readonly quarantined: number;
  readonly runs: number;
  readonly entries: number;
  readonly openEntries: number;
  readonly gaps: number;
  readonly gapMs: number;
  /** Items of the tape: sessions, frames, gaps. */
  readonly items: number;
}

export function countsIn(db: Sqlite): Counts {
  return db
    .prepare<[], Counts>(
      `SELECT
         (SELECT count(*) FROM snapshot WHERE seq > 0) AS snapshots,
         (SELECT coalesce(sum(entries), 0) FROM snapshot WHERE seq > 0) AS observations,
         (SELECT coalesce(sum(quarantined), 0) FROM snapshot WHERE seq > 0)
           + (SELECT count(*) FROM quarantine WHERE snapshot IS NULL) AS quarantined,
         (SELECT count(*) FROM run) AS runs,
         (SELECT count(*) FROM open_entry) AS openEntries,
         (SELECT count(*) FROM entry_life) AS entries,
         (SELECT count(*) FROM shown_gap) AS gaps,
         (SELECT coalesce(sum(to_ms - from_ms), 0) FROM shown_gap) AS gapMs,
         (SELECT count(*) FROM tape) AS items`,
    )
    .get()!;
}
