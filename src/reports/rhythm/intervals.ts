/**
 * Whether so many gaps between openings are alike that no ordinary law of gaps explains it.
 * Owns the test by intervals (docs/reference.md, beacon); which gaps there are is rhythm.ts's.
 */
import { binomialTail } from './chance.ts';

/** How probable something so regular is by chance, and how often it recurs. */
export interface Regularity {
  /** Not above 1. */
  readonly chance: number;
  readonly periodMs: number;
}

/** Gaps alike are those between g and r times g. */
const RATIOS = [1.05, 1.1, 1.2, 1.5, 2];

/** Of all gaps so many at least must be alike: fewer are no rhythm, however improbable. */
const leastShare = (ratio: number): number => (ratio === 2 ? 0.75 : 0.6);

/**
 * The most that any law with a hazard that never grows puts between g and r · g, whatever g is:
 * Poisson, bursts, sessions, heavy tails. It is reached by the exponential law.
 * @param ratio r, above 1.
 */
export function greatestShare(ratio: number): number {
  return (1 - 1 / ratio) * ratio ** (-1 / (ratio - 1));
}

/**
 * The least probable choice of gaps that are alike; undefined where there are none.
 * @param gaps milliseconds, in any order.
 * @param resolutionMs how finely their ends are known.
 */
export function alikeAmong(gaps: readonly number[], resolutionMs: number): Regularity | undefined {
  const sorted = [...gaps].sort((a, b) => a - b);
  const count = sorted.length;
  let best: Regularity | undefined;
  for (const ratio of RATIOS) {
    const least = leastShare(ratio) * count;
    let end = 0;
    for (let begin = 0; begin < count; begin++) {
      const gap = sorted[begin]!;
      while (end < count && sorted[end]! <= ratio * gap) end++;
      const alike = end - begin;
      if (gap <= resolutionMs || alike < least) continue;
      const share = greatestShare((ratio * gap + resolutionMs) / (gap - resolutionMs));
      const tail = binomialTail(alike - 1, count - 1, share);
      const chance = Math.min(1, RATIOS.length * count * tail);
      if (best !== undefined && chance >= best.chance) continue;
      best = { chance, periodMs: sorted[begin + Math.floor(alike / 2)]! };
    }
  }
  return best;
}
