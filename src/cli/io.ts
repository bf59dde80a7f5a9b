/**
 * What a command has of the world: its streams, its environment, its clocks.
 * Owns the shape alone, and no stream or signal, so that the whole program runs in a test's process.
 */
import type { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { visible } from '../listing/visible.ts';
import type { Weight } from './logLines.ts';
import { lineWidth, wrapped } from './wrapped.ts';

export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a process has cost since it began. */
export interface Spent {
  /** CPU time of all its threads, milliseconds. */
  readonly ownMs: number;
  /** The same of its children that have ended; null where the system does not say. */
  readonly childrenMs: number | null;
  /** The most that it ever had resident, its children left out. */
  readonly peakBytes: number;
}

export interface Io {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What stands before each line of standard error; absent is nothing. */
  readonly beginLine?: (weight: Weight) => string;
  /** Milliseconds since the epoch, UTC; may jump. */
  readonly now: () => number;
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
  /**
   * Milliseconds since anything; never jumps, and goes on while the machine sleeps. Undefined, or
   * absent, where the system does not say.
   */
  readonly boot?: () => number | undefined;
  /** Milliseconds in which this process did not run, in all since it was asked first. */
  readonly stalled?: () => number;
  /** What this process has cost so far; absent where nobody counts. */
  readonly spent?: () => Spent;
  /** Resolves after this many milliseconds, or at once when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /**
   * Aborts when the operator asks the program to end, its reason an `Interruption`. A command that
   * asks for it has to end by itself then, within a second; while none has asked, SIGINT and SIGTERM
   * end the process as they come, also while it computes.
   */
  readonly interrupted: AbortSignal;
  /** As cli/pager.ts's, on standard output's terminal; absent where there is none. */
  readonly openPager?: (command: string, columns: number, missing: () => void) => Output;
  /**
   * Calls `heard` at each SIGHUP until the signal aborts. Where standard error is a terminal it does
   * nothing: there the signal is the terminal's end, and ends the process. Absent is never.
   */
  readonly onHangUp?: (heard: () => void, signal: AbortSignal) => void;
  /**
   * Calls `undo`, which must not wait, should a signal end the process before the promise resolves
   * that the function returned gives. Until then a signal is heard between two turns of the event
   * loop only: what computes long must not stand there, or take a breath (`Breath`).
   */
  readonly undoIfKilled: (undo: () => void) => () => Promise<void>;
}

/** SIGINT or SIGTERM, heard by a command that ends by itself and then wants to have ended by it. */
export class Interruption extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: Interruption['signal']) {
    super(`ended by ${signal}`);
    this.name = 'Interruption';
    this.signal = signal;
  }
}

/** Long enough that the turns cost nothing, short enough for whoever waits for one. */
const BREATH_MS = 100;

/** Lets signals be heard in the midst of long work. */
export class Breath {
  readonly #now: () => number;
  #last: number;

  constructor(io: Pick<Io, 'monotonic'>) {
    this.#now = io.monotonic;
    this.#last = this.#now();
  }

  /** Resolves at once, or after a turn of the event loop where the last is long ago. */
  async take(): Promise<void> {
    if (this.#now() - this.#last < BREATH_MS) return;
    await nextTurn();
    this.#last = this.#now();
  }
}

/** One line for the operator, of this weight in a log, on standard error. What it quotes may be a hostile relay's. */
export function tell(io: Io, text: string, weight: Weight = 'info'): void {
  tellLine(io, `conntape: ${visible(text)}`, weight);
}

/** The same without the program's name before it: what belongs to the line above. */
export function tellMore(io: Io, text: string, weight: Weight): void {
  tellLine(io, `  ${visible(text)}`, weight);
}

function tellLine({ stderr, beginLine }: Io, line: string, weight: Weight): void {
  const lines = wrapped(line, '    ', lineWidth(stderr));
  stderr.write(`${beginLine?.(weight) ?? ''}${[...lines].join('')}`);
}
