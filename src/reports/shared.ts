/**
 * What is kept of a playback for all who watch it, once.
 * Owns that a step is taken in once, however many ask; what is kept is for others.
 */
import type { Rows, Step } from '../recording/playback/step.ts';

interface Kept<Follower> {
  readonly follower: Follower;
  /** The last snapshot that it has seen. */
  number: number;
}

/** @template Input what the first to ask has to make a follower of. */
export class Shared<Follower extends { follow(step: Step): void }, Input> {
  readonly #make: (input: Input) => Follower;
  /** By the rows of the playback, the same in all its steps. */
  readonly #kept = new WeakMap<Rows, Kept<Follower>>();

  constructor(make: (input: Input) => Follower) {
    this.#make = make;
  }

  /** The follower of a playback, with this step taken in. To be asked with every step. */
  at(step: Step, input: Input): Follower {
    let kept = this.#kept.get(step.rows);
    if (kept === undefined) {
      kept = { follower: this.#make(input), number: Number.NaN };
      this.#kept.set(step.rows, kept);
    }
    if (kept.number !== step.number) kept.follower.follow(step);
    kept.number = step.number;
    return kept.follower;
  }
}
