/**
 * The program, recording a Tor of a private network, as an operator would have it.
 * Owns the process; what becomes of its recording is recorder.ts's and staging.ts's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Recording } from '../../src/recording/reader.ts';
import type { Loopback } from './loopback.ts';
import type { TorNode } from './node.ts';
import { eventually } from './patience.ts';

export interface RecorderProcess {
  /** How many snapshots it has kept. */
  snapshots(): number;
  /** Resolves when it has kept so many more. */
  more(snapshots: number): Promise<void>;
  /** Ends it, as an operator would. */
  stop(): Promise<void>;
  /** Ends it at once; nothing where it has ended. */
  kill(): void;
}

/**
 * Starts the recorder where the Tor is; `dist` must be built. Resolves when it has kept its first
 * snapshots.
 * @param path of the recording.
 */
export async function startRecorder(
  { controlAddress: { host, port } }: TorNode,
  loopback: Loopback,
  path: string,
  args: readonly string[],
): Promise<RecorderProcess> {
  const [command, ...words] = [
    ...[...loopback.within, process.execPath, 'dist/main.js', 'record', path],
    ...['--source', 'stock', '--control', `${host}:${port}`, ...args],
  ];
  const child = spawn(command!, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const snapshots = () => {
    const recording = Recording.open(path);
    const { counts } = recording;
    recording.close();
    return counts.snapshots;
  };
  const recorder = {
    snapshots,
    async more(count: number) {
      const before = snapshots();
      await eventually(() => {
        if (snapshots() < before + count) throw new Error(`no snapshots more:\n${said.join('\n')}`);
      });
    },
    async stop() {
      child.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`the recorder ended with ${code}:\n${said.join('\n')}`);
    },
    kill: () => void child.kill('SIGKILL'),
  };
  await eventually(() => {
    if (snapshots() < 2) throw new Error('no snapshots yet');
  }).catch(() => {
    recorder.kill();
    throw new Error(`nothing is recorded:\n${said.join('\n')}`);
  });
  return recorder;
}
