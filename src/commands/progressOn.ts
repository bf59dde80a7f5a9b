/**
 * Progress for a command, on its standard error.
 * Owns nothing but the joining of `Io` and `Progress`.
 */
import type { Io } from './io.ts';
import { Progress } from './progress.ts';

export function progressOn(io: Io, label: string, total: number | undefined): Progress {
  const isTerminal = io.stderr.isTTY === true;
  return new Progress({ label, total, stream: io.stderr, isTerminal, now: io.monotonic });
}
