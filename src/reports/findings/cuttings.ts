/**
 * Windows in which far more ended than is usual.
 * Owns what is usual and what is far from it (docs/reference.md, connection-cycling); what ends is
 * shortEnds.ts's, what follows the rule's.
 */
import { poissonTail } from '../rhythm/chance.ts';
import type { YoungEnds } from './shortEnds.ts';

/** Minutes of a window, and of the stretches that show what is usual. */
export const WINDOW = 10;

/** With fewer of those stretches nobody knows what is usual. */
export const FEWEST = 5;

/** What is usual, of counts in 10 minutes. */
export interface Usual {
  /** The median, 1 at least. */
  readonly median: number;
  /** How many times the variance of a Poisson law they vary by; 1 at least. */
  readonly dispersion: number;
}

/** @param counts at least one, ascending. */
export function usualOf(counts: readonly number[]): Usual {
  const median = quantile(counts, 0.5);
  const most = Math.max(median, 1);
  const deviations = counts.map((each) => Math.abs(each - median)).sort((a, b) => a - b);
  // What both are of a normal law's standard deviation.
  const fromMad = (1.4826 * quantile(deviations, 0.5)) ** 2 / most;
  const fromQuartile = ((quantile(counts, 0.75) - most) / 0.6745) ** 2 / most;
  return { median: most, dispersion: Math.max(1, fromMad, fromQuartile) };
}

/** Between the two nearest of the sorted values, as a spreadsheet's QUARTILE has it. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}

export interface CyclingLimits {
  readonly ends: number;
  readonly times: number;
  readonly chance: number;
}

/** The fewest ends in 10 minutes that are far more than usual. */
export function fewestCutting({ median, dispersion }: Usual, limits: CyclingLimits): number {
  const isFar = (ends: number) =>
    poissonTail(Math.ceil(ends / dispersion), median / dispersion) < limits.chance;
  let low = Math.max(1, Math.ceil(limits.ends), Math.ceil(limits.times * median));
  if (isFar(low)) return low;
  let high = 2 * low;
  while (!isFar(high)) high *= 2;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isFar(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** Windows that overlap, of one kind of ends. Minutes since the epoch, the last not included. */
export interface Cutting {
  readonly ends: YoungEnds;
  readonly from: number;
  until: number;
  /** Of the worst window. */
  most: number;
  fewest: number;
  usual: number;
}

/**
 * Every window of 10 minutes, one a minute, in which far more ended than in the rest, joined where
 * they overlap.
 * @param rest the first minutes of the stretches that show what is usual.
 */
export function cuttingsIn(
  ends: YoungEnds,
  rest: readonly number[],
  limits: CyclingLimits,
): Cutting[] {
  const minutes = [...ends.perMinute.keys()].sort((a, b) => a - b);
  const before = runningTotal(ends, minutes);
  const within = (from: number) => before(from + WINDOW) - before(from);
  const counts = rest.map((from) => ({ from, ends: within(from) }));
  counts.sort((a, b) => a.ends - b.ends);
  const cuttings: Cutting[] = [];
  for (const from of beginnings(minutes)) {
    const most = within(from);
    if (most < limits.ends) continue;
    const others = counts.filter((each) => Math.abs(each.from - from) >= WINDOW);
    if (others.length < FEWEST) continue;
    const usual = usualOf(others.map((each) => each.ends));
    if (most < limits.times * usual.median) continue;
    const fewest = fewestCutting(usual, limits);
    if (most < fewest) continue;
    const last = cuttings.at(-1);
    const worst = { most, fewest, usual: usual.median };
    if (last !== undefined && from < last.until) {
      last.until = from + WINDOW;
      if (most > last.most) Object.assign(last, worst);
    } else {
      cuttings.push({ ends, from, until: from + WINDOW, ...worst });
    }
  }
  return cuttings;
}

/** How many ended before a minute. */
function runningTotal({ perMinute }: YoungEnds, minutes: readonly number[]) {
  const totals = [0];
  for (const minute of minutes) totals.push(totals.at(-1)! + perMinute.get(minute)!);
  return (minute: number): number => {
    let low = 0;
    let high = minutes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (minutes[middle]! < minute) low = middle + 1;
      else high = middle;
    }
    return totals[low]!;
  };
}

/** The minutes at which a window begins that holds an end, ascending. */
function* beginnings(minutes: readonly number[]): Generator<number, void> {
  let next = Number.NEGATIVE_INFINITY;
  for (const minute of minutes) {
    for (let from = Math.max(next, minute - WINDOW + 1); from <= minute; from++) yield from;
    next = minute + 1;
  }
}
