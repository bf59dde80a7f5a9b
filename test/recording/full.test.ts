/** A recorder whose writes fail pauses, says so once, and goes on when they do not. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Recording } from '../../src/recording/reader.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { temporaryFolder } from './tapes.ts';

const FULL = fileURLToPath(new URL('full.mjs', import.meta.url));

/** A process whose files may not grow is refused its writes, with another error than a full disk's. */
const canLimit = spawnSync('prlimit', ['--version']).status === 0;

describe('a recorder whose file may not grow', () => {
  it.skipIf(!canLimit)('pauses and goes on, with a gap between', async () => {
    const path = `${temporaryFolder()}/full.tape`;
    const child = spawn(process.execPath, [FULL, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    for (const [said, limit] of [
      ['after 5', '1'],
      ['after 10', 'unlimited'],
    ] as const) {
      expect((await lines.next()).value).toBe(said);
      spawnSync('prlimit', ['--pid', String(child.pid), `--fsize=${limit}:`]);
      child.stdin.write('done\n');
    }
    const recorded = JSON.parse((await lines.next()).value ?? '');
    expect(await ended).toEqual([0, null]);

    const recording = Recording.open(path);
    const { head } = recording;
    expect(recorded).toMatchObject({
      hasLost: true,
      snapshots: 10,
      quarantined: 0,
      head,
      paused: 1,
      resumed: 1,
    });
    expect(recording.extent).toEqual({ from: 1000, to: 15_000 });
    expect(recording.gapAt(8000)).toEqual({ from: 5000, to: 11_000, reason: 'I/O error' });
    const verification = verifyRecording(recording, { rebuild: true, progress: () => {} });
    expect(verification).toMatchObject({ damages: [], head });
    recording.close();
  });
});
