/**
 * Tors of a private network, recorded by the program, and what its reports say of them.
 * Owns the process that records; what is to be seen is the test's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import type { Cell } from '../../src/output/table.ts';
import { Recording } from '../../src/recording/reader.ts';
import type { Report } from '../../src/reports/report.ts';
import { tableOf, temporaryFolder } from '../recording/tapes.ts';
import type { Loopback } from './loopback.ts';
import type { TorNode } from './node.ts';
import { eventually } from './patience.ts';

/** Things happen within seconds here; Tor tells of what circuits moved once a second. */
const INTERVAL = '1s';

/** A row of a report, by the names of its columns. */
export type Told = Readonly<Record<string, Cell>>;

export interface Recorder {
  readonly node: TorNode;
  readonly path: string;
  /** How many snapshots it has kept. */
  snapshots(): number;
  /** Resolves when it has kept so many more. */
  more(snapshots: number): Promise<void>;
  /** Ends it, as an operator would. */
  stop(): Promise<void>;
}

/** Starts the recorder where the Tor is. Resolves when it has kept its first snapshots. */
export async function recorderOf(
  node: TorNode,
  loopback: Loopback,
  args: readonly string[] = [],
): Promise<Recorder> {
  const path = join(temporaryFolder(), `${node.name}.tape`);
  const { host, port } = node.controlAddress;
  const [command, ...words] = [
    ...[...loopback.within, process.execPath, 'dist/main.js', 'record', path],
    ...['--source', 'stock', '--control', `${host}:${port}`, '--interval', INTERVAL, ...args],
  ];
  const child = spawn(command!, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  onTestFinished(() => void child.kill('SIGKILL'));
  const said: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => said.push(line));
  const snapshots = () => {
    const recording = Recording.open(path);
    const { counts } = recording;
    recording.close();
    return counts.snapshots;
  };
  const more = async (count: number) => {
    const before = snapshots();
    await eventually(() => {
      if (snapshots() < before + count) throw new Error(`no snapshots more:\n${said.join('\n')}`);
    });
  };
  await eventually(() => {
    if (snapshots() < 2) throw new Error('no snapshots yet');
  }).catch(() => {
    throw new Error(`nothing is recorded:\n${said.join('\n')}`);
  });
  return {
    ...{ node, path, snapshots, more },
    stop: async () => {
      child.kill('SIGTERM');
      const [code] = await ended;
      if (code !== 0) throw new Error(`the recorder ended with ${code}:\n${said.join('\n')}`);
    },
  };
}

/** The rows of a report on all that was recorded. */
export function told(
  report: Report,
  { path }: Recorder,
  thresholds: ReadonlyMap<string, number> = new Map(),
): Told[] {
  const recording = Recording.open(path);
  try {
    const names = report.columns.map(({ name }) => name);
    return [...tableOf(report, recording, { thresholds }).rows].map((row) =>
      Object.fromEntries(row.map((cell, index) => [names[index]!, cell])),
    );
  } finally {
    recording.close();
  }
}
