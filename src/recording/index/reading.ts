/**
 * The index of a recording, for reading: lives, runs, gaps, info values, and what queries/ ask.
 * Owns what can be asked of it; each answer is its own file's, and no SQL stands outside this room,
 * its neighbours in recording/ and queries/.
 */
import type { Session } from '../../listing/snapshot.ts';
import type { Sqlite } from '../sqlite.ts';
import type { SummedTable } from '../sums.ts';
import type { Window } from '../window.ts';
import { firstOfAbsentAt } from './absences.ts';
import { type BlindTimes, blindTimesIn } from './blind.ts';
import { Chains } from './chains.ts';
import { ConnectionLives } from './connectionLives.ts';
import { History } from './history.ts';
import {
  type CountedEntry,
  hasPassed,
  type IndexedEntry,
  type OwnConnection,
  ownConnections,
  SnapshotTimes,
  type Unlisted,
  unlistedConnections,
  visitEntries,
} from './indexedLives.ts';
import { CountedColumns, FlagBook, LifeColumns } from './lifeColumns.ts';
import { type LifeLots, Lots, lotsFor } from './lots.ts';
import { type IndexedConnection, otherConnections } from './otherConnections.ts';
import { CountedPacking, LifePacking } from './packedLives.ts';
import { type Counters, fillOpenCounters, select } from './query.ts';
import { StoredRollups } from './rollups/stored.ts';

/** A life of the Tor process, from its first snapshot on. */
export interface Run {
  readonly id: number;
  readonly firstSnapshot: number;
}

/** What holds lives beside the entries. */
const LIVES = ['ended_connection', 'open_connection', 'passed_connection'] as const;

/** What holds how entries were before. */
const TURNS = ['reflagged', 'absent'] as const;

const ROLLUPS = ['poll_total', 'minute_balance', 'minute_ended', 'lopsided', 'greatest'] as const;

type Pair = Pick<IndexedEntry, 'connId' | 'circId'>;

export class RecordingIndex {
  readonly #checkedDb: (...tables: readonly SummedTable[]) => Sqlite;
  readonly #lastListing: () => Counters | undefined;

  /**
   * @param checkedDb gives the file when some of its tables, all where none is named, were held
   *   against what was written.
   * @param lastListing the rows of the last snapshot; undefined where there is none.
   */
  constructor(
    checkedDb: (...tables: readonly SummedTable[]) => Sqlite,
    lastListing: () => Counters | undefined,
  ) {
    this.#checkedDb = checkedDb;
    this.#lastListing = lastListing;
  }

  /** About how many entries there are, to make room for them: nobody has held them against a sum. */
  entryCount(): number {
    return this.#checkedDb('run')
      .prepare<[], number>(
        `SELECT (SELECT coalesce(max(id), 0) FROM ended_entry)
           + (SELECT count(*) FROM open_entry)`,
      )
      .pluck()
      .get()!;
  }

  /** Lots for lives, as many as it takes for all entries; see `Lots`. */
  lifeLots(livesALot?: number): LifeLots {
    const [times, flagBook] = [this.snapshotTimes(), new FlagBook()];
    const count = this.entryCount();
    const lots = lotsFor(count, livesALot);
    const lot = () => new LifeColumns(times, Math.ceil(count / lots), flagBook);
    return new Lots(lots, lot, new LifePacking(times, flagBook));
  }

  /** The same for lives with their counters. */
  countedLots(livesALot?: number): Lots<CountedEntry, CountedColumns> {
    const [times, flagBook] = [this.snapshotTimes(), new FlagBook()];
    const count = this.entryCount();
    const lots = lotsFor(count, livesALot);
    const lot = () => new CountedColumns(times, Math.ceil(count / lots), flagBook);
    return new Lots(lots, lot, new CountedPacking(new LifePacking(times, flagBook)));
  }

