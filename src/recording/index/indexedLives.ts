/**
 * Every life that a recording's index tells, without its counters and addresses.
 * Owns reading all entries and connections fast; which of them a report asks about, and what
 * is a circuit, is not decided here. Times are milliseconds since the epoch, UTC.
 */
import type { End } from '../../listing/life.ts';
import { damaged } from '../damage.ts';
import type { Sqlite } from '../sqlite.ts';
import { takeRows } from '../sums.ts';
import type { Window } from '../window.ts';
import { History } from './history.ts';
import { ageMsIn } from './lifeRows.ts';
import { readTraits, type Trait } from './traits.ts';

export interface IndexedLife {
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Null while it is open. */
  readonly closedBy: number | null;
  readonly end: End;
}

/** An entry of `conn/all`, as some snapshots held it. */
export interface IndexedEntry extends IndexedLife {
  readonly run: number;
  readonly connId: number;
  readonly circId: number;
  /** TYPE_FLAGS when last seen. */
  readonly flags: string;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  /** Whether it is all that its connection ever was. */
  readonly alone: boolean;
}

/** A connection (CONN_ID). */
export interface IndexedConnection extends IndexedLife {
  /** TYPE_FLAGS when last seen; empty where only events told of it, and did not say. */
  readonly flags: string;
}

/** id, conn_id, circ_id, peer, ports, trait, age, first_snapshot, held, late, read, written, closed_ms. */
type EndedRow = readonly number[] & { readonly 12?: number | null };

/**
 * Calls `take` for every entry that a snapshot held, in no order that matters. What the view
 * entry_life says, in a quarter of its time. Throws `damaged` at the end where the rows were not
 * what was written.
 */
export function visitEntries(db: Sqlite, take: (entry: IndexedEntry) => void): void {
  const snapshots = new SnapshotTimes(db);
  const runStarts = new Set(db.prepare('SELECT first_snapshot FROM run').pluck().all());
  const traits = readTraits(db);
  const traitOf = (number: number): Trait => {
    const trait = traits.get(number);
    if (trait === undefined) throw damaged(`an entry has trait ${number}, which is not there`);
    return trait;
  };
  const { last } = snapshots;
  takeRows(
    db,
    'ended_entry',
    (row) => {
      const [, connId, circId, , , trait, age, firstSnapshot, held] = row as EndedRow;
      const closedMs = row[12] as number | null;
      const { opening, ...rest } = traitOf(trait!);
      const firstSeen = snapshots.at(firstSnapshot!);
      const lastSnapshot = firstSnapshot! + held!;
      const runEnded = closedMs === null && runStarts.has(lastSnapshot + 1);
      take({
        ...rest,
        connId: connId!,
        circId: circId!,
        firstSnapshot: firstSnapshot!,
        lastSnapshot,
        openedAt: firstSeen - ageMsIn(age!, opening === 'event'),
        openedKnown: opening !== 'unknown',
        firstSeen,
        lastSeen: snapshots.at(lastSnapshot),
        closedBy: closedMs ?? snapshots.at(lastSnapshot + 1),
        end: runEnded ? 'run-ended' : 'closed',
      });
    },
    {
      columns: ['ended_detail.closed_ms'],
      join: 'LEFT JOIN ended_detail ON ended_detail.entry = ended_entry.id',
    },
  );
  takeRows(db, 'open_entry', (row) => {
    const [connId, circId, , , trait, age, firstSnapshot] = row as readonly number[];
    const { opening, ...rest } = traitOf(trait!);
    const firstSeen = snapshots.at(firstSnapshot!);
    take({
      ...rest,
      connId: connId!,
      circId: circId!,
      firstSnapshot: firstSnapshot!,
      lastSnapshot: last,
      openedAt: firstSeen - ageMsIn(age!, opening === 'event'),
      openedKnown: opening !== 'unknown',
      firstSeen,
      lastSeen: snapshots.at(last),
      closedBy: null,
      end: 'open',
    });
  });
}

/** The times of snapshots, whose numbers have no holes. */
class SnapshotTimes {
  readonly last: number;
  readonly #first: number;
  readonly #times: readonly number[];

