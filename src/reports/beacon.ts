/**
 * How much the openings of connections to one place look like a clock's.
 * Owns the score (docs/reference.md, The beacon score) and which openings it may know of; whose
 * openings they are is the reports'.
 *
 * The method is that of RITA's timestamp score: a program that calls home on a timer leaves
 * spacings between its openings that lie close and evenly about their median, for most of the time
 * that was watched; people and busy services do not. Three parts, each from 0 to 1:
 *
 *     symmetry   = 1 − |(Q3 − Q2) − (Q2 − Q1)| / ((Q3 − Q2) + (Q2 − Q1))   Bowley's skewness
 *     steadiness = 1 − MAD / Q2           median absolute deviation about the median, at least 0
 *     coverage   = from the first opening to the last / the time watched
 *
 * Q1, Q2 and Q3 are the quartiles of the spacings. RITA counts 0 spacings not at all and a
 * difference of quartiles below ten seconds as none. Here one rule takes the place of both, for
 * polls, and a UPTIME in whole seconds, say nothing finer than the interval:
 *
 * - Openings that follow one another within an interval are one moment.
 * - Each half, Q3 − Q2 and Q2 − Q1, counts as at least an interval.
 * - No part counts for more than 1 − interval / Q2. So a spread below the interval scores no better
 *   than one of an interval, what recurs at about the interval earns nothing, and 0.8, where the
 *   rule begins, takes a period of five intervals or more.
 *
 *     score      = (symmetry + steadiness + coverage) / 3
 *
 * Openings at random come to about 0.65. Of a hundred places that are called so, 3 or 4 reach 0.8
 * with 10 to 20 openings, 2 with 40, and fewer than 1 with 100.
 */
import type { BlindTimes } from '../recording/index/blind.ts';

/** What was watched, and how closely. Milliseconds since the epoch, and milliseconds. */
export interface Watch {
  /** The first snapshot and the last. */
  readonly from: number;
  readonly to: number;
  /** Between two polls. */
  readonly intervalMs: number;
  readonly blind: BlindTimes;
}

/** With fewer openings there is no score. */
const FEWEST_OPENINGS = 5;

/** With fewer spacings there are no quartiles; as in RITA. */
const FEWEST_SPACINGS = 3;

/** When connections opened, in order: what of it lies in the time watched and in no gap. */
export function openingsIn(openings: readonly number[], { from, to, blind }: Watch): number[] {
  return openings
    .filter((opening) => opening >= from && opening <= to && !blind.hides(opening))
    .sort((a, b) => a - b);
}

/**
 * From 0 to 1. Null, which is not known, under 5 openings, and where gaps leave fewer than 3
 * spacings: what spans a gap is none, for nobody knows what opened in it. 0 where the openings
 * themselves leave fewer, all being within an interval of one another.
 * @param openings as `openingsIn` gives them.
 */
export function beaconScore(openings: readonly number[], watch: Watch): number | null {
  if (openings.length < FEWEST_OPENINGS) return null;
  const { from, to, intervalMs, blind } = watch;
  const moments = openings.filter(
    (opening, place) => place === 0 || opening - openings[place - 1]! > intervalMs,
  );
  const spacings: number[] = [];
  for (let place = 1; place < moments.length; place++) {
    const [before, moment] = [moments[place - 1]!, moments[place]!];
    if (!blind.overlaps(before, moment)) spacings.push(moment - before);
  }
  if (spacings.length < FEWEST_SPACINGS) return moments.length > FEWEST_SPACINGS ? null : 0;
  spacings.sort((a, b) => a - b);
  const median = quantile(spacings, 0.5);
  const lower = Math.max(median - quantile(spacings, 0.25), intervalMs);
  const upper = Math.max(quantile(spacings, 0.75) - median, intervalMs);
  const deviations = spacings.map((spacing) => Math.abs(spacing - median)).sort((a, b) => a - b);
  const symmetry = 1 - Math.abs(upper - lower) / (upper + lower);
  const steadiness = Math.max(0, 1 - quantile(deviations, 0.5) / median);
  const coverage = (moments.at(-1)! - moments[0]!) / (to - from);
  const most = 1 - intervalMs / median;
  const parts = [symmetry, steadiness, coverage].map((part) => Math.min(part, most));
  return parts.reduce((sum, part) => sum + part) / parts.length;
}

/** Between the two nearest of the sorted values, as a spreadsheet's QUARTILE has it. */
function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place % 1);
}
