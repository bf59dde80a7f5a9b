/** Dropping the oldest part of a recording: what is left is whole, and says what it said. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TapeItem } from '../../src/listing/snapshot.ts';
import { csvText } from '../../src/output/csv.ts';
import { Recording } from '../../src/recording/reader.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { relaying } from '../oracle/relaying.ts';
import { inFolder, inTables, streamOf, tableOf, WRITER_OPTIONS } from './tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 25);

const tapes = fc.oneof(transcripts, { weight: 3, arbitrary: relaying });

/** Writes items, and drops as a policy says behind each of them. */
function recorded(
  path: string,
  items: readonly TapeItem[],
  { framesPerKey, keepMs }: { framesPerKey: number; keepMs?: number | undefined },
): void {
  const writer = RecordingWriter.open(path, { ...WRITER_OPTIONS, framesPerKey });
  const retention = keepMs === undefined ? undefined : writer.retention({ keepMs });
  for (const item of items) {
    writer.append(item);
    if (item.kind === 'snapshot') retention?.look(item.at);
  }
  writer.close();
}

function damagesOf(recording: Recording) {
  return verifyRecording(recording, { rebuild: true, progress: () => {} }).damages;
}

/** Those in which what was over when the window began counts: of its circuit, or at its edge. */
const AWARE = new Set(['circuits', 'asymmetry', 'lifetimes', 'findings', 'churn', 'load']);

/** How many lives were over by a time. */
function endedBefore(recording: Recording, time: number): number {
  let count = 0;
  recording.index.visitEntries(({ lastSeen }) => {
    if (lastSeen < time) count++;
  });
  return count;
}

it('leaves a recording that is whole, and says of what it holds what it said before', async () => {
  let dropped = 0;
  await fc.assert(
    fc.asyncProperty(
      tapes,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 120_000 }),
      async (lines, framesPerKey, keepMs) => {
        const items = await streamOf(lines);
        await inFolder(async (folder) => {
          const whole = join(folder, 'whole.tape');
          const path = join(folder, 'dropped.tape');
          recorded(whole, items, { framesPerKey });
          recorded(path, items, { framesPerKey, keepMs });
          const [before, after] = [Recording.open(whole), Recording.open(path)];
          try {
            expect(damagesOf(after)).toEqual([]);
            const { beginning, extent } = after;
            if (beginning === undefined || extent === undefined) return;
            // What was away when its last sight was dropped is another one when it is back.
            const countOf = (table: string) =>
              inTables(before, (db) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get());
            if (countOf('absent') !== 0) return;
            dropped++;
            expect(extent.to - beginning.to).toBeGreaterThan(0);
            const window = { from: extent.from, to: Number.POSITIVE_INFINITY };
            // Nor how it was before.
            const noneEnded = endedBefore(before, extent.from) === 0 && countOf('reflagged') === 0;
            for (const report of REPORTS) {
              // It says what is new since before the window.
              if (report.name === 'destinations') continue;
              if (!noneEnded && AWARE.has(report.name)) continue;
              const csv = (recording: Recording) =>
                [...csvText(tableOf(report, recording, { window }))].join('');
              expect(`${report.name}\n${csv(after)}`).toBe(`${report.name}\n${csv(before)}`);
            }
          } finally {
            before.close();
            after.close();
          }
        });
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
  expect(dropped).toBeGreaterThan(0);
});
