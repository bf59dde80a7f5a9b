/**
 * How long this process did not run: stopped by a signal, starved by a busy machine, or held up by a
 * call of its own.
 * Owns a beat that is late where it was so; what that means for a poll is sources/'s.
 */

const BEAT_MS = 1000;

/** The longest that a garbage collection or a large listing holds up a beat. */
const TOLERATED_MS = 500;

export class Standstill {
  readonly #now: () => number;
  #lastBeat: number | undefined;
  #missed = 0;

  /** @param now milliseconds since anything; never jumps. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Milliseconds, in all since it was asked first: the beat begins with the first question. */
  get ms(): number {
    if (this.#lastBeat === undefined) {
      this.#lastBeat = this.#now();
      setInterval(() => this.beat(), BEAT_MS).unref();
    }
    // After a stop the question may come before the beat.
    return this.#missed + this.#late();
  }

  beat(): void {
    this.#missed += this.#late();
    this.#lastBeat = this.#now();
  }

  #late(): number {
    const late = this.#now() - (this.#lastBeat ?? this.#now()) - BEAT_MS;
    return late > TOLERATED_MS ? late : 0;
  }
}
