/**
 * `npm run soak`: a month of a busy relay's polls through the recorder, on a clock that does not wait.
 * Owns that clock and what is sampled; the control port that is polled is soakPort.ts's.
 *
 *     npm run soak -- [--days 30] [--connections 10000] [--interval 60] [--keep 7d] [--folder build/soak]
 *
 * `conntape record` runs in this process, as a user's does, with retention and `--heads`, and polls
 * over a socket. The samples are written to soak.csv in the folder; a summary to standard output. Then
 * the recording is verified, and every head that was kept is held against it. Ends with 1 where one
 * of that fails.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BEGIN } from './workload.ts';

const DIST = new URL('../../dist/', import.meta.url);
const PORT = fileURLToPath(new URL('soakPort.js', import.meta.url));

const DAY_S = 86_400;
const MB = 1e6;

/** A point is the mean of so many polls: two hours of a minute each. */
const POLLS_A_SAMPLE = 120;

interface Heap {
  boundHeap(): void;
}

interface Program {
  runConntape(args: readonly string[], io: object): Promise<number>;
}

interface Csv {
  csvText(table: object): Iterable<string>;
}

/** A module of the compiled program: the bench is compiled without its sources. */
async function compiled<Module>(path: string): Promise<Module> {
  return (await import(new URL(path, DIST).href)) as Module;
}

// As the program does before it loads anything (src/main.ts).
(await compiled<Heap>('heap.js')).boundHeap();
const { runConntape } = await compiled<Program>('commands/program.js');
const { csvText } = await compiled<Csv>('output/csv.js');

const COLUMNS = [
  { name: 'polls', kind: 'integer' },
  { name: 'at', kind: 'time' },
  { name: 'cpu_ms_a_poll', kind: 'decimal' },
  { name: 'resident_mb', kind: 'decimal' },
  { name: 'heap_used_mb', kind: 'decimal' },
  { name: 'descriptors', kind: 'integer' },
  { name: 'file_mb', kind: 'decimal' },
  { name: 'log_mb', kind: 'decimal' },
] as const;

type Sample = readonly number[];

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    connections: { type: 'string', default: '10000' },
    interval: { type: 'string', default: '60' },
    keep: { type: 'string', default: '7d' },
    folder: { type: 'string', default: 'build/soak' },
  },
});
const interval = Number(values.interval);
const polls = Math.round((Number(values.days) * DAY_S) / interval);
const folder = resolve(values.folder);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const tape = join(folder, 'soak.tape');
const heads = join(folder, 'heads.txt');

/** A clock on which a wait is over at once, and what is between two waits takes its time. */
class Clock {
  #waitedMs = 0;
  #waits = 0;
  readonly #stop: AbortController;
  readonly #waited: (waits: number) => void;

  constructor(stop: AbortController, waited: (waits: number) => void) {
    this.#stop = stop;
    this.#waited = waited;
  }

  readonly monotonic = () => this.#waitedMs + performance.now();
  readonly now = () => Math.round(BEGIN + this.monotonic());

  /** The recorder waits once a poll, and ends before one more than there are. */
  readonly wait = async (ms: number) => {
    this.#waitedMs += Math.max(0, ms);
    this.#waits++;
    if (this.#waits >= polls) this.#stop.abort();
    this.#waited(this.#waits);
    await nextTurn();
  };
}

function ioOf(clock: object, interrupted: AbortSignal): object {
  return {
    stdin: Readable.from([]),
    stdout: process.stderr,
    stderr: process.stderr,
    env: {},
    interrupted,
    undoIfKilled: () => async () => {},
    ...clock,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

async function soak(address: string): Promise<Sample[]> {
  const samples: Sample[] = [];
  const stop = new AbortController();
  let cpu = process.cpuUsage();
  const clock = new Clock(stop, (waits) => {
    if (waits % POLLS_A_SAMPLE !== 0) return;
    const { user, system } = process.cpuUsage(cpu);
    const { rss, heapUsed } = process.memoryUsage();
    samples.push([
      waits,
      clock.now(),
      (user + system) / 1000 / POLLS_A_SAMPLE,
      rss / MB,
      heapUsed / MB,
      readdirSync('/proc/self/fd').length,
      sizeOf(tape) / MB,
      sizeOf(`${tape}-wal`) / MB,
    ]);
    if (samples.length % 12 === 0) process.stderr.write(`day ${samples.length / 12}\n`);
    cpu = process.cpuUsage();
  });
  const args = ['record', tape, '--control', `unix:${address}`, '--interval', `${interval}s`];
  const more = ['--witness', 'off', '--metrics', 'off', '--keep', values.keep, '--heads', heads];
  const code = await runConntape([...args, ...more], ioOf(clock, stop.signal));
  if (code !== 0) throw new Error(`conntape record ended with ${code}`);
  return samples;
}

/** A row a column: as it was when retention had begun, and at the end. */
function summary(samples: readonly Sample[]): string {
  const tenth = Math.max(1, Math.floor(samples.length / 10));
  const late = samples.slice(-tenth);
  const middle = samples.slice(
    Math.floor(samples.length / 2),
    Math.floor(samples.length / 2) + tenth,
  );
  const median = (from: readonly Sample[], column: number) =>
    from.map((sample) => sample[column]!).toSorted((a, b) => a - b)[from.length >> 1]!;
  const rows = COLUMNS.slice(2).map(({ name }, index) => {
    const most = Math.max(...samples.map((sample) => sample[index + 2]!));
    const cells = [median(middle, index + 2), median(late, index + 2), most];
    return `| ${name} | ${cells.map((cell) => cell.toFixed(1)).join(' | ')} |`;
  });
  return ['| | in the middle | at the end | most |', '|---|---:|---:|---:|', ...rows, ''].join(
    '\n',
  );
}

async function listening(port: ChildProcess): Promise<void> {
  await Promise.race([
    once(port.stdout!, 'data'),
    once(port, 'exit').then(() => {
      throw new Error('the control port did not start');
    }),
  ]);
}

const socket = join(folder, 'control');
const port = spawn(
  process.execPath,
  [PORT, socket, values.connections, String(polls), values.interval],
  { stdio: ['pipe', 'pipe', 'inherit'] },
);
await listening(port);
const samples = await soak(socket);
port.stdin!.end();
const table = { name: 'soak', columns: COLUMNS, rows: samples };
writeFileSync(join(folder, 'soak.csv'), [...csvText(table)].join(''));
process.stdout.write(summary(samples));
const io = ioOf(
  { now: Date.now, monotonic: () => performance.now() },
  new AbortController().signal,
);
process.exitCode = await runConntape(['verify', tape, '--heads', heads], io);
