/** The report of asymmetry: rows by hand, and an independent reading of docs/reference.md. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WRITTEN_UNCOUNTED } from '../../src/listing/uncounted.ts';
import { csvText } from '../../src/output/csv.ts';
import { asymmetry } from '../../src/reports/asymmetry.ts';
import type { ReportInput } from '../../src/reports/report.ts';
import { bucketLengths, transcripts } from '../oracle/arbitrary.ts';
import { asymmetryReport } from '../oracle/asymmetry.ts';
import { MIDNIGHT } from '../oracle/cases.ts';
import { evening, exchanges, shortened } from '../oracle/exchanges.ts';
import { relaying } from '../oracle/relaying.ts';
import { csvOf } from '../oracle/table.ts';
import { windowEnds, windowOf } from '../oracle/windows.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 60);

const GOLDEN = new URL('../fixtures/golden/asymmetry.csv', import.meta.url);

function csv(lines: readonly string[], question: Partial<ReportInput> = {}): Promise<string> {
  return withRecording(lines, (recording) =>
    [...csvText(tableOf(asymmetry, recording, question))].join(''),
  );
}

/** Anything at all, or circuits that move bytes. */
const tapes = fc.oneof(transcripts, { weight: 3, arbitrary: relaying });

describe('asymmetry', () => {
  it.each(exchanges)('$title', async ({ transcript, bucket = 60, window, rows, legs }) => {
    const [from, to] = window?.map((second) => MIDNIGHT + second * 1000) ?? [];
    const part = from === undefined || to === undefined ? {} : { window: { from, to } };
    const short = shortened(await csv(transcript, { bucketMs: bucket * 1000, ...part }));
    expect(short.rows).toEqual(rows);
    if (legs !== undefined) expect(short.legs).toEqual(legs);
  });

  it('is the golden file', async () => {
    // The arithmetic stands at the transcript.
    expect(await csv(evening, { bucketMs: 30_000 })).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('divides by the step that brought the bytes, also where it began in another bucket', async () => {
    const rows = await withRecording(evening, (recording) => [
      ...tableOf(asymmetry, recording, { bucketMs: 30_000 }).rows,
    ]);
    expect(rows.at(-1)!.slice(4, 12)).toEqual(['inbound-only', 10, 1, 40, 0.1, 4, 40, 39 / 41]);
  });

  it('knows no share in a bucket in which circuits moved that could not be placed', async () => {
    const snapshot = (second: number, bytes: number, unplaced: string) =>
      JSON.stringify({
        at: new Date(MIDNIGHT + second * 1000).toISOString(),
        conn: `1 7 0 0 0 0 IRt ${bytes} ${bytes} ${100 + second}`,
        info: { 'conntape/unplaced-circuits': unplaced },
      });
    // Of what the first snapshot says, nobody saw it move.
    const lines = [
      '{"transcript":1,"bytes":"entry","interval_s":10}',
      ...[snapshot(0, 0, '3'), snapshot(10, 10, '0'), snapshot(20, 20, 'x')],
      ...[snapshot(30, 30, '1'), snapshot(40, 40, '0'), snapshot(60, 50, '0')],
    ];
    const rows = await withRecording(lines, (recording) => [
      ...tableOf(asymmetry, recording, { bucketMs: 30_000 }).rows,
    ]);
    expect(rows.map((row) => [row[6], row[12]])).toEqual([
      [20, 1],
      [20, null],
      [10, 1],
    ]);
  });

  it('is a header alone where nobody counted what was written', async () => {
    const header = asymmetry.columns.map(({ name }) => name).join(',');
    const [first = '', ...rest] = evening;
    const observes = { bytes: WRITTEN_UNCOUNTED };
    const uncounted = [JSON.stringify({ ...JSON.parse(first), observes }), ...rest];
    expect(await csv(uncounted)).toBe(`${header}\r\n`);
  });

  it('is a header alone where the window holds no snapshot', async () => {
    const header = asymmetry.columns.map(({ name }) => name).join(',');
    expect(await csv(evening, { window: { from: 0, to: 1 } })).toBe(`${header}\r\n`);
  });
});

describe('asymmetry equals, to the byte, what an independent reading of docs/reference.md computes', () => {
  it('on the whole of a recording', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, bucketLengths, async (lines, bucketMs) => {
        expect(await csv(lines, { bucketMs })).toBe(csvOf(asymmetryReport(lines, bucketMs)));
      }),
      { numRuns: RUNS },
    );
  });

  it('in a window', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, bucketLengths, windowEnds, async (lines, bucketMs, ends) => {
        const window = windowOf(lines, ends);
        const expected = csvOf(asymmetryReport(lines, bucketMs, window));
        expect(await csv(lines, { bucketMs, window })).toBe(expected);
      }),
      { numRuns: RUNS },
    );
  });
});
