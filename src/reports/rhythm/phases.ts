/**
 * Whether openings fall on the beat of a clock, among others that do not.
 * Owns the test by phases (docs/reference.md, beacon); which openings there are is rhythm.ts's. Times
 * are seconds.
 */
import type { Regularity } from './intervals.ts';
import { rayleigh, spectrumOf } from './spectrum.ts';

/** What is looked for in a window. */
export interface Beats {
  /** From 0 to `length`, ascending. */
  readonly moments: readonly number[];
  readonly length: number;
  /** Periods from the shortest to the longest. */
  readonly shortest: number;
  readonly longest: number;
  /** By what Z counts less at a period. */
  discount(period: number): number;
}

/** So many of the strongest periods are looked at closely. */
const PEAKS = 4;

/** How many values of the spectrum give its noise, a third of them on either side. */
const BLOCK = 64;

/** Frequencies on either side that give the noise where openings are weighted. */
const NEIGHBOURS = 32;

/** Of several periods that are as strong as that, the longest is the clock's. */
const CLEAR = 0.6;

/** How many independent frequencies there are a unit of length and frequency, over-sampled. */
const DENSITY = 1.02;

/** The least probable period; undefined where there is none, or none that could be improbable. */
export function beatOf(beats: Beats): Regularity | undefined {
  const { moments, length, shortest, longest, discount } = beats;
  if (longest <= shortest || moments.length < 2) return undefined;
  const trials = DENSITY * length * (1 / shortest - 1 / longest);
  const chanceOf = (z: number) => Math.min(1, trials * Math.sqrt(z) * Math.exp(-z));
  if (chanceOf(moments.length) > 0.025) return undefined;
  const peaks = peaksOf(beats).map(({ frequency, floor }) => {
    const period = 1 / frequency;
    const weights = weightsOf(moments, period / 16);
    const weighted = strongest(moments, frequency, length, weights);
    const plain = strongest(moments, frequency, length) / floor;
    const z = Math.min(plain, weighted / floorAround(beats, frequency, weights)) / discount(period);
    return { z, period };
  });
  if (peaks.length === 0) return undefined;
  const most = Math.max(...peaks.map(({ z }) => z));
  // A clock shows at its harmonics, too.
  const clear = peaks.filter(({ z }) => z >= CLEAR * most);
  const period = Math.max(...clear.map((peak) => peak.period));
  return { chance: chanceOf(most), periodMs: period * 1000 };
}

/** The strongest frequencies above their noise. */
function peaksOf({ moments, length, shortest, longest }: Beats) {
  const { spacing, power } = spectrumOf(moments, length, shortest);
  const first = Math.max(1, Math.ceil(1 / longest / spacing));
  const last = Math.min(power.length - 2, Math.floor(1 / shortest / spacing));
  const floors = floorsOf(power.subarray(first, last + 1));
  const floorAt = (k: number) => floors[Math.floor((k - first) / BLOCK)]!;
  const peaks: { frequency: number; floor: number; z: number }[] = [];
  for (let k = first; k <= last; k++) {
    if (power[k]! < power[k - 1]! || power[k]! <= power[k + 1]!) continue;
    const z = power[k]! / floorAt(k);
    if (peaks.length === PEAKS && z <= peaks.at(-1)!.z) continue;
    peaks.push({ frequency: k * spacing, floor: floorAt(k), z });
    peaks.sort((a, b) => b.z - a.z);
    peaks.splice(PEAKS);
  }
  return peaks;
}

/** The noise of each block of a spectrum: what its values have by chance, from their median. */
function floorsOf(power: Float64Array): number[] {
  const floors: number[] = [];
  for (let begin = 0; begin < power.length; begin += BLOCK) {
    floors.push(floorOf(power.slice(Math.max(0, begin - BLOCK), begin + 2 * BLOCK)));
  }
  return floors;
}

/** Where openings are at random, the median of Z is ln 2; noise is never less. */
function floorOf(powers: Float64Array): number {
  return Math.max(1, upperMedian(powers) / Math.LN2);
}

/** Leaves the values in another order. */
function upperMedian(values: Float64Array): number {
  const middle = Math.floor(values.length / 2);
  for (let [from, to] = [0, values.length - 1]; from < to; ) {
    const pivot = values[(from + to) >> 1]!;
    let [low, high] = [from, to];
    while (low <= high) {
      while (values[low]! < pivot) low++;
      while (values[high]! > pivot) high--;
      if (low > high) break;
      const value = values[low]!;
      values[low++] = values[high]!;
      values[high--] = value;
    }
    if (middle <= high) to = high;
    else if (middle >= low) from = low;
    else break;
  }
  return values[middle]!;
}

function floorAround({ moments, length }: Beats, frequency: number, weights: number[]): number {
  const powers: number[] = [];
  for (let step = 2; step < NEIGHBOURS + 2; step++) {
    for (const near of [frequency - step / length, frequency + step / length]) {
      if (near > 0) powers.push(rayleigh(moments, near, weights));
    }
  }
  return floorOf(Float64Array.from(powers));
}

/** Z about a frequency that is known to half of the spacing. */
function strongest(
  moments: readonly number[],
  frequency: number,
  length: number,
  weights?: number[],
): number {
  const shifts = [-0.25, -0.125, 0, 0.125, 0.25];
  return Math.max(...shifts.map((shift) => rayleigh(moments, frequency + shift / length, weights)));
}

/** Of openings in a burst each counts for a part: 1 / those within a reach. */
function weightsOf(moments: readonly number[], reach: number): number[] {
  let [begin, end] = [0, 0];
  return moments.map((moment) => {
    while (moments[begin]! < moment - reach) begin++;
    while (end < moments.length && moments[end]! <= moment + reach) end++;
    return 1 / (end - begin);
  });
}
