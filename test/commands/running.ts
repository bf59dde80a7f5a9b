/**
 * The whole program in the process of a test: its streams, its clocks, its exit code.
 * Owns the world that a command line runs in; what it does there is the test's to look at.
 */
import { Readable, Writable } from 'node:stream';
import type { Io } from '../../src/cli/io.ts';
import { runConntape } from '../../src/commands/program.ts';

export interface World {
  readonly stdin?: string | Buffer;
  readonly env?: Io['env'];
  readonly now?: number;
  readonly interrupted?: AbortSignal;
  /** Whether standard output is a terminal. */
  readonly isTerminal?: boolean;
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The waits that were asked for, milliseconds. */
  readonly waits: readonly number[];
}

/** An hour after the transcripts of test/oracle/cases.ts begin. */
const NOW = Date.parse('2026-11-23T01:00:00Z');

/** Runs a command line; time stands still, and every wait is over at once. */
export async function run(args: readonly string[], world: World = {}): Promise<Ran> {
  const stdout = new Sink();
  stdout.isTTY = world.isTerminal === true;
  const stderr = new Sink();
  const waits: number[] = [];
  const code = await runConntape(args, ioWith(world, stdout, stderr, waits));
  return { code, stdout: stdout.text, stderr: stderr.text, waits };
}

/** Runs a command line whose reader takes `bytes` and closes, as `head` does. */
export async function runIntoHead(args: readonly string[], bytes: number): Promise<Ran> {
  const stdout = new Sink(bytes);
  // As main.ts does.
  stdout.on('error', () => {});
  const stderr = new Sink();
  const code = await runConntape(args, ioWith({}, stdout, stderr, []));
  return { code, stdout: stdout.text, stderr: stderr.text, waits: [] };
}

/** Takes everything, or breaks like a pipe whose reader has gone once it has taken enough. */
class Sink extends Writable {
  isTTY = false;
  readonly #enough: number;
  #taken = '';

  constructor(enough = Number.POSITIVE_INFINITY) {
    super({ decodeStrings: false });
    this.#enough = enough;
  }

  get text(): string {
    return this.#taken;
  }

  override _write(chunk: unknown, _encoding: string, done: (error?: Error) => void): void {
    if (this.#taken.length >= this.#enough) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      return;
    }
    this.#taken += String(chunk);
    done();
  }
}

function ioWith(world: World, stdout: Writable, stderr: Writable, waits: number[]): Io {
  const { now = NOW, env = {}, stdin = '' } = world;
  return {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    env,
    now: () => now,
    monotonic: () => 0,
    wait: async (ms) => {
      waits.push(ms);
    },
    interrupted: world.interrupted ?? new AbortController().signal,
    undoIfKilled: () => async () => {},
  };
}
