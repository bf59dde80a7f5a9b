/**
 * The entries of circuits, as the index tells them.
 * Owns reading them, with what they were in each stretch of snapshots; what is a circuit is
 * circuits.ts's.
 */

import type { End } from '../listing/life.ts';
import { pairOf } from '../listing/match.ts';
import type { Recording, Window } from '../recording/reader.ts';
import type { Sqlite } from '../recording/store.ts';
import type { IntervalAt } from './intervals.ts';

/** An entry with a CIRC_ID. Times are milliseconds since the epoch. */
export interface CircuitEntry {
  readonly run: number;
  readonly connId: number;
  readonly circId: number;
  readonly flags: string;
  readonly openedAt: number;
  /** 1 or 0. */
  readonly openedKnown: number;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Null while it is open. */
  readonly closedBy: number | null;
  readonly end: End;
  readonly read: number;
  readonly written: number;
  /** 1 where it is all that its connection ever was, else 0. */
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

type InCircuit = Pick<CircuitEntry, 'run' | 'circId' | 'openedAt' | 'closedBy'>;

/**
 * Entries of one CIRC_ID that overlap in time, from opening to end, or follow within one interval, as
 * it was then.
 * @param entries in order of run, CIRC_ID and opening.
 */
export function* circuitsAmong<Entry extends InCircuit>(
  entries: Iterable<Entry>,
  intervalAt: IntervalAt,
): Generator<Entry[]> {
  let members: Entry[] = [];
  let reach = Number.NEGATIVE_INFINITY;
  for (const entry of entries) {
    const first = members[0];
    const goesOn =
      first?.run === entry.run && first.circId === entry.circId && entry.openedAt <= reach;
    if (!goesOn) {
      if (members.length > 0) yield members;
      members = [];
      reach = Number.NEGATIVE_INFINITY;
    }
    members.push(entry);
    const { closedBy } = entry;
    const until = closedBy === null ? Number.POSITIVE_INFINITY : closedBy + intervalAt(closedBy);
    reach = Math.max(reach, until);
  }
  if (members.length > 0) yield members;
}

/** What an entry was from one snapshot to before another. */
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

/** An entry that snapshots held, with its flags when last seen. */
export type Listed = Pick<
  CircuitEntry,
  'connId' | 'circId' | 'flags' | 'firstSnapshot' | 'lastSnapshot'
>;

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
  stretchesOf(entry: Listed): Stretch[] {
    const pair = pairOf(entry);
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
    const pair = pairOf({ connId: item.conn_id, circId: item.circ_id });
    const known = pairs.get(pair);
    if (known === undefined) pairs.set(pair, [item]);
    else known.push(item);
  }
  return pairs;
}

/** A connection's life; booleans as they are, or as SQLite gives them. */
export interface ConnectionStanding {
  readonly run: number;
  readonly connId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean | number;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
}

/** Which connections entries stood on, and which of those carried several circuits. */
export class ConnectionLives {
  readonly #lives = new Map<string, ConnectionStanding[]>();
  readonly #shared = new Set<ConnectionStanding>();
  /** Whether READ and WRITE of an entry are its connection's totals. */
  readonly repeatTotals: boolean;

  constructor(recording: Recording) {
    const { db } = recording;
    const lives = db
      .prepare<[], ConnectionStanding>(
        `SELECT run, conn_id AS connId, opened_ms AS openedAt, opened_known AS openedKnown,
           first_snapshot AS firstSnapshot, last_snapshot AS lastSnapshot
         FROM connection_life WHERE NOT alone`,
      )
      .iterate();
    for (const life of lives) {
      const key = `${life.run} ${life.connId}`;
      const known = this.#lives.get(key);
      if (known === undefined) this.#lives.set(key, [life]);
      else known.push(life);
    }
    this.repeatTotals = recording.header.bytes === 'connection';
    if (this.repeatTotals) this.#findShared(db);
  }

  /** The connections that an entry stood on: one, unless its connection was replaced under it. */
  of(entry: Standing): readonly ConnectionStanding[] {
    if (entry.alone) return [entry];
    const lives = this.#lives.get(`${entry.run} ${entry.connId}`) ?? [];
    const over = lives.filter(
      (life) =>
        entry.firstSnapshot <= life.lastSnapshot && entry.lastSnapshot >= life.firstSnapshot,
    );
    return over.length === 0 ? [entry] : over;
  }

  /**
   * Whether the entry's counters also count what other circuits moved: its connection's totals are
   * repeated on each of its lines, and it carried more than one circuit.
   */
  isShared(entry: Standing): boolean {
    return this.of(entry).some((life) => this.#shared.has(life));
  }

  #findShared(db: Sqlite): void {
    const standing = new Map<ConnectionStanding, StandingCircuit[]>();
    const entries = db
      .prepare<[], StandingCircuit>(
        `SELECT run, conn_id AS connId, circ_id AS circId, opened_ms AS openedAt,
           opened_known AS openedKnown, first_snapshot AS firstSnapshot,
           last_snapshot AS lastSnapshot, alone
         FROM entry_life WHERE NOT alone`,
      )
      .iterate();
    for (const entry of entries) {
      for (const life of this.of(entry)) {
        const others = standing.get(life);
        if (others === undefined) standing.set(life, [entry]);
        else if (others.length < MOST_TO_COMPARE) others.push(entry);
        if (others?.some((other) => sharesWith(entry, other))) this.#shared.add(life);
      }
    }
  }
}

/** A connection with so many entries is shared already, or never will be. */
const MOST_TO_COMPARE = 64;

type StandingCircuit = Standing & { readonly circId: number };

/**
 * Whether two entries of a connection make its totals nobody's in particular: two circuits, at
 * whatever time, or a circuit beside the rest of the connection (CIRC_ID 0).
 */
function sharesWith(a: StandingCircuit, b: StandingCircuit): boolean {
  if (a.circId === b.circId) return false;
  const isBeside = a.firstSnapshot <= b.lastSnapshot && b.firstSnapshot <= a.lastSnapshot;
  return (a.circId !== 0 && b.circId !== 0) || isBeside;
}

/** An entry, as far as it tells of its connection. */
type Standing = ConnectionStanding & { readonly alone: boolean | number };
