/** A table with every kind of column, for the tests of all formats. */
import type { Column, Row, Table } from '../../src/output/table.ts';

export const SAMPLE_COLUMNS: readonly Column[] = [
  { name: 'conn_id', kind: 'integer' },
  { name: 'opened_at', kind: 'time' },
  { name: 'opened_known', kind: 'boolean' },
  { name: 'lifetime_min_s', kind: 'seconds' },
  { name: 'ratio', kind: 'decimal' },
  { name: 'read_bytes', kind: 'integer' },
  { name: 'reason', kind: 'text' },
];

/** 2026-11-23T03:44:26.901Z */
const AT = 1_795_405_466_901;

export const SAMPLE_ROWS: readonly Row[] = [
  [7, AT, true, 9.901, 0.25, 1024, 'DONE'],
  // From SQLite: 0 and 1 for booleans. 2^53 + 1 has 16 digits and is no double.
  [12_345, AT + 100, 0, 10, -1 / 3, 9_007_199_254_740_993n, '=1+1'],
  [13, null, null, null, null, null, null],
  // ESC, a right-to-left override and a comma: what a hostile control port might call a reason.
  [14, 0, false, 0.0004, 1e-9, -5, '\u001b[2J\u202e,"x"'],
];

export function tableOf(columns: readonly Column[], rows: Iterable<Row>): Table {
  return { name: 'sample', columns, rows };
}

export const SAMPLE: Table = tableOf(SAMPLE_COLUMNS, SAMPLE_ROWS);

export function textColumn(name: string): Column {
  return { name, kind: 'text' };
}

/** `before`, then a failure: for what happens when a table's rows throw. */
export function* failingRows(before: readonly Row[], failure: Error): Generator<Row> {
  yield* before;
  throw failure;
}
