/**
 * Very many times, put together where they overlap or nearly touch.
 * Owns that; what they are the times of is for others.
 */
import type { DrawnStretches } from '../parts.ts';

/** Takes times in the order of their beginnings. */
export class CoveredTimes {
  readonly #apartMs: number;
  readonly #since: number[] = [];
  readonly #at: number[] = [];

  /** @param apartMs so far apart may two be that are put together. */
  constructor(apartMs: number) {
    this.#apartMs = apartMs;
  }

  add(from: number, to: number): void {
    const last = this.#at.length - 1;
    if (last >= 0 && from <= this.#at[last]! + this.#apartMs) {
      this.#at[last] = Math.max(this.#at[last]!, to);
      return;
    }
    this.#since.push(from);
    this.#at.push(to);
  }

  get stretches(): DrawnStretches {
    return { since: this.#since, at: this.#at };
  }
}
