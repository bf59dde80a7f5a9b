/**
 * Curves of survival as they are read: at an age, and where half are gone.
 * Owns reading them; the estimate is the program's.
 */
import type { Curve, SurvivalPart } from '../parts.ts';

export type SurvivalGroup = SurvivalPart['groups'][number];

/** The share that lives on at an age: 1 before the first step. */
export function shareOn({ age, share }: Curve, at: number): number {
  let [low, high] = [0, age.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (age[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 1 : share[low - 1]!;
}

/** The least age at which half are gone; null where that never is, or where fewer than ten were at risk. */
export function medianOf({ age, share, fewFrom }: Curve): number | null {
  const step = share.findIndex((on) => on <= 0.5);
  if (step < 0) return null;
  return fewFrom !== null && age[step]! >= fewFrom ? null : age[step]!;
}

/** Up to which age anything is said. */
export function lastAge({ least, greatest }: SurvivalGroup): number {
  return Math.max(least.age.at(-1) ?? 0, greatest.age.at(-1) ?? 0);
}

/** Corners of a curve between two ages: from the first age on, level and then down. */
export function cornersOf(curve: Curve, from: number, to: number): [number, number][] {
  const corners: [number, number][] = [[from, shareOn(curve, from)]];
  for (let step = 0; step < curve.age.length; step++) {
    const age = curve.age[step]!;
    if (age <= from) continue;
    if (age > to) break;
    corners.push([age, corners.at(-1)![1]], [age, curve.share[step]!]);
  }
  corners.push([to, corners.at(-1)![1]]);
  return corners;
}
