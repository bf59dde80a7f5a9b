/**
 * `--round`: how coarse the bytes of withheld connections are kept (contract, section 4).
 * Owns the option and how a recording tells of it; the rounding is listing/'s.
 */
import { InvalidArgumentError } from 'commander';
import type { Header } from '../listing/snapshot.ts';

/** What `record` and `serve` round to. */
export const DEFAULT_ROUND = 1024;

/** The key of a header that says what bytes were rounded to; absent where they are exact. */
const ROUND_KEY = 'round_bytes';

/** Beyond a gibibyte nothing of a connection's bytes would be left. */
const LARGEST_ROUND = 2 ** 30;

export function parseRound(text: string): number {
  const bytes = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(bytes >= 1 && bytes <= LARGEST_ROUND)) {
    throw new InvalidArgumentError(`It is no number of bytes from 1 (exact) to ${LARGEST_ROUND}.`);
  }
  return bytes;
}

/** The header of a recording whose withheld bytes are rounded. */
export function roundedHeader(header: Header, round: number): Header {
  if (round <= 1) return header;
  return { ...header, extra: { ...header.extra, [ROUND_KEY]: round } };
}

/** What the withheld bytes of a recording were rounded to; 1 where they are as the source gave them. */
export function roundOf(header: Header): number {
  const round = header.extra[ROUND_KEY];
  return typeof round === 'number' ? round : 1;
}
