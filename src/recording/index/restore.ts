/**
 * A recorder that goes on where another one stopped: the tracker's memory, from the index.
 * Owns reading lives back from the tables that lifeIndex.ts writes.
 */
import { Label } from '../../listing/label.ts';
import { ConnectionLife, EntryLife, type Moment, type Opening } from '../../listing/life.ts';
import type { Listing } from '../../listing/listing.ts';
import { pairOf } from '../../listing/match.ts';
import { REMEMBERED } from '../../listing/remembered.ts';
import { Tracker, uptimeProcessOf } from '../../listing/tracking.ts';
import { damaged } from '../damage.ts';
import type { FrameState } from '../frame.ts';
import type { PeerBook } from '../peers.ts';
import type { Sqlite } from '../sqlite.ts';
import type { LifeIndex } from './lifeIndex.ts';
import { ageMsIn, type OpenRow, uptimeIn } from './lifeRows.ts';
import { OPENINGS, portsIn, readTraits, type Trait } from './traits.ts';

interface LifeRow {
  run: number;
  conn_id: number;
  age_ms: number;
  opening: number;
  first_snapshot: number;
  first_at: number;
  first_polled_by: number;
}

/** An entry's row, with the times of its first snapshot. */
interface EntryRow {
  conn_id: number;
  circ_id: number;
  peer: number;
  port: number;
  trait: number;
  age: number;
  first_snapshot: number;
  first_at: number;
  first_polled_by: number;
}

interface EndRow {
  id: number;
  last_snapshot: number;
  last_at: number;
  last_polled_by: number;
  next_at: number;
}

interface EndedConnectionRow extends LifeRow, EndRow {
  uptime: number;
}

interface EndedEntryRow extends EntryRow, EndRow {
  extra: string | null;
  read: number;
  written: number;
}

/** A tracker as it stood after the last snapshot; a new one where there is none. */
export function restoreTracker(
  db: Sqlite,
  state: FrameState,
  book: PeerBook,
  index: LifeIndex,
): Tracker {
  const last = db
    .prepare<[], Moment>(
      `SELECT number AS snapshot, at, at + poll_ms AS polledBy FROM snapshot
       ORDER BY number DESC LIMIT 1`,
    )
    .get();
  if (last === undefined) return new Tracker();
  const run = db.prepare('SELECT max(id) FROM run').pluck().get() as number;
  const traits = readTraits(db);
  const connections = new Map<number, ConnectionLife>();
  for (const row of openConnections(db)) {
    const connection = connectionOf(row, 2);
    connections.set(row.conn_id, connection);
    index.restoreConnection(connection);
  }
  const { labels, read, written, uptime } = state;
  const listing: Listing = { labels, read, written, uptime, quarantined: [], quarantinedCount: 0 };
  const open = openEntries(db, listing, connections, traits);
  const tracker = new Tracker({
    last,
    run,
    uptimeProcess: lastUptimeProcess(db),
    listing,
    entries: open.map(({ entry }) => entry),
    ...ended(db, run, book, traits, index),
    named: named(db, run),
  });
  for (const { entry, row, alone } of open) index.restoreOpen(entry, row, alone);
  return tracker;
}

/** The last one that was a number, which need not be the last one that there was. */
function lastUptimeProcess(db: Sqlite): number | undefined {
  const values = db
    .prepare<[], string>(
      "SELECT value FROM info_change WHERE key = 'info/uptime-process' ORDER BY rowid DESC",
    )
    .pluck()
    .iterate();
  for (const value of values) {
    const uptime = uptimeProcessOf(value);
    if (uptime !== undefined) return uptime;
  }
  return undefined;
}

function openConnections(db: Sqlite): LifeRow[] {
  return db
    .prepare<[], LifeRow>(
      `SELECT c.*, first.at AS first_at, first.at + first.poll_ms AS first_polled_by
       FROM open_connection AS c
       JOIN snapshot AS first ON first.number = c.first_snapshot`,
    )
    .all();
}