  constructor(db: Sqlite) {
    const numbers = db.prepare('SELECT min(number) FROM snapshot').pluck();
    this.#first = (numbers.get() as number | null) ?? 1;
    this.#times = db.prepare('SELECT at FROM snapshot ORDER BY number').pluck().all() as number[];
    this.last = this.#first + this.#times.length - 1;
  }

  at(number: number): number {
    return this.#times[number - this.#first]!;
  }
}

/**
 * Every connection that no single entry tells: it had several, or lived otherwise than its only
 * one, or no snapshot held it. Of several lines in the last snapshot that held it the one with the
 * lowest CIRC_ID says what it was: 0 is its own.
 * @param entries every entry that is not `alone`.
 */
export function* otherConnections(
  db: Sqlite,
  entries: readonly IndexedEntry[],
): Generator<IndexedConnection, void> {
  const lines = new LinesOfConnections(db, entries);
  const own = db
    .prepare<[], LifeRow & { readonly connId: number; readonly lastSnapshot: number }>(
      `SELECT conn_id AS connId, last_snapshot AS lastSnapshot, ${LIFE}
       FROM connection_life WHERE NOT alone`,
    )
    .iterate();
  for (const life of own) {
    yield { ...lifeOf(life), flags: lines.flagsAt(life.connId, life.lastSnapshot) };
  }
  const passed = db
    .prepare<[], LifeRow & { readonly flags: string }>(
      `SELECT type_flags AS flags, ${LIFE} FROM entry_life WHERE first_snapshot IS NULL`,
    )
    .iterate();
  for (const life of passed) yield { ...lifeOf(life), flags: life.flags };
}

/** When a connection was there that no snapshot held, cut to a window. */
export interface Unlisted {
  readonly flags: string;
  readonly from: number;
  readonly to: number;
}

/** Connections of a window that only events reported. */
export function unlistedConnections(db: Sqlite, window: Window): Unlisted[] {
  return db
    .prepare<[Window], Unlisted>(
      `SELECT type_flags AS flags,
         max(first_seen_ms, @from) AS "from", min(last_seen_ms, @to) AS "to"
       FROM entry_life
       WHERE first_snapshot IS NULL AND last_seen_ms >= @from AND first_seen_ms <= @to`,
    )
    .all(window);
}

const LIFE = `opened_ms AS openedAt, opened_known AS openedKnown, first_seen_ms AS firstSeen,
  last_seen_ms AS lastSeen, closed_ms AS closedBy, end`;

/** A life as SQLite gives it: a truth is 1 or 0. */
type LifeRow = Omit<IndexedLife, 'openedKnown'> & { readonly openedKnown: number };

function lifeOf({ openedKnown, ...life }: LifeRow): IndexedLife {
  return { ...life, openedKnown: openedKnown === 1 };
}

/** Entries that are not `alone`, by the connection they stood on. */
class LinesOfConnections {
  readonly #history: History;
  readonly #entries = new Map<number, IndexedEntry[]>();

  constructor(db: Sqlite, entries: readonly IndexedEntry[]) {
    this.#history = new History(db);
    for (const entry of entries) {
      const others = this.#entries.get(entry.connId);
      if (others === undefined) this.#entries.set(entry.connId, [entry]);
      else others.push(entry);
    }
  }

  /** TYPE_FLAGS of the line with the lowest CIRC_ID of a connection that a snapshot held. */
  flagsAt(connId: number, snapshot: number): string {
    let lowest = Number.POSITIVE_INFINITY;
    let flags = '';
    for (const entry of this.#entries.get(connId) ?? []) {
      if (entry.circId >= lowest) continue;
      if (entry.firstSnapshot > snapshot || entry.lastSnapshot < snapshot) continue;
      const there = this.#history
        .stretchesOf(entry)
        .find(({ from, until }) => from <= snapshot && snapshot < until);
      if (there === undefined) continue;
      lowest = entry.circId;
      flags = there.flags;
    }
    return flags;
  }
}
