/**
 * Windows of any transcript: before it, within it, beyond it.
 * Owns where they begin and end; what a report makes of them is the tests'.
 */
import fc from 'fast-check';
import { readTape } from './model.ts';

/** Where a window begins and ends: so many thousandths of the way from before a tape to after it. */
export const windowEnds = fc.tuple(fc.nat(1000), fc.nat(1000));

/** The window of a transcript that these stand for. Times are milliseconds since the epoch. */
export function windowOf(transcript: readonly string[], ends: readonly [number, number]) {
  const times = readTape(transcript).snapshots.map(({ at }) => at);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const [from, to] = ends
    .map((thousandth) => first - 5000 + Math.round(((last - first + 10_000) * thousandth) / 1000))
    .sort((a, b) => a - b);
  return { from: from!, to: to! };
}