function openEntries(
  db: Sqlite,
  listing: Listing,
  connections: Map<number, ConnectionLife>,
  traits: ReadonlyMap<number, Trait>,
): { readonly entry: EntryLife; readonly row: OpenRow; readonly alone: boolean }[] {
  const rows = new Map(
    db
      .prepare<[], EntryRow>(
        `SELECT e.*, first.at AS first_at, first.at + first.poll_ms AS first_polled_by
         FROM open_entry AS e
         JOIN snapshot AS first ON first.number = e.first_snapshot`,
      )
      .all()
      .map((row) => [pairOf({ connId: row.conn_id, circId: row.circ_id }), row]),
  );
  return listing.labels.map((label, row) => {
    const stored = rows.get(pairOf(label))!;
    const life = lifeRowOf(stored, traits);
    const connection = connections.get(label.connId) ?? connectionOf(life, 1);
    connections.set(label.connId, connection);
    const uptime = listing.uptime[row]!;
    connection.uptime = Math.max(connection.uptime, uptime);
    const entry = new EntryLife(...beginningOf(life), connection, label);
    connection.add(entry);
    return { entry, row: openRowOf(stored), alone: life.trait.alone };
  });
}

/** What ended by a poll in this run, as much of it as a tracker remembers, oldest first. */
function ended(
  db: Sqlite,
  run: number,
  book: PeerBook,
  traits: ReadonlyMap<number, Trait>,
  index: LifeIndex,
) {
  const endedConnections: ConnectionLife[] = [];
  const endedEntries: EntryLife[] = [];
  for (const row of endedConnectionRows(db, run)) {
    const connection = connectionOf(row, 2);
    endLife(connection, row);
    connection.uptime = row.uptime;
    index.restoreConnection(connection, row.id);
    endedConnections.push(connection);
  }
  for (const row of endedEntryRows(db, run)) {
    const life = lifeRowOf(row, traits);
    const connection = connectionOf(life, life.trait.alone ? 1 : 2);
    const entry = new EntryLife(...beginningOf(life), connection, labelOf(row, life.trait, book));
    entry.read = row.read;
    entry.written = row.written;
    entry.uptime = uptimeIn(life.trait.late, row.last_at, entry.openedAt);
    connection.uptime = entry.uptime;
    endLife(connection, row);
    endLife(entry, row);
    index.restoreEnded(entry, life.trait.alone, row.id);
    endedEntries.push(entry);
    if (life.trait.alone) endedConnections.push(connection);
  }
  endedConnections.sort((a, b) => a.lastSnapshot - b.lastSnapshot);
  return { endedEntries, endedConnections };
}

const FIRST_AND_LAST = `first.at AS first_at, first.at + first.poll_ms AS first_polled_by,
  last.number AS last_snapshot, last.at AS last_at, last.at + last.poll_ms AS last_polled_by,
  next.at AS next_at`;

function endedConnectionRows(db: Sqlite, run: number): EndedConnectionRow[] {
  return db
    .prepare<[number, number], EndedConnectionRow>(
      `SELECT l.*, ${FIRST_AND_LAST} FROM ended_connection AS l
       JOIN snapshot AS first ON first.number = l.first_snapshot
       JOIN snapshot AS last ON last.number = l.last_snapshot
       JOIN snapshot AS next ON next.number = l.last_snapshot + 1
       WHERE l.run = ? AND l.closed_ms IS NULL ORDER BY l.id DESC LIMIT ?`,
    )
    .all(run, REMEMBERED)
    .reverse();
}

function endedEntryRows(db: Sqlite, run: number): EndedEntryRow[] {
  return db
    .prepare<[number, number], EndedEntryRow>(
      `SELECT l.*, detail.extra, ${FIRST_AND_LAST} FROM ended_entry AS l
       JOIN trait ON trait.id = l.trait
       LEFT JOIN ended_detail AS detail ON detail.entry = l.id
       JOIN snapshot AS first ON first.number = l.first_snapshot
       JOIN snapshot AS last ON last.number = l.first_snapshot + l.held
       JOIN snapshot AS next ON next.number = l.first_snapshot + l.held + 1
       WHERE trait.run = ? AND detail.closed_ms IS NULL ORDER BY l.id DESC LIMIT ?`,
    )
    .all(run, REMEMBERED)
    .reverse();
}