  /** When the snapshots were, by number. */
  snapshotTimes(): SnapshotTimes {
    return new SnapshotTimes(this.#checkedDb('snapshot'));
  }

  /** As `visitEntries` of indexedLives.ts. */
  visitEntries(take: (entry: CountedEntry) => void): void {
    visitEntries(this.#checkedDb('snapshot', 'run', 'trait', 'ended_detail'), take);
  }

  /**
   * Every connection that no single entry stands for.
   * @param entries by CONN_ID every entry that is not `alone`; they are taken.
   * @param own empty lots, as many.
   */
  otherConnections(entries: LifeLots, own: LifeLots): Generator<IndexedConnection, void> {
    return otherConnections(this.#checkedDb('snapshot', 'run', ...LIVES, ...TURNS), entries, own);
  }

  /** Connections of a window that no snapshot held and events reported. */
  unlistedConnections(window: Window): Unlisted[] {
    // Most recordings have none, and need not be read for it.
    if (!hasPassed(this.#checkedDb('passed_connection'))) return [];
    return unlistedConnections(this.#checkedDb(), window);
  }

  /** READ and WRITE of open entries as of the last snapshot; 0 for what it does not hold. */
  openCounters(): (entry: Pair) => readonly [read: number, written: number] {
    const listing = this.#lastListing();
    if (listing === undefined) return () => [0, 0];
    const { labels, read, written } = listing;
    const byConnId = new Chains(labels.length);
    for (let row = 0; row < labels.length; row++) byConnId.add(row, labels[row]!.connId);
    return ({ connId, circId }) => {
      let row = byConnId.last(connId);
      while (row >= 0 && labels[row]!.circId !== circId) row = byConnId.before(row);
      return row < 0 ? [0, 0] : [read[row]!, written[row]!];
    };
  }

  /** What entries were over time. */
  history(): History {
    return new History(this.#checkedDb('snapshot', ...TURNS));
  }

  /** Which connections entries stood on. */
  connectionLives(bytes: Session['header']['bytes']): ConnectionLives {
    const own = this.ownConnections();
    return new ConnectionLives(own, bytes === 'connection', (take) => this.visitEntries(take));
  }

  /** Every connection that no single entry stands for and a snapshot held. */
  ownConnections(): Generator<OwnConnection, void> {
    return ownConnections(this.#checkedDb('snapshot', 'run', ...LIVES));
  }

  /** The last snapshot, up to one, that held all that later ones hold again and this one may not. */
  firstOfAbsentAt(snapshot: number): number {
    return firstOfAbsentAt(this.#checkedDb('absent', ...LIVES), snapshot);
  }

  /** The rollups in the tables; `RecordingRollups` has those, too, that are under way. */
  rollups(): StoredRollups {
    return new StoredRollups(this.#checkedDb('snapshot', 'peer', ...ROLLUPS));
  }

  /** The gaps, declared and implied, joined where they overlap. */
  blindTimes(): BlindTimes {
    return blindTimesIn(this.#checkedDb('gap'));
  }

  /** From which snapshot on, by number, an info value was what; in order. */
  infoChanges(key: string): { readonly snapshot: number; readonly value: string }[] {
    return this.#checkedDb('info_change')
      .prepare<[string], { snapshot: number; value: string }>(
        'SELECT snapshot, value FROM info_change WHERE key = ? ORDER BY rowid',
      )
      .all(key);
  }

  /** The runs, oldest first. */
  runs(): Run[] {
    return this.#checkedDb('run')
      .prepare<[], Run>('SELECT id, first_snapshot AS firstSnapshot FROM run ORDER BY id')
      .all();
  }

  /**
   * Rows of `queries/NAME.sql`, as arrays in the order of its columns, read as they are asked for: a
   * query that is open keeps the database busy.
   * @param values of the query's parameters; those that it does not name are left out.
   */
  *select<Row>(name: string, values: Readonly<Record<string, number>> = {}): Generator<Row, void> {
    yield* select<Row>(this.#withCounters(), name, values);
  }

  #withCounters(): Sqlite {
    const db = this.#checkedDb();
    fillOpenCounters(db, this.#lastListing());
    return db;
  }
}
