/**
 * Which snapshots lie in a stretch of time.
 * Owns the question; findings from what is no snapshot itself ask it.
 */
import type { Recording } from '../../recording/reader.ts';

/** The first and the last snapshot from `from` to before `to`; undefined where there is none. */
export function snapshotsBetween(
  { db }: Recording,
  from: number,
  to: number,
): readonly [first: number, last: number] | undefined {
  const [first, last] = db
    .prepare<[number, number], [number | null, number | null]>(
      'SELECT min(number), max(number) FROM snapshot WHERE at >= ? AND at < ?',
    )
    .raw()
    .get(from, to)!;
  return first === null || last === null ? undefined : [first, last];
}
