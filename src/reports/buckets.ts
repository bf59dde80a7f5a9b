/**
 * The stretches of time that a report by buckets tells of.
 * Owns where a bucket begins and how much of it was observed (contract, section 5: aligned to the
 * epoch and half-open; observed_s); what is counted in them is the reports'.
 */
import { type BlindTimes, blindTimes } from './blind.ts';
import type { ReportInput } from './report.ts';

/** Milliseconds since the epoch, and milliseconds. */
export interface Bucket {
  readonly start: number;
  readonly end: number;
  /** Of the time between the first snapshot and the last, what was in it and outside gaps. */
  readonly observedMs: number;
}

export class Buckets {
  readonly #lengthMs: number;
  readonly #blind: BlindTimes;
  #firstAt: number | undefined;
  #lastAt = 0;

  constructor({ recording, bucketMs }: Pick<ReportInput, 'recording' | 'bucketMs'>) {
    this.#lengthMs = bucketMs;
    this.#blind = blindTimes(recording);
  }

  /** Takes the time of the next snapshot and gives the start of its bucket. */
  see(at: number): number {
    this.#firstAt ??= at;
    this.#lastAt = at;
    return this.#startOf(at);
  }

  /** Every bucket from the first snapshot's to the last's, in order. */
  *all(): Generator<Bucket, void> {
    if (this.#firstAt === undefined) return;
    const first = this.#startOf(this.#firstAt);
    for (let start = first; start <= this.#lastAt; start += this.#lengthMs) yield this.at(start);
  }

  /** The bucket that starts then. Called when every snapshot was seen. */
  at(start: number): Bucket {
    const end = start + this.#lengthMs;
    const from = Math.max(start, this.#firstAt ?? start);
    const to = Math.min(end, this.#lastAt);
    return { start, end, observedMs: to - from - this.#blind.within(from, to) };
  }

  #startOf(at: number): number {
    return Math.floor(at / this.#lengthMs) * this.#lengthMs;
  }
}
