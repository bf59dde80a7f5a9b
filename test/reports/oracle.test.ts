import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvText } from '../../src/output/csv.ts';
import { churn } from '../../src/reports/churn.ts';
import { circuits } from '../../src/reports/circuits.ts';
import { connections } from '../../src/reports/connections.ts';
import { lifetimes } from '../../src/reports/lifetimes.ts';
import { bucketLengths, transcripts } from '../oracle/arbitrary.ts';
import { churnReport } from '../oracle/churn.ts';
import { circuitsReport } from '../oracle/circuits.ts';
import { connectionsReport } from '../oracle/connections.ts';
import { crowds } from '../oracle/crowds.ts';
import { lifetimesReport } from '../oracle/lifetimes.ts';
import { csvOf } from '../oracle/table.ts';
import { windowEnds, windowOf } from '../oracle/windows.ts';
import { reportCsv, tableOf, withRecording } from '../recording/tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 100);

describe('reports equal, to the byte, what an independent reading of docs/reference.md computes', () => {
  it('connections', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const csv = await withRecording(lines, (recording) => reportCsv(connections, recording));
        expect(sortedLines(csv)).toEqual(sortedLines(csvOf(connectionsReport(lines))));
      }),
      { numRuns: RUNS },
    );
  });

  it('circuits', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const csv = await withRecording(lines, (recording) => reportCsv(circuits, recording));
        expect(csv).toBe(csvOf(circuitsReport(lines)));
      }),
      { numRuns: RUNS },
    );
  });

  it('churn', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, bucketLengths, async (lines, bucketMs) => {
        const csv = await withRecording(lines, (recording) =>
          reportCsv(churn, recording, bucketMs),
        );
        expect(csv).toBe(csvOf(churnReport(lines, bucketMs)));
      }),
      { numRuns: RUNS },
    );
  });

  it('lifetimes', async () => {
    await fc.assert(
      fc.asyncProperty(transcripts, async (lines) => {
        const csv = await withRecording(lines, (recording) => reportCsv(lifetimes, recording));
        expect(csv).toBe(csvOf(lifetimesReport(lines)));
      }),
      { numRuns: RUNS },
    );
  });

  it('lifetimes of a window, of few and of many', async () => {
    const many = crowds.map(({ transcript }) => [...transcript]);
    await fc.assert(
      fc.asyncProperty(fc.oneof(transcripts, many), windowEnds, async (lines, ends) => {
        const window = windowOf(lines, ends);
        const csv = await withRecording(lines, (recording) =>
          [...csvText(tableOf(lifetimes, recording, { window }))].join(''),
        );
        expect(csv).toBe(csvOf(lifetimesReport(lines, window)));
      }),
      { numRuns: RUNS },
    );
  });
});

/** The oracle keeps the order of the listing within a moment, the product that of CONN_ID. */
function sortedLines(csv: string): string[] {
  const [header = '', ...lines] = csv.split('\r\n');
  return [header, ...lines.sort()];
}
