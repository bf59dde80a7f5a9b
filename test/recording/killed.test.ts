/** A recorder that is killed leaves a recording, whole up to the last snapshot it kept. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Recording } from '../../src/recording/reader.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { temporaryFolder } from './tapes.ts';
import { EACH_TRIAL } from './trials.ts';

const WRITING = fileURLToPath(new URL('writing.mjs', import.meta.url));

/**
 * Lets a process record and kills it as soon as it has said so many snapshots; it goes on until the
 * signal arrives. 0 kills it while it starts.
 * @returns the last snapshot it said it kept; 0 where it said none.
 */
async function recordAndKill(
  path: string,
  after: number,
  options: readonly string[],
): Promise<number> {
  const child = spawn(process.execPath, [WRITING, path, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  if (after === 0) child.kill('SIGKILL');
  let last = 0;
  let said = 0;
  for await (const line of createInterface(child.stdout)) {
    last = Number(line);
    if (++said === after) child.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return last;
}

describe.each(EACH_TRIAL)('a recording whose recorder is killed, trial %i', (trial) => {
  it.each([
    ['keeps all', []],
    ['drops what is older than 20 s', ['20000']],
  ])(
    'opens, verifies, and holds the last snapshot that was kept, where it %s',
    async (_, options) => {
      const path = `${temporaryFolder()}/killed.tape`;
      let kept = 0;
      for (const after of [0, 1, 2, 7, 0, 31, 120, trial]) {
        kept = Math.max(kept, await recordAndKill(path, after, options));
        if (kept === 0) continue;
        const recording = Recording.open(path);
        const last = recording.snapshotAt(Number.POSITIVE_INFINITY);
        expect(last?.number).toBe(last!.at / 1000);
        // It may have kept one more than it could say.
        expect([kept, kept + 1]).toContain(last?.number);
        const { read, labels } = recording.stateAt(last!);
        expect(labels.length).toBe(50);
        expect(new Set(read)).toEqual(new Set([last?.number]));
        const verification = verifyRecording(recording, { rebuild: true, progress: () => {} });
        expect(verification.damages).toEqual([]);
        recording.close();
      }
      expect(kept).toBeGreaterThan(160);
      const recording = Recording.open(path);
      expect(recording.counts.snapshots < 40).toBe(options.length > 0);
      recording.close();
    },
  );
});
