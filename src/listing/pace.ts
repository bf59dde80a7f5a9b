/**
 * When the time between two snapshots is a gap.
 * Owns that rule (docs/reference.md, Gaps and observed time); who declares gaps, and why, is not
 * known here.
 */

/** One poll may be lost, and the next one late, before a step counts as a gap. */
const GAP_INTERVALS = 2.5;

/** Whether a step from one snapshot to the next is too long to be observed time; milliseconds. */
export function isGap(stepMs: number, intervalMs: number): boolean {
  return stepMs > GAP_INTERVALS * intervalMs;
}
