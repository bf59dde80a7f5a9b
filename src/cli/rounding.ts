/**
 * `--round`: how coarse the bytes of withheld connections are kept.
 * Owns the option; the rounding, and how a recording says it, is listing/'s.
 */
import { InvalidArgumentError } from 'commander';

/** What `record` and `serve` round to. */
export const DEFAULT_ROUND = 1024;

/** Beyond a gibibyte nothing of a connection's bytes would be left. */
const LARGEST_ROUND = 2 ** 30;

export function parseRound(text: string): number {
  const bytes = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(bytes >= 1 && bytes <= LARGEST_ROUND)) {
    throw new InvalidArgumentError(
      `It is not a number of bytes from 1 (exact) to ${LARGEST_ROUND}.`,
    );
  }
  return bytes;
}
