/**
 * Snapshots as rows: a line of `conn/all` each, with the time of its snapshot before it.
 * Owns the columns and how snapshots follow one another in each format; when they come is the
 * caller's.
 */
import type { Snapshot } from '../listing/snapshot.ts';
import { type Screen, tableText } from './aligned.ts';
import { csvText } from './csv.ts';
import { objectText } from './json.ts';
import type { Column, Row, Table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { name: 'at', kind: 'time' },
  { name: 'conn_id', kind: 'integer' },
  { name: 'circ_id', kind: 'integer' },
  { name: 'or_id', kind: 'text' },
  { name: 'ip', kind: 'text' },
  { name: 'port', kind: 'integer' },
  { name: 'l_port', kind: 'integer' },
  { name: 'type_flags', kind: 'text' },
  { name: 'read_bytes', kind: 'integer' },
  { name: 'written_bytes', kind: 'integer' },
  { name: 'uptime_s', kind: 'integer' },
  { name: 'extra', kind: 'text' },
];

export const SNAPSHOT_FORMATS = ['table', 'csv', 'json'] as const;

export type SnapshotFormat = (typeof SNAPSHOT_FORMATS)[number];

/**
 * The text of snapshots, each as it comes: one CSV or one JSON array over all of them, or a table
 * each. No snapshots are a header alone, an empty array, nothing.
 * @param screen the terminal that shows it; undefined where there is none.
 */
export async function* snapshotText(
  snapshots: AsyncIterable<Snapshot>,
  format: SnapshotFormat,
  screen: Screen | undefined,
): AsyncGenerator<string, void> {
  switch (format) {
    case 'table':
      for await (const snapshot of snapshots) yield* tableText(tableOf(snapshot), screen);
      return;
    case 'csv':
      yield* csvOf(snapshots, screen !== undefined);
      return;
    case 'json':
      yield* jsonOf(snapshots);
  }
}

async function* csvOf(snapshots: AsyncIterable<Snapshot>, onTerminal: boolean) {
  const header = csvText({ name: 'snapshots', columns: COLUMNS, rows: [] }, { onTerminal });
  yield* header;
  for await (const snapshot of snapshots) {
    const texts = csvText(tableOf(snapshot), { onTerminal });
    texts.next(); // its header
    yield* texts;
  }
}

async function* jsonOf(snapshots: AsyncIterable<Snapshot>) {
  const object = objectText(COLUMNS);
  let separator = '[\n';
  for await (const snapshot of snapshots) {
    for (const row of rowsOf(snapshot)) {
      yield separator + object(row);
      separator = ',\n';
    }
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n';
}

function tableOf(snapshot: Snapshot): Table {
  return { name: 'snapshots', columns: COLUMNS, rows: rowsOf(snapshot) };
}

function* rowsOf({ at, listing }: Snapshot): Generator<Row, void> {
  const { labels, read, written, uptime } = listing;
  for (const [row, label] of labels.entries()) {
    const { connId, circId, orId, ip, port, lPort, flags, extra } = label;
    const counters = [read[row]!, written[row]!, uptime[row]!];
    yield [at, connId, circId, orId, ip, port, lPort, flags, ...counters, extra];
  }
}
