/**
 * How fast the secrets of a server may be guessed.
 * Owns the turns of those who send one; what is right and wrong is admission.ts's.
 *
 * A wrong secret takes one of a few places for a second. While all are taken, the next secret waits
 * for its turn before it is looked at, so that a guesser gains nothing by many connections, nor by
 * hanging up. A right one takes no place: who mistypes once, and who does not, never waits.
 */

/** Wrong secrets at a time: several people who mistype. */
const PLACES = 8;

/** A client that waits behind 63 guessers still has its turn before it would have to be admitted. */
const TAKEN_MS = 1000;

/** Resolves after this many milliseconds. */
export type Wait = (ms: number) => Promise<void>;

export class Guessing {
  readonly #wait: Wait;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(wait: Wait) {
    this.#wait = wait;
  }

  /**
   * Resolves when a secret may be looked at. `over` is to be called once it was, with whether it
   * was right; a turn that is not over keeps its place.
   */
  async turn(): Promise<(wasRight: boolean) => void> {
    if (this.#taken < PLACES) this.#taken++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return (wasRight) => {
      if (wasRight) this.#leave();
      else void this.#wait(TAKEN_MS).then(() => this.#leave());
    };
  }

  /** Gives the place to the one who has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken--;
    else next();
  }
}
