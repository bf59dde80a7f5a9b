/**
 * Long output in a pager, as git does it: on a terminal alone, and only where it does not fit.
 * Owns `--no-pager`, which pager it is ($PAGER, else less), and its process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Writable } from 'node:stream';
import type { Command } from 'commander';
import { type Io, type Output, tell } from './io.ts';

export interface PagerOptions {
  /** False with `--no-pager`. */
  readonly pager: boolean;
}

export function addPagerOption(command: Command): Command {
  return command.option('--no-pager', 'print at once, also what is longer than the terminal');
}

/**
 * Calls `write` with where the output goes: the pager, which starts with the first text, so that
 * signals end what is computed before; or standard output. Resolves when the pager has ended too.
 * Throws as `write` does.
 */
export async function paged(
  io: Io,
  { pager }: PagerOptions,
  write: (stream: Output) => Promise<void>,
): Promise<void> {
  const command = io.env['PAGER'] ?? 'less';
  const isWanted = pager && io.stdout.isTTY === true && !['', 'cat'].includes(command);
  if (!isWanted || io.openPager === undefined) return write(io.stdout);
  const missing = () => tell(io, 'the pager is not there: set PAGER, or give --no-pager');
  const stream = io.openPager(command, io.stdout.columns ?? 80, missing);
  await write(stream);
  await new Promise<void>((resolve) => stream.end(() => resolve()));
}

/** What a shell says where a command is not there. */
const NOT_FOUND = 127;

/**
 * A stream into a pager, which runs when the first text comes, on this process's terminal. `end`
 * calls back when the pager has ended.
 * @param missing called where there is no such command.
 */
export function openPager(command: string, columns: number, missing: () => void): Output {
  return new PagerStream(command, columns, missing);
}

class PagerStream extends Writable implements Output {
  readonly isTTY = true;
  readonly columns: number;
  readonly #command: string;
  readonly #missing: () => void;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(command: string, columns: number, missing: () => void) {
    super({ decodeStrings: false });
    this.#command = command;
    this.#missing = missing;
    this.columns = columns;
  }

  override _write(
    text: string | Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#child ??= this.#started();
    this.#child.stdin!.write(text, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#child?.stdin?.end();
    void this.#ended.then(() => done());
  }

  #started(): ChildProcess {
    // What is shorter than the screen ends at once, colours stay, and so does what was shown.
    const env = { LESS: 'FRX', LV: '-c', ...process.env };
    const child = spawn('sh', ['-c', this.#command], {
      env,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.stdin!.on('error', () => {});
    // Ctrl-C is the pager's.
    const ignore = () => {};
    process.on('SIGINT', ignore);
    this.#ended = new Promise((resolve) => {
      child.once('close', (code) => {
        process.off('SIGINT', ignore);
        if (code === NOT_FOUND) this.#missing();
        resolve();
      });
    });
    return child;
  }
}
