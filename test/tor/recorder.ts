/**
 * Tors of a private network, recorded for a test, and what the program's reports say of them.
 * Owns the recording's place; what is to be seen is the test's.
 */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Cell } from '../../src/output/table.ts';
import { Recording } from '../../src/recording/reader.ts';
import type { Report } from '../../src/reports/report.ts';
import { tableOf, temporaryFolder } from '../recording/tapes.ts';
import type { Loopback } from './loopback.ts';
import type { TorNode } from './node.ts';
import { type RecorderProcess, startRecorder } from './recorderProcess.ts';

/** Things happen within seconds here; Tor tells of what circuits moved once a second. */
const INTERVAL = '1s';

/** A row of a report, by the names of its columns. */
export type Told = Readonly<Record<string, Cell>>;

export interface Recorder extends RecorderProcess {
  readonly node: TorNode;
  readonly path: string;
}

/** Starts the recorder where the Tor is, until the test is over. */
export async function recorderOf(
  node: TorNode,
  loopback: Loopback,
  args: readonly string[] = [],
): Promise<Recorder> {
  const path = join(temporaryFolder(), `${node.name}.tape`);
  const recorder = await startRecorder(node, loopback, path, ['--interval', INTERVAL, ...args]);
  onTestFinished(recorder.kill);
  return { ...recorder, node, path };
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
