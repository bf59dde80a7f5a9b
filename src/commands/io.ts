/**
 * What a command has of the world: its streams, its environment, its clocks.
 * Owns nothing but the shape, so that the whole program runs in a test's process.
 */
import type { Readable, Writable } from 'node:stream';
import { visible } from '../output/visible.ts';

export interface Output extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Io {
  readonly stdin: Readable;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch, UTC; may jump. */
  readonly now: () => number;
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Aborts when the operator asks the program to end. */
  readonly interrupted: AbortSignal;
}

/** One line for the operator, on standard error. What it quotes may be a hostile relay's. */
export function tell(io: Io, text: string): void {
  io.stderr.write(`conntape: ${visible(text)}\n`);
}
