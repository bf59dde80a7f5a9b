/**
 * A Prometheus of Debian's on loopback, over series that a test made up.
 * Owns the process, its folder, and how it is asked; the series are the test's.
 */
import { execFileSync, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../recording/tapes.ts';

/** What a text said at a time, milliseconds since the epoch. */
export interface Collected {
  readonly at: number;
  readonly text: string;
}

/** A series of an answer, by its labels. */
export type Labels = Readonly<Record<string, string>>;

/** The address of a Prometheus that has collected these, in the order of time, until the test is over. */
export async function prometheusWith(collected: readonly Collected[]): Promise<string> {
  const folder = temporaryFolder();
  const lines = collected.flatMap(({ at, text }) =>
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => `${line} ${at / 1000}`),
  );
  const series = join(folder, 'series');
  writeFileSync(series, [...lines, '# EOF', ''].join('\n'));
  const data = join(folder, 'data');
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', series, data]);
  const child = spawn(
    'prometheus',
    [
      '--config.file=/dev/null',
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      // A free port, which its log names.
      '--web.listen-address=127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let address = '';
  let log = '';
  for await (const line of createInterface(child.stderr)) {
    log += `${line}\n`;
    address = /msg="Listening on" address=(\S+)/.exec(line)?.[1] ?? address;
    if (line.includes('Server is ready')) return address;
  }
  throw new Error(`Prometheus did not begin:\n${log}`);
}

/** The series that answer an expression at a time. Throws what Prometheus has against it. */
export async function seriesOf(address: string, query: string, at: number): Promise<Labels[]> {
  const asked = new URLSearchParams({ query, time: String(at / 1000) });
  const answer = await fetch(`http://${address}/api/v1/query?${asked}`);
  const { error, data } = (await answer.json()) as {
    readonly error?: string;
    readonly data?: { readonly result: readonly { readonly metric: Labels }[] };
  };
  if (data === undefined) throw new Error(`${query}: ${error}`);
  return data.result.map(({ metric }) => metric);
}
