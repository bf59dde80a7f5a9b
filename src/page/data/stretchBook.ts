/**
 * Polls put together to stretches of time, as many as are drawn.
 * Owns where one ends and the next begins; what is counted in them is the parts'.
 */
import type { DrawnStretches } from '../parts.ts';

export class StretchBook {
  readonly #polls: number;
  readonly #since: number[] = [];
  readonly #at: number[] = [];
  #held = 0;

  /** @param polls how many polls make a stretch, from 1. */
  constructor(polls: number) {
    this.#polls = polls;
  }

  /**
   * Takes the next snapshot.
   * @param since the time of the one before; undefined where there is none, or a gap lies between: what
   *   came to pass then belongs to no stretch.
   * @returns the number of its stretch, from 0.
   */
  take(at: number, since: number | undefined): number {
    if (since === undefined || this.#held >= this.#polls) {
      this.#since.push(since ?? at);
      this.#at.push(at);
      this.#held = 0;
    }
    this.#at[this.#at.length - 1] = at;
    this.#held++;
    return this.#at.length - 1;
  }

  get count(): number {
    return this.#at.length;
  }

  get stretches(): DrawnStretches {
    return { since: this.#since, at: this.#at };
  }
}
