/**
 * The entries of circuits, as the index tells them.
 * Owns reading them, with what they were in each stretch of snapshots; what is a circuit is
 * circuits.ts's.
 */
import type { End } from '../listing/life.ts';
import type { Recording, Window } from '../recording/reader.ts';
import type { Sqlite } from '../recording/store.ts';

/** An entry with a CIRC_ID. Times are milliseconds since the epoch. */
export interface CircuitEntry {
  readonly run: number;
  readonly connId: number;
  readonly circId: number;
  readonly flags: string;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Null while it is open. */
  readonly closedBy: number | null;
  readonly end: End;
  readonly read: number;
  readonly written: number;
  /** False where its connection also had other entries. */
  readonly alone: number;
}

/**
 * Every entry of the circuits of a window, in order of run, CIRC_ID and opening. A circuit that
 * was seen in the window at all comes whole. The counters of open entries must have been filled in.
 */
export function circuitEntries(db: Sqlite, window: Window): IterableIterator<CircuitEntry> {
  return db
    .prepare<[{ from: number; to: number }], CircuitEntry>(
      `SELECT run, life.conn_id AS connId, life.circ_id AS circId, type_flags AS flags,
         opened_ms AS openedAt, opened_known AS openedKnown,
         first_snapshot AS firstSnapshot, last_snapshot AS lastSnapshot,
         first_seen_ms AS firstSeen, last_seen_ms AS lastSeen, closed_ms AS closedBy, end,
         coalesce(life.read, open_counter.read) AS read,
         coalesce(life.written, open_counter.written) AS written, alone
       FROM entry_life AS life
       LEFT JOIN open_counter
         ON end = 'open'
         AND open_counter.conn_id = life.conn_id AND open_counter.circ_id = life.circ_id
       WHERE life.circ_id <> 0 AND life.circ_id IN (
         SELECT circ_id FROM entry_life WHERE last_seen_ms >= @from AND first_seen_ms <= @to)
       ORDER BY run, life.circ_id, opened_ms, first_seen_ms, life.conn_id`,
    )
    .iterate(window);
}

/** What an entry was from one snapshot to the one before another. */
export interface Stretch {
  readonly from: number;
  readonly until: number;
  readonly flags: string;
}

interface Turn {
  readonly conn_id: number;
  readonly circ_id: number;
  readonly snapshot: number;
  readonly type_flags: string;
}

interface Absence {
  readonly conn_id: number;
  readonly circ_id: number;
  readonly from_snapshot: number;
  readonly to_snapshot: number;
}

/** What entries were over time: where their flags turned, and where no snapshot held them. */
export class History {
  readonly #turns: Map<string, Turn[]>;
  readonly #absences: Map<string, Absence[]>;

  constructor(db: Sqlite) {
    this.#turns = byPair(
      db.prepare<[], Turn>('SELECT * FROM reflagged ORDER BY snapshot').iterate(),
    );
    this.#absences = byPair(
      db.prepare<[], Absence>('SELECT * FROM absent ORDER BY from_snapshot').iterate(),
    );
  }

  /** The stretches of snapshots that held the entry, in order, each with its flags. */
  stretchesOf(entry: CircuitEntry): Stretch[] {
    const pair = `${entry.connId} ${entry.circId}`;
    let stretches: Stretch[] = [];
    let from = entry.firstSnapshot;
    for (const turn of this.#turns.get(pair) ?? []) {
      if (turn.snapshot <= entry.firstSnapshot || turn.snapshot > entry.lastSnapshot) continue;
      stretches.push({ from, until: turn.snapshot, flags: turn.type_flags });
      from = turn.snapshot;
    }
    stretches.push({ from, until: entry.lastSnapshot + 1, flags: entry.flags });
    for (const absence of this.#absences.get(pair) ?? []) {
      stretches = stretches.flatMap((stretch) => without(stretch, absence));
    }
    return stretches;
  }
}

/** The one or two parts of a stretch that lie outside an absence. */
function without(stretch: Stretch, { from_snapshot, to_snapshot }: Absence): Stretch[] {
  const before = { ...stretch, until: Math.min(stretch.until, from_snapshot) };
  const after = { ...stretch, from: Math.max(stretch.from, to_snapshot + 1) };
  if (from_snapshot >= stretch.until || to_snapshot < stretch.from) return [stretch];
  return [before, after].filter(({ from, until }) => from < until);
}

function byPair<Item extends { readonly conn_id: number; readonly circ_id: number }>(
  items: Iterable<Item>,
): Map<string, Item[]> {
  const pairs = new Map<string, Item[]>();
  for (const item of items) {
    const pair = `${item.conn_id} ${item.circ_id}`;
    const known = pairs.get(pair);
    if (known === undefined) pairs.set(pair, [item]);
    else known.push(item);
  }
  return pairs;
}

interface SharedLife {
  readonly run: number;
  readonly connId: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
}

/**
 * Connections that carried more than one circuit, in a recording that repeats a connection's
 * totals on each of its lines: the bytes of such lines are nobody's in particular.
 */
export class SharedConnections {
  readonly #lives: Map<string, SharedLife[]>;

  constructor(recording: Recording) {
    this.#lives = new Map();
    if (recording.header.bytes === 'entry') return;
    const shared = recording.db
      .prepare<[], SharedLife>(
        `WITH own AS MATERIALIZED (
           SELECT run, conn_id, first_seen_ms, last_seen_ms FROM connection_life WHERE NOT alone),
         member AS MATERIALIZED (
           SELECT run, conn_id, circ_id, first_seen_ms, last_seen_ms FROM entry_life
           WHERE NOT alone AND circ_id <> 0)
         SELECT own.run, own.conn_id AS connId,
           own.first_seen_ms AS firstSeen, own.last_seen_ms AS lastSeen
         FROM own JOIN member ON member.run = own.run AND member.conn_id = own.conn_id
           AND member.first_seen_ms <= own.last_seen_ms
           AND member.last_seen_ms >= own.first_seen_ms
         GROUP BY 1, 2, 3, 4 HAVING count(DISTINCT member.circ_id) > 1`,
      )
      .iterate();
    for (const life of shared) {
      const key = `${life.run} ${life.connId}`;
      this.#lives.set(key, [...(this.#lives.get(key) ?? []), life]);
    }
  }

  /** Whether the entry's counters also count what other circuits moved. */
  carried(entry: CircuitEntry): boolean {
    const lives = this.#lives.get(`${entry.run} ${entry.connId}`) ?? [];
    return lives.some(
      (life) => entry.firstSeen <= life.lastSeen && entry.lastSeen >= life.firstSeen,
    );
  }
}
