/**
 * What a counter moved since it was last seen (docs/reference.md, Deltas).
 * Owns that rule, for all who go along a tape; whose counter it is, and when it was seen, is theirs.
 */

/**
 * Bytes, never negative. Its first value counts where it is known to have begun after the snapshot
 * before; else it is the baseline. One that fell has a new baseline: the greatest line of a
 * connection is there no more.
 * @param before NaN where it was never seen.
 */
export function movedSince(before: number, now: number, isNew: boolean): number {
  if (Number.isNaN(before)) return isNew ? now : 0;
  return Math.max(0, now - before);
}
