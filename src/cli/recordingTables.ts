/**
 * What a recording holds beside its reports, as tables: snapshots, info values, gaps, runs.
 * Owns the columns; the rows are what queries/ ask.
 */

import type { Column, Row, Table } from '../output/table.ts';
import type { Recording } from '../recording/reader.ts';

const TABLES: readonly { name: string; columns: readonly Column[] }[] = [
  {
    name: 'snapshots',
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
    columns: [
      { name: 'at', kind: 'time' },
      { name: 'key', kind: 'text' },
      { name: 'value', kind: 'text' },
    ],
  },
  {
    name: 'gaps',
    columns: [
      { name: 'from', kind: 'time' },
      { name: 'to', kind: 'time' },
      { name: 'seconds', kind: 'seconds' },
      { name: 'reason', kind: 'text' },
      { name: 'declared', kind: 'boolean' },
      { name: 'snapshot_before', kind: 'integer' },
      { name: 'snapshot_after', kind: 'integer' },
    ],
  },
  {
    name: 'runs',
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
export const RECORDING_TABLES: readonly string[] = TABLES.map(({ name }) => name);

/** Four tables of the whole recording, read as they are asked for. */
export function recordingTables(recording: Recording): Table[] {
  return TABLES.map(({ name, columns }) => ({
    name,
    columns,
    rows: recording.index.select<Row>(name),
  }));
}