/**
 * Which connections events opened or closed in this run, as much of it as a tracker remembers.
 * Entries that stand for no connection do not count: a later line of a connection that an event
 * opened has its opening, too, but a younger first snapshot.
 */
function named(db: Sqlite, run: number): [connId: number, snapshot: number][] {
  return db
    .prepare<[{ run: number; limit: number }], [number, number]>(
      `WITH connection AS (
         SELECT run, conn_id, opening, first_snapshot, NULL AS last_snapshot, NULL AS closed_ms
         FROM open_entry JOIN trait ON trait.id = trait WHERE alone
         UNION ALL
         SELECT run, conn_id, opening, first_snapshot, NULL, NULL FROM open_connection
         UNION ALL
         SELECT run, conn_id, opening, first_snapshot, first_snapshot + held, closed_ms
         FROM ended_entry JOIN trait ON trait.id = trait
         LEFT JOIN ended_detail ON entry = ended_entry.id WHERE alone
         UNION ALL
         SELECT run, conn_id, opening, first_snapshot, last_snapshot, closed_ms
         FROM ended_connection)
       SELECT conn_id, max(snapshot) AS snapshot FROM (
         SELECT conn_id, first_snapshot AS snapshot FROM connection
           WHERE run = @run AND opening = 2
         UNION ALL
         SELECT conn_id, last_snapshot + 1 FROM connection
           WHERE run = @run AND closed_ms IS NOT NULL
         UNION ALL
         SELECT conn_id, snapshot FROM passed_connection WHERE run = @run)
       GROUP BY conn_id ORDER BY snapshot DESC LIMIT @limit`,
    )
    .raw()
    .all({ run, limit: REMEMBERED })
    .reverse();
}

function beginningOf(row: LifeRow): [run: number, first: Moment, opening: Opening] {
  const first: Moment = {
    snapshot: row.first_snapshot,
    at: row.first_at,
    polledBy: row.first_polled_by,
  };
  const opening = { at: row.first_at - row.age_ms, known: OPENINGS[row.opening] ?? 'unknown' };
  return [row.run, first, opening];
}

function connectionOf(row: LifeRow, entryCount: number): ConnectionLife {
  const connection = new ConnectionLife(...beginningOf(row), row.conn_id, 0);
  connection.entryCount = entryCount;
  return connection;
}

/** The life that an entry's row describes. */
function lifeRowOf(
  row: EntryRow,
  traits: ReadonlyMap<number, Trait>,
): LifeRow & { readonly trait: Trait } {
  const trait = traits.get(row.trait);
  if (trait === undefined) throw damaged(`an entry has trait ${row.trait}, which is not there`);
  const { conn_id, first_snapshot, first_at, first_polled_by } = row;
  const ageMs = ageMsIn(row.age, trait.opening === 'event');
  const opening = OPENINGS.indexOf(trait.opening);
  return {
    trait,
    run: trait.run,
    conn_id,
    age_ms: ageMs,
    first_snapshot,
    first_at,
    first_polled_by,
    opening,
  };
}

function openRowOf(row: EntryRow): OpenRow {
  const { conn_id, circ_id, peer, port, trait, age, first_snapshot } = row;
  return [conn_id, circ_id, peer, port, trait, age, first_snapshot];
}

function endLife(life: EntryLife | ConnectionLife, row: EndRow): void {
  const last: Moment = {
    snapshot: row.last_snapshot,
    at: row.last_at,
    polledBy: row.last_polled_by,
  };
  life.finish(last, { end: 'closed', at: row.next_at, byEvent: false, reason: '' });
}

function labelOf(row: EndedEntryRow, trait: Trait, book: PeerBook): Label {
  return Label.of({
    connId: row.conn_id,
    circId: row.circ_id,
    ...book.peer(row.peer),
    ...portsIn(trait, row.port),
    flags: trait.flags,
    extra: row.extra ?? '',
  });
}
