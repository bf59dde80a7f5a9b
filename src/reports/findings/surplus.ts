/**
 * Windows in which far more came than went, of two sums that only grow. What came may be wrapped in
 * more than what went: of each sum's surplus over the other, a share of the other is no surplus.
 * Owns the search and joining windows that overlap; what is summed, and whether a window counts, is
 * the rule's.
 *
 * A window that ends now may begin at any earlier snapshot that is not too old. Of two of those the
 * later one is the better, unless the surplus was smaller at the earlier one: from the
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

/** Numbers that a snapshot takes in a surplus: its time, its number and both sums. */
const STRIDE = 4;

export class Surplus {
  readonly #limits: SurplusLimits;
  readonly #factor: number;
  /** Ascending in time and in surplus, from `#head` to `#end`: very many circuits have some. */
  readonly #begins: number[] = [];
  #head = 0;
  #end = 0;
  /** What was found last and later windows may overlap. */
  open: Incident | undefined;

  /** @param wrapping the share of `less` that `more` may be greater by and hold no more: 0.05. */
  constructor(limits: SurplusLimits, wrapping = 0) {
    this.#limits = limits;
    this.#factor = 1 + wrapping;
  }

  /** By how much more came than went. */
  of(more: number, less: number): number {
    return more - this.#factor * less;
  }

  /** How many snapshots are kept at which windows may begin: none too old for a window. */
  get size(): number {
    return (this.#end - this.#head) / STRIDE;
  }

  /** Windows begin no earlier than with what is added from now on. */
  restart(): void {
    this.#head = 0;
    this.#end = 0;
  }

  /** Adds a snapshot at which windows may begin, no earlier than the last. */
  add(at: number, number: number, more: number, less: number): void {
    const begins = this.#begins;
    const surplus = this.of(more, less);
    let end = this.#end;
    while (end > this.#head && this.of(begins[end - 2]!, begins[end - 1]!) >= surplus) {
      end -= STRIDE;
    }
    this.#forget(at, end);
    if (2 * this.#head > end) {
      begins.copyWithin(0, this.#head, end);
      end -= this.#head;
      this.#head = 0;
    }
    begins[end] = at;
    begins[end + 1] = number;
    begins[end + 2] = more;
    begins[end + 3] = less;
    this.#end = end + STRIDE;
  }

  /** Drops what is too old for a window that ends at a time, or later. */
  #forget(at: number, end: number): void {
    const { windowMs } = this.#limits;
    while (this.#head < end && at - this.#begins[this.#head]! > windowMs) this.#head += STRIDE;
  }

  /**
   * The windows as asked that end with a snapshot: the one that begins first, of those that are
   * looked at, and the one with the greatest ratio; undefined where there is none.
   */
  endingAt(now: Sums): { first: Sums; worst: Growth } | undefined {
    const { bytes, rate, ratio } = this.#limits;
    const begins = this.#begins;
    this.#forget(now.at, this.#end);
    let first = -1;
    let worst = -1;
    let greatest = 0;
    for (let place = this.#head; place < this.#end; place += STRIDE) {
      const more = now.more - begins[place + 2]!;
      const less = now.less - begins[place + 3]!;
      const surplus = this.of(more, less);
      if (surplus < bytes) break;
      if (surplus < (rate * (now.at - begins[place]!)) / 1000) continue;
      if (more < ratio * less) continue;
      if (first < 0) first = place;
      const grown = less > 0 ? more / less : Number.POSITIVE_INFINITY;
      if (worst >= 0 && grown <= greatest) continue;
      worst = place;
      greatest = grown;
    }
    if (worst < 0) return undefined;
    return {
      first: this.#at(first),
      worst: { from: this.#at(worst), to: now, ratio: greatest },
    };
  }

  #at(place: number): Sums {
    const [at, number, more, less] = this.#begins.slice(place, place + STRIDE);
    return { at: at!, number: number!, more: more!, less: less! };
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
