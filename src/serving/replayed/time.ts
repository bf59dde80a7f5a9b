/**
 * Which moment of the past it is now.
 * Owns the arithmetic between a clock that runs and the recording's times; what happens then is
 * playback's.
 */

export interface ReplayedTimeOptions {
  /** Where it begins and where it stays in the end: milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  /** Recorded time for each stretch of real time; 0 stands still. */
  readonly speed: number;
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
}

export class ReplayedTime {
  readonly start: number;
  readonly end: number;
  readonly speed: number;
  readonly #monotonic: () => number;
  readonly #begun: number;

  /** Begins now. A start after the end is the end. */
  constructor({ start, end, speed, monotonic }: ReplayedTimeOptions) {
    this.start = Math.min(start, end);
    this.end = end;
    this.speed = speed;
    this.#monotonic = monotonic;
    this.#begun = monotonic();
  }

  /** Milliseconds since the epoch, an integer; never goes back. */
  now(): number {
    return Math.min(this.end, this.start + Math.floor(this.#elapsed * this.speed));
  }

  /** Real milliseconds until a moment, whole ones; 0 where it has come, infinite where it never does. */
  until(moment: number): number {
    if (moment <= this.now()) return 0;
    if (this.speed === 0 || moment > this.end) return Number.POSITIVE_INFINITY;
    return Math.max(1, Math.ceil((moment - this.start) / this.speed - this.#elapsed));
  }

  get #elapsed(): number {
    return this.#monotonic() - this.#begun;
  }
}
