/**
 * Transcripts that try everything, for comparing the product with the oracle.
 * Owns the two arbitraries that tests use; script.ts, world.ts and mess.ts make the first.
 */
import fc from 'fast-check';
import { script } from './script.ts';
import { play } from './world.ts';

/**
 * Whole transcripts (docs/transcript.md) as lines of text, the header first, with up to ten
 * snapshots in strict time order; events and declared gaps lie after the snapshot before, up to the
 * one that follows. Shrinks by shortening the script behind it.
 */
export const transcripts: fc.Arbitrary<string[]> = script.map(play);

/** Lengths of a bucket in milliseconds, some shorter than an interval, some longer than a tape. */
export const bucketLengths: fc.Arbitrary<number> = fc.constantFrom(
  ...[1000, 7000, 10_000, 60_000, 600_000],
);
