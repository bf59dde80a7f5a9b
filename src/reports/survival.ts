/**
 * The product-limit estimate of how long things live (Kaplan and Meier, 1958), with delayed entry.
 * Owns the curve and its percentiles; whose lives they are is the caller's.
 *
 * A death at an age counts against everything that was at risk then: under watch from a younger
 * age, and not gone before. What dies and what is lost from sight at one age was at risk at it; what
 * comes under watch at it was not yet, save that what dies at the very age at which it was first
 * seen was there to die.
 *
 * With delayed entry few may be at risk at a young age, while many came under watch when they were
 * older: if the few die, the curve falls far, or to 0, and never rises again. So nothing is said of
 * a percentile that is reached where few were at risk.
 */
import { Ascending, type Runs } from '../recording/ascending.ts';

/** Lives under watch, taken one by one. Ages are whole milliseconds. */
export class Sample {
  /** At which those came under watch that were not watched from their birth. */
  readonly entries: Ascending;
  readonly deaths: Ascending;
  /** At which those that did not die were last known to be alive. */
  readonly losses: Ascending;

  /** @param runs where ages wait that are more than memory should hold. */
  constructor(runs: Runs) {
    this.entries = new Ascending(runs);
    this.deaths = new Ascending(runs);
    this.losses = new Ascending(runs);
  }

  /**
   * @param from the age at which it came under watch, from 0 to `until`; 0 is from its birth.
   * @param until the age at which it died, or was last known to be alive.
   */
  add(from: number, until: number, died: boolean): void {
    // Ages are whole: a millisecond earlier is early enough to be at risk of its own death only.
    if (from > 0) this.entries.add(died && from === until ? from - 1 : from);
    if (died) this.deaths.add(until);
    else this.losses.add(until);
  }
}

/** The curve is a product of many rounded factors; R's survfit compares with such a slack too. */
const SLACK = 1e-9;

/** A death among fewer than so many at risk says nothing of a percentile (docs/reference.md, lifetimes). */
export const FEWEST_AT_RISK = 10;

/** A death, or several at one age: how many were at risk, and the share that lives on. */
export interface SurvivalStep {
  /** Milliseconds. */
  readonly age: number;
  readonly atRisk: number;
  readonly surviving: number;
}

/**
 * The curve, from 1 down, a step an age at which something died; none where nothing did.
 * @param sample is taken.
 */
export function* survivalSteps(sample: Sample): Generator<SurvivalStep, void> {
  const fromBirth = sample.deaths.count + sample.losses.count - sample.entries.count;
  const entered = new CountBelow(sample.entries.take());
  const lost = new CountBelow(sample.losses.take());
  let surviving = 1;
  let dead = 0;
  for (const [age, count] of runsOf(sample.deaths.take())) {
    const atRisk = fromBirth + entered.below(age) - dead - lost.below(age);
    surviving *= (atRisk - count) / atRisk;
    yield { age, atRisk, surviving };
    dead += count;
  }
}

/**
 * For each share the least age at which so many have died: at which the curve is at or below
 * 1 − share. Milliseconds; null where it never is, as without any life, and where fewer than ten were
 * at risk at the death that brought it there, for greater shares too.
 * @param shares from 0 to 1, both excluded, ascending.
 * @param sample is taken.
 */
export function agesAt(shares: readonly number[], sample: Sample): (number | null)[] {
  const ages: (number | null)[] = shares.map(() => null);
  let reached = 0;
  for (const { age, atRisk, surviving } of survivalSteps(sample)) {
    while (reached < shares.length && surviving <= 1 - shares[reached]! + SLACK) {
      if (atRisk < FEWEST_AT_RISK) return ages;
      ages[reached] = age;
      reached++;
    }
    if (reached === shares.length) return ages;
  }
  return ages;
}

/** How many ages are below one, asked for ascending ones. */
class CountBelow {
  readonly #rest: Iterator<number, void>;
  #next: number;
  #count = 0;

  /** @param ages ascending. */
  constructor(ages: Iterable<number, void>) {
    this.#rest = ages[Symbol.iterator]();
    this.#next = this.#rest.next().value ?? Number.POSITIVE_INFINITY;
  }

  below(age: number): number {
    while (this.#next < age) {
      this.#count++;
      this.#next = this.#rest.next().value ?? Number.POSITIVE_INFINITY;
    }
    return this.#count;
  }
}

/** Each of some ascending ages, and how often it is there. */
function* runsOf(ages: Iterable<number>): Generator<readonly [age: number, count: number], void> {
  let last = Number.NaN;
  let count = 0;
  for (const age of ages) {
    if (age === last) {
      count++;
      continue;
    }
    if (count > 0) yield [last, count];
    last = age;
    count = 1;
  }
  if (count > 0) yield [last, count];
}
