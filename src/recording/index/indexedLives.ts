/**
 * Every life that a recording's index holds, without its counters and addresses.
 * Owns reading all entries and connections fast; which of them a report asks about, and what
 * is a circuit, is not decided here. Times are milliseconds since the epoch, UTC.
 */
import type { End } from '../../listing/life.ts';
import { damaged } from '../damage.ts';
import type { Sqlite } from '../sqlite.ts';
import { takeRows, type Value } from '../sums.ts';
import type { Window } from '../window.ts';
import { ageMsIn } from './lifeRows.ts';
import { OPENINGS, readTraits, type Trait } from './traits.ts';

export interface IndexedLife {
  readonly openedAt: number;
  readonly openedKnown: boolean;
  /** Whether an event said when it opened; of an entry, when its connection did. */
  readonly openedByEvent: boolean;
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

/** An entry with READ and WRITE when it was last seen; NaN while it is open, as the tape alone knows. */
export interface CountedEntry extends IndexedEntry {
  readonly read: number;
  readonly written: number;
}

/**
 * Calls `take` for every entry that a snapshot held, in no order that matters, with the same object
 * each time: it is good until the call returns. What the view entry_life says, in a quarter of its
 * time. Throws `damaged` at the end where the rows were not what was written.
 */
export function visitEntries(db: Sqlite, take: (entry: CountedEntry) => void): void {
  db.transaction(() => new EntryVisit(db, take).visit())();
}

class EntryVisit {
  readonly #db: Sqlite;
  readonly #take: (entry: CountedEntry) => void;
  readonly #times: LifeTimes;
  readonly #traits: ReadonlyMap<number, Trait>;
  readonly #entry: { -readonly [Key in keyof CountedEntry]: CountedEntry[Key] } = {
    run: 0,
    connId: 0,
    circId: 0,
    flags: '',
    openedAt: 0,
    openedKnown: false,
    openedByEvent: false,
    firstSnapshot: 0,
    lastSnapshot: 0,
    firstSeen: 0,
    lastSeen: 0,
    closedBy: null,
    end: 'open',
    alone: false,
    read: Number.NaN,
    written: Number.NaN,
  };

  constructor(db: Sqlite, take: (entry: CountedEntry) => void) {
    this.#db = db;
    this.#take = take;
    this.#times = new LifeTimes(db);
    this.#traits = readTraits(db);
  }

  visit(): void {
    takeRows(
      this.#db,
      'ended_entry',
      // id, conn_id, circ_id, peer, port, trait, age, first_snapshot, held, read, written, closed_ms
      (row) => {
        const last = (row[7] as number) + (row[8] as number);
        this.#entry.read = row[9] as number;
        this.#entry.written = row[10] as number;
        this.#take(this.#entryOf(row, 1, last, row[11] as number | null));
      },
      {
        columns: ['ended_detail.closed_ms'],
        join: 'LEFT JOIN ended_detail ON ended_detail.entry = ended_entry.id',
      },
    );
    this.#entry.read = Number.NaN;
    this.#entry.written = Number.NaN;
    takeRows(this.#db, 'open_entry', (row) => {
      this.#take(this.#entryOf(row, 0, undefined, null));
    });
  }

  /** @param from where in `row` its CONN_ID stands. @param last undefined where it is open. */
  #entryOf(row: readonly Value[], from: number, last: number | undefined, closedMs: number | null) {
    const trait = this.#traits.get(row[from + 4] as number);
    if (trait === undefined) {
      throw damaged(`an entry has trait ${row[from + 4]}, which is not there`);
    }
    const entry = this.#entry;
    entry.run = trait.run;
    entry.connId = row[from] as number;
    entry.circId = row[from + 1] as number;
    entry.flags = trait.flags;
    entry.alone = trait.alone;
    entry.openedKnown = trait.opening !== 'unknown';
    entry.openedByEvent = trait.opening === 'event';
    const ageMs = ageMsIn(row[from + 5] as number, entry.openedByEvent);
    this.#times.fill(entry, ageMs, row[from + 6] as number, last, closedMs);
    return entry;
  }
}

/** When lives began and ended, from the snapshots that held them. */
class LifeTimes {
  readonly #snapshots: SnapshotTimes;
  readonly #runStarts: ReadonlySet<unknown>;

  constructor(db: Sqlite) {
    this.#snapshots = new SnapshotTimes(db);
    this.#runStarts = new Set(db.prepare('SELECT first_snapshot FROM run').pluck().all());
  }

