/**
 * Dropping the oldest part of a recording, up to a key frame.
 * Owns which rows go with it, and which stay because what they say goes on; when to drop is
 * retention.ts's.
 */
import { beginningAt, numberFrom, type SnapshotPlace, writeBeginning } from './beginning.ts';
import { HOUR_MS, MINUTE_MS, TEN_MINUTES_MS } from './index/rollups/stretches.ts';
import type { RowWriter } from './rows.ts';
import type { Sqlite } from './sqlite.ts';
import type { SummedTable } from './sums.ts';
import { KIND } from './tape.ts';

export interface Dropping {
  /** When: milliseconds since the epoch. */
  readonly at: number;
  /** For what, as `TapeBeginning` has it. */
  readonly why: string;
}

/**
 * So many times of snapshots that were dropped are kept before it is looked which of them a life
 * began with: half a megabyte, and nobody goes through all lives each time.
 */
const UNSORTED = 20_000;

/**
 * Drops what is before a key frame, and the rows of what ended before it: the file is as a recorder
 * would have left it that began there, but that lives, runs and the session which were there before
 * keep when they began. The caller holds the transaction.
 * @param key behind the first snapshot, and before the last.
 */
export function dropBefore(
  db: Sqlite,
  rows: RowWriter,
  key: SnapshotPlace,
  dropping: Dropping,
): void {
  const { number, at, seq } = key;
  const beginning = beginningAt(db, key, dropping.at, dropping.why);
  const { run } = beginning;
  writeBeginning(rows.table('beginning'), beginning);
  const unread = numberFrom(
    db,
    'SELECT count(*) FROM tape WHERE seq < ? AND kind = ?',
    ...[seq, KIND.unread],
  );
  dropTimes(rows, db, { number, at, seq, run, unread });
  dropLives(rows, db, number);
  dropRollups(rows, number, at);
  db.prepare('DELETE FROM tape WHERE seq < ?').run(seq);
  const snapshots = rows.table('snapshot');
  snapshots.update('seq = 0', [], 'number < ? AND seq > 0', [number]);
  const kept = numberFrom(db, 'SELECT count(*) FROM snapshot WHERE number < ?', number);
  if (kept > UNSORTED) snapshots.removeWhere(BEGAN_NOTHING, number);
}

/** Of a snapshot: that no life and no run began with it. */
const BEGAN_NOTHING = `number < ? AND number NOT IN (
  SELECT first_snapshot FROM open_entry UNION SELECT first_snapshot FROM ended_entry
  UNION SELECT first_snapshot FROM open_connection UNION SELECT first_snapshot FROM ended_connection
  UNION SELECT first_snapshot FROM run)`;

interface Cut extends SnapshotPlace {
  readonly run: number;
  /** Lines of a transcript that were put aside before it. */
  readonly unread: number;
}

function dropTimes(rows: RowWriter, db: Sqlite, { number, at, seq, run, unread }: Cut): void {
  const session = numberFrom(db, 'SELECT max(id) FROM session WHERE seq < ?', seq);
  rows.table('session').removeWhere('id < ?', session);
  rows.table('run').removeWhere('id < ?', run);
  rows.table('trait').removeWhere('run < ?', run);
  rows.table('gap').removeWhere('to_ms <= ?', at);
  const infos = rows.table('info_change');
  // What was said last of each key holds on.
  const later = firstBehind(db, 'info_change', 'snapshot > ?', number);
  infos.removeWhere(
    'rowid < ? AND rowid NOT IN (SELECT max(rowid) FROM info_change WHERE rowid < ? GROUP BY key)',
    ...[later, later],
  );
  infos.update('snapshot = ?', [number], 'rowid < ? AND snapshot < ?', [later, number]);
  const quarantine = rows.table('quarantine');
  quarantine.removeWhere('snapshot < ?', number);
  quarantine.removeWhere(
    'rowid IN (SELECT rowid FROM quarantine WHERE snapshot IS NULL ORDER BY rowid LIMIT ?)',
    unread,
  );
}

function dropLives(rows: RowWriter, db: Sqlite, number: number): void {
  const entry = firstBehind(db, 'ended_entry', 'first_snapshot + held >= ?', number);
  rows.table('ended_entry').removeWhere('id < ?', entry);
  rows.table('ended_detail').removeWhere('entry < ?', entry);
  const connection = firstBehind(db, 'ended_connection', 'last_snapshot >= ?', number);
  rows.table('ended_connection').removeWhere('id < ?', connection);
  const passed = firstBehind(db, 'passed_connection', 'snapshot > ?', number);
  rows.table('passed_connection').removeWhere('id < ?', passed);
  rows.table('reflagged').removeWhere('snapshot <= ?', number);
  rows.table('absent').removeWhere('to_snapshot < ?', number);
}

/** The stretch in which it lies stays as it was: a writer may have it under way. */
function dropRollups(rows: RowWriter, number: number, at: number): void {
  rows.table('poll_total').removeWhere('snapshot <= ?', number);
  rows.table('minute_balance').removeWhere('minute < ?', Math.floor(at / MINUTE_MS));
  rows.table('minute_ended').removeWhere('minute < ?', Math.floor(at / MINUTE_MS));
  rows.table('lopsided').removeWhere('ten_minutes < ?', Math.floor(at / TEN_MINUTES_MS));
  rows.table('greatest').removeWhere('hour < ?', Math.floor(at / HOUR_MS));
}

/** The first row, by number, that fits a condition, in a table in the order of time: those before are over. */
function firstBehind(db: Sqlite, table: SummedTable, fits: string, value: number): number {
  const select = `SELECT rowid FROM ${table} WHERE ${fits} ORDER BY rowid LIMIT 1`;
  return (
    db.prepare<[number], number>(select).pluck().get(value) ??
    numberFrom(db, `SELECT max(rowid) FROM ${table}`) + 1
  );
}
