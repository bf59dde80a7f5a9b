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

/** Lives as the curve needs them: ages in milliseconds, each list ascending. */
export interface Sample {
  /** At which those came under watch that were not watched from their birth. */
  readonly entries: Float64Array;
  readonly deaths: Float64Array;
  /** At which those that did not die were last known to be alive. */
  readonly losses: Float64Array;
}

/** Lives under watch, taken one by one. Ages are whole milliseconds. */
export class SampleDraft {
  readonly #entries = new Ages();
  readonly #deaths = new Ages();
  readonly #losses = new Ages();

  /**
   * @param from the age at which it came under watch, from 0 to `until`; 0 is from its birth.
   * @param until the age at which it died, or was last known to be alive.
   */
  add(from: number, until: number, died: boolean): void {
    // Ages are whole: a millisecond earlier is early enough to be at risk of its own death only.
    if (from > 0) this.#entries.add(died && from === until ? from - 1 : from);
    if (died) this.#deaths.add(until);
    else this.#losses.add(until);
  }

  get sample(): Sample {
    return {
      entries: this.#entries.ascending,
      deaths: this.#deaths.ascending,
      losses: this.#losses.ascending,
    };
  }
}

/** All lives of some samples. */
export function pooled(samples: readonly Sample[]): Sample {
  return {
    entries: merged(samples.map((sample) => sample.entries)),
    deaths: merged(samples.map((sample) => sample.deaths)),
    losses: merged(samples.map((sample) => sample.losses)),
  };
}

/** Ages as they come. */
class Ages {
  #length = 0;
  #ages = new Float64Array(64);

  add(age: number): void {
    if (this.#length === this.#ages.length) {
      const longer = new Float64Array(2 * this.#length);
      longer.set(this.#ages);
      this.#ages = longer;
    }
    this.#ages[this.#length++] = age;
  }

  get ascending(): Float64Array {
    return this.#ages.slice(0, this.#length).sort();
  }
}

/** The curve is a product of many rounded factors; R's survfit compares with such a slack too. */
const SLACK = 1e-9;

/** A death among fewer than so many at risk says nothing of a percentile (docs/reference.md, lifetimes). */
const FEWEST_AT_RISK = 10;

/**
 * For each share the least age at which so many have died: at which the curve is at or below
 * 1 − share. Milliseconds; null where it never is, as without any life, and where fewer than ten were
 * at risk at the death that brought it there, for greater shares too.
 * @param shares from 0 to 1, both excluded, ascending.
 */
export function agesAt(shares: readonly number[], sample: Sample): (number | null)[] {
  const { entries, deaths, losses } = sample;
  const fromBirth = deaths.length + losses.length - entries.length;
  const ages: (number | null)[] = shares.map(() => null);
  let reached = 0;
  let surviving = 1;
  let entered = 0;
  let lost = 0;
  let dead = 0;
  while (dead < deaths.length && reached < shares.length) {
    const age = deaths[dead]!;
    let deadNext = dead + 1;
    while (deadNext < deaths.length && deaths[deadNext] === age) deadNext++;
    while (entered < entries.length && entries[entered]! < age) entered++;
    while (lost < losses.length && losses[lost]! < age) lost++;
    const atRisk = fromBirth + entered - dead - lost;
    surviving *= (atRisk - (deadNext - dead)) / atRisk;
    while (reached < shares.length && surviving <= 1 - shares[reached]! + SLACK) {
      if (atRisk < FEWEST_AT_RISK) return ages;
      ages[reached] = age;
      reached++;
    }
    dead = deadNext;
  }
  return ages;
}

function merged(lists: readonly Float64Array[]): Float64Array {
  const ages = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let filled = 0;
  for (const list of lists) {
    ages.set(list, filled);
    filled += list.length;
  }
  return ages.sort();
}
