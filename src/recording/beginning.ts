/**
 * Where a recording begins whose tape began earlier: after retention, or as a part that was cut out.
 * Owns the row that says so; dropping is dropping.ts's, cutting cutting.ts's.
 */
import { CHAIN_START } from './chain.ts';
import { damaged } from './damage.ts';
import type { TableRows } from './rows.ts';
import type { Sqlite } from './sqlite.ts';
import { hasBeginning } from './sums.ts';

/** A snapshot's place in a recording. */
export interface SnapshotPlace {
  readonly number: number;
  readonly at: number;
  readonly seq: number;
}

/** The first snapshot that is there; undefined where there is none. */
export function firstPlaceIn(db: Sqlite): SnapshotPlace | undefined {
  return db
    .prepare<[], SnapshotPlace>(
      'SELECT number, at, seq FROM snapshot WHERE seq > 0 ORDER BY number LIMIT 1',
    )
    .get();
}

/** Times in milliseconds since the epoch, UTC. */
export interface TapeBeginning {
  /** The last item that is not here; the next one is a key frame. */
  readonly seq: number;
  /** Its link, which the first item here follows. */
  readonly chain: Uint8Array;
  /** The run of the first snapshot. */
  readonly run: number;
  /** How many snapshots are known to have been before it. */
  readonly snapshots: number;
  /** The times of the first and the last of them. */
  readonly from: number;
  readonly to: number;
  /** When they were dropped or left out, the last of them. */
  readonly at: number;
  /** For what: `age`, `size` or `cut`. */
  readonly why: string;
}

/**
 * Where a recording begins; undefined where all of its tape is there. The table must have been checked.
 * Throws `damaged` for a row that cannot be one.
 */
export function beginningOf(db: Sqlite): TapeBeginning | undefined {
  if (!hasBeginning(db)) return undefined;
  const row = db
    .prepare<[], TapeBeginning>(
      `SELECT seq, chain, run, snapshots, from_ms AS "from", to_ms AS "to", at, why FROM beginning`,
    )
    .get();
  if (row !== undefined && !isBeginning(row)) throw damaged('where it begins cannot be so');
  return row;
}

/** The latest time that a `Date` has, milliseconds. */
const LATEST_MS = 8.64e15;

/** A recording may come from anywhere. */
function isBeginning({ seq, chain, snapshots, from, to, at }: TapeBeginning): boolean {
  return (
    seq >= 1 &&
    Number.isSafeInteger(seq) &&
    Number.isSafeInteger(snapshots) &&
    chain.length === CHAIN_START.length &&
    [from, to, at].every((time) => Math.abs(time) <= LATEST_MS)
  );
}

/** The sequence number of the first item that is there, or will be. Throws as `beginningOf`. */
export function firstSeqOf(db: Sqlite): number {
  return (beginningOf(db)?.seq ?? 0) + 1;
}

/** What a cut at a key frame leaves before it. @param at when, and @param why for what it is made. */
export function beginningAt(
  db: Sqlite,
  key: SnapshotPlace,
  at: number,
  why: string,
): TapeBeginning {
  const before = beginningOf(db);
  const first = firstPlaceIn(db)!;
  const last = db
    .prepare<[number], Pick<TapeBeginning, 'seq' | 'chain'>>(
      'SELECT seq, chain FROM tape WHERE seq = ?',
    )
    .get(key.seq - 1)!;
  const number = 'SELECT at FROM snapshot WHERE number = ?';
  return {
    ...last,
    run: numberFrom(db, 'SELECT max(id) FROM run WHERE first_snapshot <= ?', key.number),
    snapshots: (before?.snapshots ?? 0) + key.number - first.number,
    from: before?.from ?? first.at,
    to: numberFrom(db, number, key.number - 1),
    at,
    why,
  };
}

/** Writes where a recording begins, in the place of what was there. */
export function writeBeginning(table: TableRows, beginning: TapeBeginning): void {
  const { seq, chain, run, snapshots, from, to, at, why } = beginning;
  table.removeWhere('id = 1');
  table.insert([1, seq, chain, run, snapshots, from, to, at, why]);
}

/** The one number that a query gives; 0 where it gives none. */
export function numberFrom(db: Sqlite, sql: string, ...values: readonly number[]): number {
  const select = db.prepare<number[], number | null>(sql).pluck();
  return select.get(...values) ?? 0;
}
