/** Parts that are cut out of recordings: whole, and of what they hold they say what the whole says. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { copyRecording } from '../../src/recording/copy.ts';
import { type EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { transcripts } from '../oracle/arbitrary.ts';
import { relaying } from '../oracle/relaying.ts';
import { streamOf, temporaryFolder, transcriptOf, WRITER_OPTIONS } from './tapes.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 25);

const tapes = fc.oneof(transcripts, { weight: 3, arbitrary: relaying });

it('verifies, holds the snapshots of the whole, links and all, and can be cut and gone on with', async () => {
  await fc.assert(
    fc.asyncProperty(
      tapes,
      fc.integer({ min: 1, max: 4 }),
      fc.nat(1000),
      fc.nat(1000),
      async (lines, framesPerKey, one, other) => {
        const items = await streamOf(lines);
        const times = items.flatMap((item) => (item.kind === 'snapshot' ? [item.at] : []));
        if (times.length === 0) return;
        const chosen = [one, other].map((number) => times[number % times.length]!);
        const window = { from: Math.min(...chosen), to: Math.max(...chosen) };
        const folder = temporaryFolder();
        const path = join(folder, 'whole.tape');
        const writer = RecordingWriter.open(path, { ...WRITER_OPTIONS, framesPerKey });
        for (const item of items) writer.append(item);
        writer.close();
        const out = join(folder, 'part.tape');
        const again = join(folder, 'again.tape');
        await cut(path, out, window);
        await cut(out, again, window);
        for (const part of [out, again]) {
          await using(
            (whole, recording) => {
              expect(recording.extent!.from).toBeLessThanOrEqual(window.from);
              expect(recording.extent!.to).toBe(window.to);
              const within = { from: recording.extent!.from, to: window.to };
              const listings = (of: Recording) =>
                [...of.items(within)].flatMap((item) =>
                  item.kind === 'snapshot' ? [[item.at, item.listing]] : [],
                );
              expect(listings(recording)).toEqual(listings(whole));
              const { head, damages } = verifyRecording(recording, CHECK);
              expect(damages).toEqual([]);
              const heads = new Set([head!]);
              expect(verifyRecording(whole, { ...CHECK, heads }).found.size).toBe(1);
            },
            path,
            part,
          );
        }
        const behind = items.filter((item) => item.kind === 'snapshot' && item.at > window.to);
        const more = RecordingWriter.open(out, WRITER_OPTIONS);
        for (const item of behind) more.append(item);
        more.close();
        await using(
          (_, recording) => {
            expect(verifyRecording(recording, CHECK).damages).toEqual([]);
            expect(transcriptOf(recording).length).toBeGreaterThan(0);
          },
          path,
          out,
        );
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  );
});

const CHECK = { rebuild: true, progress: () => {} };

async function cut(path: string, out: string, window: typeof EVERYTHING): Promise<void> {
  const recording = Recording.open(path);
  try {
    await copyRecording(recording, out, {
      signal: new AbortController().signal,
      at: 0,
      window,
      copied: () => {},
      checked: () => {},
    });
  } finally {
    recording.close();
  }
}

async function using(
  use: (whole: Recording, part: Recording) => void,
  ...paths: readonly [string, string]
): Promise<void> {
  const [whole, part] = [Recording.open(paths[0]), Recording.open(paths[1])];
  try {
    use(whole, part);
  } finally {
    whole.close();
    part.close();
  }
}
