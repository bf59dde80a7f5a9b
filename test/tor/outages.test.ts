/** A Tor that is stopped, killed and started anew beside the recorder: what its gaps say. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { verifyRecording } from '../../src/recording/verify.ts';
import { machineLoopback } from './loopback.ts';
import { freePorts, torAvailable } from './network.ts';
import { TorNode } from './node.ts';
import { eventually, TEST_MS } from './patience.ts';
import { recorderOf } from './recorder.ts';

/** A relay that knows of no other: with an authority, even a false one, it asks no public one. */
async function loneRelay(): Promise<TorNode> {
  // A socket's path must be short.
  const dataDir = mkdtempSync(join(tmpdir(), 'conntape-outage-'));
  const place = { name: 'lone', role: 'relay', ip: '127.0.0.1', dataDir } as const;
  const zeros = '0'.repeat(40);
  const nobody = `DirAuthority nobody orport=1 v3ident=${zeros} 127.0.0.1:1 ${zeros}`;
  const node = await TorNode.prepare(place, await freePorts(), [nobody], []);
  onTestFinished(async () => {
    if (node.pid !== 0) process.kill(node.pid, 'SIGCONT');
    await node.kill();
    rmSync(dataDir, { recursive: true });
  });
  await node.start();
  return node;
}

function read<Found>(path: string, look: (recording: Recording) => Found): Found {
  const recording = Recording.open(path);
  try {
    return look(recording);
  } finally {
    recording.close();
  }
}

describe.skipIf(!torAvailable())('outages of a stock Tor', () => {
  it(
    'have true reasons, and are over within 5 s of its return',
    async () => {
      const node = await loneRelay();
      const recorder = await recorderOf(node, machineLoopback);
      const times = () =>
        read(recorder.path, (recording) =>
          [...recording.items(EVERYTHING)].flatMap((item) =>
            item.kind === 'snapshot' ? [item.at] : [],
          ),
        );
      const nothingFor = (ms: number) =>
        eventually(() => expect(Date.now() - times().at(-1)!).toBeGreaterThan(ms));

      process.kill(node.pid, 'SIGSTOP');
      await nothingFor(5000);
      process.kill(node.pid, 'SIGCONT');
      await recorder.more(2);

      await node.kill();
      await nothingFor(8000);
      await node.start();
      const back = Date.now();
      await recorder.more(2);
      expect(times().find((at) => at >= back)! - back).toBeLessThan(5000);

      await node.kill();
      await nothingFor(4000);
      await recorder.stop();

      read(recorder.path, (recording) => {
        expect(recording.gapsIn(EVERYTHING).map(({ reason }) => reason)).toEqual([
          expect.stringMatching(/^Tor did not answer for \S+ s \(stopped or busy\)$/),
          expect.stringMatching(/^the control port closed/),
          expect.stringMatching(/^the control port closed/),
        ]);
        const { damages } = verifyRecording(recording, { rebuild: true, progress: () => {} });
        expect(damages).toEqual([]);
      });
    },
    TEST_MS,
  );
});
