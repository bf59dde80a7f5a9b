/**
 * The whole program in the process of a test: its streams, its clocks, its exit code.
 * Owns the world that a command line runs in; what it does there is the test's to look at.
 */
import { Readable, Writable } from 'node:stream';
import type { Io, Output } from '../../src/cli/io.ts';
import { runConntape } from '../../src/commands/program.ts';

export interface World {
  readonly stdin?: string | Buffer;
  readonly env?: Io['env'];
  readonly now?: number;
  /** Stands still unless given, so that no progress is drawn. */
  readonly monotonic?: () => number;
  readonly interrupted?: AbortSignal;
  /** Whether standard output is a terminal, 80 columns wide. */
  readonly isTerminal?: boolean;
  /** Standard output and standard error are a terminal of so many columns. */
  readonly columns?: number;
  /** Standard output fails, once it has taken so many characters. */
  readonly breaks?: Break;
}

export interface Break {
  readonly after: number;
  /** EPIPE of a reader that has gone, as `head` has; ENOSPC of a full disk. */
  readonly code: 'EPIPE' | 'ENOSPC';
}

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, in the order in which they were written: what a terminal is sent. */
  readonly screen: string;
  /** The waits that were asked for, milliseconds. */
  readonly waits: readonly number[];
}

/** An hour after the transcripts of test/oracle/cases.ts begin. */
const NOW = Date.parse('2026-11-23T01:00:00Z');

/** Runs a command line; time stands still, and every wait is over at once. */
export async function run(args: readonly string[], world: World = {}): Promise<Ran> {
  const { columns, isTerminal = columns !== undefined, breaks } = world;
  const screen: string[] = [];
  const stdout = new Sink(screen, isTerminal, columns, breaks);
  // As process.ts does.
  stdout.on('error', () => {});
  const stderr = new Sink(screen, columns !== undefined, columns);
  const waits: number[] = [];
  const code = await runConntape(args, ioWith(world, stdout, stderr, waits));
  return { code, stdout: stdout.text, stderr: stderr.text, screen: screen.join(''), waits };
}

/** Takes everything, or breaks once it has taken enough. */
class Sink extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  readonly #screen: string[];
  readonly #breaks: Break | undefined;
  #taken = '';

  constructor(screen: string[], isTTY: boolean, columns = 80, breaks?: Break) {
    super({ decodeStrings: false });
    this.#screen = screen;
    this.isTTY = isTTY;
    this.columns = columns;
    this.#breaks = breaks;
  }

  get text(): string {
    return this.#taken;
  }

  override _write(chunk: unknown, _encoding: string, done: (error?: Error) => void): void {
    if (this.#breaks !== undefined && this.#taken.length >= this.#breaks.after) {
      const { code } = this.#breaks;
      done(Object.assign(new Error(`${code}: write`), { code }));
      return;
    }
    this.#taken += String(chunk);
    this.#screen.push(String(chunk));
    done();
  }
}

function ioWith(world: World, stdout: Output, stderr: Output, waits: number[]): Io {
  const { now = NOW, env = {}, stdin = '' } = world;
  return {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout,
    stderr,
    env,
    now: () => now,
    monotonic: world.monotonic ?? (() => 0),
    wait: async (ms) => {
      waits.push(ms);
    },
    interrupted: world.interrupted ?? new AbortController().signal,
    undoIfKilled: () => async () => {},
  };
}
