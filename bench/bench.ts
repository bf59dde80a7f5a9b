/**
 * The standard workload through conntape itself: what a recording costs to make, to keep and to ask.
 * Owns the measuring of whole processes; the workload is workload.ts's, figures of others stand in
 * nobody's code.
 *
 *     npm run bench [-- --runs 5 --connections 10000]
 *
 * Each command runs as its own process, start-up included; the median of the runs is told.
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { STANDARD, workload } from './workload.ts';

const PROGRAM = new URL('../../dist/main.js', import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    connections: { type: 'string', default: String(STANDARD.connections) },
  },
});
const runs = Number(values.runs);
const options = { ...STANDARD, connections: Number(values.connections) };
const folder = mkdtempSync(join(tmpdir(), 'conntape-bench-'));
try {
  const transcript = join(folder, 'workload.jsonl');
  const tape = join(folder, 'workload.tape');
  await pipeline(Readable.from(workload(options)), createWriteStream(transcript));
  const observations = options.connections * options.snapshots;
  console.log(`${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}`);
  console.log(`${observations} observations, ${runs} runs, medians of whole processes`);

  const importMs = median(() => {
    rmSync(tape, { force: true });
    return timed(['import', transcript, tape]);
  });
  tell('import', `${((importMs * 1000) / observations).toFixed(2)} µs an observation`);
  const { size } = statSync(tape);
  tell('size', `${(size / observations).toFixed(2)} bytes an observation, the whole file`);
  for (const report of ['connections', 'circuits', 'churn']) {
    const ms = median(() => timed(['report', report, tape, '--format', 'csv']));
    tell(`report ${report}`, `${Math.round(ms)} ms`);
  }
  const seekMs = median(() => timed(['replay', tape, '--at', '-1s']));
  tell('replay --at', `${Math.round(seekMs)} ms`);
  const startMs = median(() => timed(['--version']));
  tell('--version', `${Math.round(startMs)} ms, the cost of starting`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Milliseconds of one command as a process. */
function timed(args: readonly string[]): number {
  const began = performance.now();
  execFileSync(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 2 ** 30,
  });
  return performance.now() - began;
}

function median(run: () => number): number {
  const times = Array.from({ length: runs }, run).sort((a, b) => a - b);
  return times[Math.floor(times.length / 2)]!;
}

function tell(what: string, figure: string): void {
  console.log(`${what.padEnd(20)}${figure}`);
}
