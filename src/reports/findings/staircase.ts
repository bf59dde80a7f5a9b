/**
 * Earlier points that lie below a later one in both of two measures.
 * Owns the search; what is measured is the rules'. A rule that asks for a window in which two sums
 * are both large enough asks for an earlier point from which both have grown: with this, every
 * window is looked at, at the cost of a logarithm a point.
 */

/** A place with what was measured up to it. */
export interface Point {
  readonly place: number;
  readonly a: number;
  readonly b: number;
}

/** Sums of fractions differ by less than that from what they should be; a byte is far more. */
export const ROUNDING = 1e-3;

export class Staircase {
  /** Ascending in a, descending in b: no step lies below another in both. */
  readonly #steps: Point[] = [];

  add(point: Point): void {
    const steps = this.#steps;
    const place = this.#firstAbove(point.a);
    if (place > 0 && steps[place - 1]!.b <= point.b) return;
    let end = place;
    while (end < steps.length && steps[end]!.b >= point.b) end++;
    // Of equals in a, the one before is the higher.
    const start = place > 0 && steps[place - 1]!.a === point.a ? place - 1 : place;
    steps.splice(start, end - start, point);
  }

  /** A point that was added and is not above this one in either measure; undefined for none. */
  below({ a, b }: Omit<Point, 'place'>): Point | undefined {
    const lowest = this.#steps[this.#firstAbove(a + ROUNDING) - 1];
    return lowest !== undefined && lowest.b <= b + ROUNDING ? lowest : undefined;
  }

  /** The place of the first step whose `a` is above. */
  #firstAbove(a: number): number {
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#steps[middle]!.a > a) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
