/** Destinations and concentration against an independent reading of docs/reference.md. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvText } from '../../src/output/csv.ts';
import { concentration } from '../../src/reports/concentration.ts';
import { destinations } from '../../src/reports/destinations.ts';
import type { Report, ReportInput } from '../../src/reports/report.ts';
import { bucketLengths, transcripts } from '../oracle/arbitrary.ts';
import { concentrationReport, destinationsReport } from '../oracle/destinations.ts';
import { errands } from '../oracle/errands.ts';
import { csvOf } from '../oracle/table.ts';
import { windowEnds, windowOf } from '../oracle/windows.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 60);

function csv(report: Report, lines: readonly string[], question: Partial<ReportInput> = {}) {
  return withRecording(lines, (recording) =>
    [...csvText(tableOf(report, recording, question))].join(''),
  );
}

/** Anything at all, or enough of one kind to be measured. */
const tapes = fc.oneof(transcripts, errands);

const baselines = fc.constantFrom(0, 1000, 10_000, 30_000, Number.POSITIVE_INFINITY);

describe('reports equal, to the byte, what an independent reading of docs/reference.md computes', () => {
  it('destinations', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, async (lines) => {
        expect(await csv(destinations, lines)).toBe(csvOf(destinationsReport(lines)));
      }),
      { numRuns: RUNS },
    );
  });

  it('destinations of a window, some of them new', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, windowEnds, baselines, async (lines, ends, baselineMs) => {
        const window = windowOf(lines, ends);
        const expected = csvOf(destinationsReport(lines, window, baselineMs));
        expect(await csv(destinations, lines, { window, baselineMs })).toBe(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('concentration', async () => {
    await fc.assert(
      fc.asyncProperty(tapes, bucketLengths, windowEnds, async (lines, bucketMs, ends) => {
        const whole = csvOf(concentrationReport(lines, bucketMs));
        expect(await csv(concentration, lines, { bucketMs })).toBe(whole);
        const window = windowOf(lines, ends);
        const part = csvOf(concentrationReport(lines, bucketMs, window));
        expect(await csv(concentration, lines, { bucketMs, window })).toBe(part);
      }),
      { numRuns: RUNS },
    );
  });
});