  /**
   * Fills in the times of a life.
   * @param last the last snapshot that held it; undefined where it is open.
   * @param closedMs what an event said of its end.
   */
  fill(
    life: { -readonly [Key in keyof Lived]: Lived[Key] },
    ageMs: number,
    first: number,
    last: number | undefined,
    closedMs: number | null,
  ): void {
    const snapshots = this.#snapshots;
    life.firstSnapshot = first;
    life.lastSnapshot = last ?? snapshots.last;
    life.firstSeen = snapshots.at(first);
    life.lastSeen = snapshots.at(life.lastSnapshot);
    life.openedAt = life.firstSeen - ageMs;
    if (last === undefined) {
      life.closedBy = null;
      life.end = 'open';
      return;
    }
    life.closedBy = closedMs ?? snapshots.at(last + 1);
    life.end = closedMs === null && this.#runStarts.has(last + 1) ? 'run-ended' : 'closed';
  }
}

type Lived = Omit<IndexedLife, 'openedKnown' | 'openedByEvent'> &
  Pick<IndexedEntry, 'firstSnapshot' | 'lastSnapshot'>;

/** The times of snapshots: those that are there have no holes, some that are not began lives. */
export class SnapshotTimes {
  readonly last: number;
  readonly #first: number;
  readonly #times: readonly number[];
  readonly #earlier: ReadonlyMap<number, number>;

  constructor(db: Sqlite) {
    this.#first =
      db.prepare<[], number>('SELECT min(number) FROM snapshot WHERE seq > 0').pluck().get() ?? 1;
    const earlier = db
      .prepare<[number], [number: number, at: number]>(
        'SELECT number, at FROM snapshot WHERE number < ?',
      )
      .raw();
    this.#earlier = new Map(earlier.all(this.#first));
    this.#times = db
      .prepare<[number], number>('SELECT at FROM snapshot WHERE number >= ? ORDER BY number')
      .pluck()
      .all(this.#first);
    this.last = this.#first + this.#times.length - 1;
  }

  /** There must be one of that number. */
  at(number: number): number {
    return this.#times[number - this.#first] ?? this.#earlier.get(number)!;
  }
}

/** A connection with a row of its own. */
export type OwnConnection = Lived &
  Pick<IndexedEntry, 'run' | 'connId' | 'openedKnown' | 'openedByEvent'>;

/** Every connection with a row of its own: what the view connection_life says of those. */
export function* ownConnections(db: Sqlite): Generator<OwnConnection, void> {
  const times = new LifeTimes(db);
  const rows = db
    .prepare<[], readonly (number | null)[]>(
      `SELECT run, conn_id, age_ms, opening, first_snapshot, last_snapshot, closed_ms
       FROM ended_connection
       UNION ALL
       SELECT run, conn_id, age_ms, opening, first_snapshot, NULL, NULL FROM open_connection`,
    )
    .raw()
    .iterate();
  for (const [run, connId, ageMs, opening, first, last, closedMs] of rows) {
    const life = {
      run: run!,
      connId: connId!,
      openedAt: 0,
      openedKnown: opening !== OPENINGS.indexOf('unknown'),
      openedByEvent: opening === OPENINGS.indexOf('event'),
      firstSnapshot: 0,
      lastSnapshot: 0,
      firstSeen: 0,
      lastSeen: 0,
      closedBy: null,
      end: 'open' as const,
    };
    times.fill(life, ageMs!, first!, last ?? undefined, closedMs ?? null);
    yield life;
  }
}

/** A connection that no snapshot held. */
export interface Unlisted {
  /** 40 hex digits or `0`. */
  readonly orId: string;
  readonly flags: string;
  readonly openedAt: number;
  readonly lastSeen: number;
  /** Where no event reported its end: the snapshot that did not hold it. */
  readonly closedBy: number;
  readonly end: End;
  /** When it was there, cut to a window. */
  readonly from: number;
  readonly to: number;
}

/** Whether there are connections that only events reported. */
export function hasPassed(db: Sqlite): boolean {
  return db.prepare('SELECT 1 FROM passed_connection LIMIT 1').get() !== undefined;
}

/** Those of a window. */
export function unlistedConnections(db: Sqlite, window: Window): Unlisted[] {
  return db
    .prepare<[Window], Unlisted>(
      `SELECT or_id AS orId, type_flags AS flags, opened_ms AS openedAt,
         last_seen_ms AS lastSeen, closed_ms AS closedBy, end,
         max(first_seen_ms, @from) AS "from", min(last_seen_ms, @to) AS "to"
       FROM entry_life
       WHERE first_snapshot IS NULL AND last_seen_ms >= @from AND first_seen_ms <= @to`,
    )
    .all(window);
}
