/**
 * The steps of a tape: from one snapshot to the next (docs/reference.md, Gaps and observed time).
 * Owns which of them are blind; what is counted in them the reports' oracles say.
 */
import type { Tape } from './model.ts';

export interface Step {
  /** The times of the two snapshots. */
  readonly from: number;
  readonly to: number;
  /** Whether it shares time with a gap. */
  readonly isBlind: boolean;
}

export function stepsOf({ snapshots, gaps }: Pick<Tape, 'snapshots' | 'gaps'>): Step[] {
  return snapshots.slice(1).map(({ at: to }, index) => {
    const { at: from } = snapshots[index]!;
    const isBlind = gaps.some((gap) => Math.max(gap.from, from) < Math.min(gap.to, to));
    return { from, to, isBlind };
  });
}

/** How many milliseconds were observed in the bucket from `start` to just before `end`. */
export function observed(steps: readonly Step[], start: number, end: number): number {
  let total = 0;
  for (const { from, to, isBlind } of steps) {
    if (!isBlind && to >= start && to < end) total += to - from;
  }
  return total;
}
