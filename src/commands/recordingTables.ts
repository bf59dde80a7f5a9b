/**
 * What a recording holds beside its reports, as tables: snapshots, info values, gaps, runs.
 * Owns the columns; the rows are the recording's views.
 */
import type { Recording } from '../recording/reader.ts';
import type { Column, Row, Table } from '../reports/report.ts';

const VIEWS: readonly { name: string; sql: string; columns: readonly Column[] }[] = [
  {
    name: 'snapshots',
    sql: `SELECT number, at, (SELECT max(id) FROM run WHERE first_snapshot <= number),
      entries, quarantined FROM snapshot ORDER BY number`,
    columns: [
      { name: 'number', kind: 'integer' },
      { name: 'at', kind: 'time' },
      { name: 'run', kind: 'integer' },
      { name: 'entries', kind: 'integer' },
      { name: 'quarantined', kind: 'integer' },
    ],
  },
  {
    name: 'info',
    sql: `SELECT snapshot.at, key, value FROM info_change
      JOIN snapshot ON snapshot.number = info_change.snapshot ORDER BY info_change.rowid`,
    columns: [
      { name: 'at', kind: 'time' },
      { name: 'key', kind: 'text' },
      { name: 'value', kind: 'text' },
    ],
  },
  {
    name: 'gaps',
    sql: `SELECT from_ms, to_ms, (to_ms - from_ms) / 1000.0, reason, declared FROM gap_told
      ORDER BY from_ms, to_ms`,
    columns: [
      { name: 'from', kind: 'time' },
      { name: 'to', kind: 'time' },
      { name: 'seconds', kind: 'seconds' },
      { name: 'reason', kind: 'text' },
      { name: 'declared', kind: 'boolean' },
    ],
  },
  {
    name: 'runs',
    sql: `SELECT id, first_snapshot, last_snapshot, first.at, last.at FROM run_extent
      JOIN snapshot AS first ON first.number = first_snapshot
      JOIN snapshot AS last ON last.number = last_snapshot ORDER BY id`,
    columns: [
      { name: 'run', kind: 'integer' },
      { name: 'first_snapshot', kind: 'integer' },
      { name: 'last_snapshot', kind: 'integer' },
      { name: 'first_seen', kind: 'time' },
      { name: 'last_seen', kind: 'time' },
    ],
  },
];

/** The names of those tables, in their order. */
export const RECORDING_TABLES: readonly string[] = VIEWS.map(({ name }) => name);

/** Four tables of the whole recording, read as they are asked for. */
export function recordingTables(recording: Recording): Table[] {
  return VIEWS.map(({ name, sql, columns }) => ({
    name,
    columns,
    rows: rowsOf(recording, sql),
  }));
}

/** Asks when the first row is wanted: a query that is open keeps the database busy. */
function* rowsOf(recording: Recording, sql: string): Generator<Row, void> {
  yield* recording.db.prepare<[], Row>(sql).raw().iterate();
}
