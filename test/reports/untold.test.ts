/** Bytes that nobody counted: no report has a number of them. */
import { describe, expect, it } from 'vitest';
import { BYTES_UNCOUNTED, WRITTEN_UNCOUNTED } from '../../src/listing/uncounted.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import { timeline } from '../../src/reports/timeline.ts';
import { MIDNIGHT } from '../oracle/cases.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

const AT = (second: number) => new Date(MIDNIGHT + second * 1000).toISOString();
const R1 = '1'.repeat(40);

/** Two connections of a circuit, one to a relay, over three polls. */
function tape(bytes: true | string): string[] {
  const conn = (age: number) =>
    [`1 7 0 0 0 0 IRt 2048 0 ${age}`, `2 7 ${R1} 192.0.2.9 9001 4000 ORT 0 2048 ${age}`].join('\n');
  const observes = { bytes };
  return [
    JSON.stringify({
      transcript: 1,
      source: 'stock',
      bytes: 'connection',
      interval_s: 10,
      observes,
    }),
    ...[0, 10, 20].map((second) => JSON.stringify({ at: AT(second), conn: conn(5 + second) })),
  ];
}

const UNKNOWN = /^(?:.*_)?bytes$|^(?:read|written)_(?:rate|delta)$|_of_bytes$|^ratio$|^pcr$/;

async function cells(lines: readonly string[]) {
  return withRecording(lines, (recording) =>
    [...REPORTS, timeline].flatMap((report) => {
      const subject = report.name === 'timeline' ? { selection: { connection: 2 } } : {};
      const { columns, rows } = tableOf(report, recording, subject);
      return [...rows].flatMap((row) =>
        columns.map(({ name }, index) => ({ report: report.name, name, cell: row[index] })),
      );
    }),
  );
}

describe('bytes that nobody counted', () => {
  it.each([
    ['at all', BYTES_UNCOUNTED, UNKNOWN],
    ['on the way out', WRITTEN_UNCOUNTED, /^written_(?:bytes|rate|delta)$|_of_bytes$/],
  ])('%s are in no cell', async (_, observes, unknown) => {
    const found = await cells(tape(observes));
    const known = found.filter(({ name, cell }) => unknown.test(name) && cell !== null);
    expect(known.filter(({ name }) => !name.startsWith('relay_'))).toEqual([]);
    const named = found.filter(({ name }) => unknown.test(name));
    expect(new Set(named.map(({ report }) => report))).toEqual(
      new Set([
        'connections',
        'circuits',
        'destinations',
        'concentration',
        'peers',
        'load',
        'timeline',
      ]),
    );
  });

  it('are told where they were counted', async () => {
    const found = await cells(tape(true));
    const read = found.filter(
      ({ report, name }) => report === 'connections' && name === 'read_bytes',
    );
    expect(read.map(({ cell }) => cell)).toEqual([2048, 0]);
  });
});
