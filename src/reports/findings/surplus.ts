/**
 * Windows in which far more came than went, of two sums that only grow.
 * Owns the search and joining windows that overlap; what is summed, and whether a window counts, is
 * the rule's.
 *
 * A window that ends now may begin at any earlier snapshot that is not too old. Of two of those the
 * later one is the better, unless the surplus (more − less) was smaller at the earlier one: from the
 * later one the window is shorter, `less` grew by no more and the surplus by no less, so that ratio,
 * bytes and rate are all no worse. So only those snapshots are kept at which the surplus was smaller
 * than at every later one; of traffic in balance that is a handful.
 */

/** What a window must reach. */
export interface SurplusLimits {
  /** `more` grew by so many times as much as `less`. */
  readonly ratio: number;
  /** By which the surplus grew. */
  readonly bytes: number;
  /** A second, over the whole window. */
  readonly rate: number;
  /** The longest window, milliseconds. */
  readonly windowMs: number;
}

/** A snapshot, and both sums at it. */
export interface Sums {
  readonly at: number;
  readonly number: number;
  readonly more: number;
  readonly less: number;
}

export interface Growth {
  readonly from: Sums;
  readonly to: Sums;
  /** Infinite where `less` did not grow. */
  readonly ratio: number;
}

/** Windows that overlap: where they reach, and the one with the greatest ratio. */
export interface Incident {
  readonly from: Sums;
  to: Sums;
  worst: Growth;
}

export class Surplus {
  /** Ascending in time and in surplus. */
  #begins: Sums[] = [];
  /** What was found last and later windows may overlap. */
  open: Incident | undefined;

  /** Windows begin no earlier than with what is added from now on. */
  restart(): void {
    this.#begins = [];
  }

  /** Adds a snapshot at which windows may begin, no earlier than the last. */
  add(sums: Sums): void {
    const surplus = sums.more - sums.less;
    for (let last = this.#begins.at(-1); last !== undefined; last = this.#begins.at(-1)) {
      if (last.more - last.less < surplus) break;
      this.#begins.pop();
    }
    this.#begins.push(sums);
  }

  /**
   * The windows as asked that end with a snapshot: the one that begins first, of those that are
   * looked at, and the one with the greatest ratio; undefined where there is none.
   */
  endingAt(now: Sums, limits: SurplusLimits): { first: Sums; worst: Growth } | undefined {
    const begins = this.#begins;
    let old = 0;
    while (old < begins.length && now.at - begins[old]!.at > limits.windowMs) old++;
    if (old > 0) begins.splice(0, old);
    const least = begins[0];
    if (least === undefined || now.more - least.more - (now.less - least.less) < limits.bytes) {
      return undefined;
    }
    let first: Sums | undefined;
    let worst: Growth | undefined;
    for (const from of begins) {
      const [more, less] = [now.more - from.more, now.less - from.less];
      if (more - less < limits.bytes) break;
      if (more - less < (limits.rate * (now.at - from.at)) / 1000) continue;
      if (more < limits.ratio * less) continue;
      first ??= from;
      const ratio = less > 0 ? more / less : Number.POSITIVE_INFINITY;
      if (worst === undefined || ratio > worst.ratio) worst = { from, to: now, ratio };
    }
    return worst === undefined ? undefined : { first: first!, worst };
  }

  /**
   * Joins windows to what was found before, where they overlap.
   * @returns what was found before and is over.
   */
  join({ first, worst }: { first: Sums; worst: Growth }): Incident | undefined {
    const before = this.open;
    if (before !== undefined && first.at <= before.to.at) {
      before.to = worst.to;
      if (worst.ratio > before.worst.ratio) before.worst = worst;
      return undefined;
    }
    this.open = { from: first, to: worst.to, worst };
    return before;
  }
}
