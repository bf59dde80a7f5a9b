/**
 * The stretches of time that a report by buckets has rows for.
 * Owns where a bucket begins and how much of it was observed (docs/reference.md: aligned to the epoch
 * and half-open; observed_s, by steps); what is counted in them is the reports'.
 */

import type { BlindTimes, Stretch } from '../recording/index/blind.ts';
import type { Recording, Window } from '../recording/reader.ts';
import type { ReportInput } from './report.ts';

/** Milliseconds since the epoch, and milliseconds. */
export interface Bucket {
  readonly start: number;
  readonly end: number;
  /** The steps to its snapshots, of those that share no time with a gap. */
  readonly observedMs: number;
}

/** Buckets in a row in which nothing was recorded are shown up to so many; more are left out. */
const LONGEST_EMPTY = 1000;

/** Between the buckets of two snapshots: whether what lies between is left out. */
function isTooFar(before: number, after: number, bucketMs: number): boolean {
  return (after - before) / bucketMs - 1 > LONGEST_EMPTY;
}

function startOf(at: number, bucketMs: number): number {
  return Math.floor(at / bucketMs) * bucketMs;
}

/** The stretches of a window that reports by buckets leave out, in order: a few at most. */
export function leftOut(recording: Recording, window: Window, bucketMs: number): Stretch[] {
  return recording
    .stepsLongerThan(LONGEST_EMPTY * bucketMs, window)
    .map(({ from, to }) => ({ from: startOf(from, bucketMs), to: startOf(to, bucketMs) }))
    .filter(({ from, to }) => isTooFar(from, to, bucketMs))
    .map(({ from, to }) => ({ from: from + bucketMs, to }));
}

export class Buckets {
  readonly #lengthMs: number;
  readonly #blind: BlindTimes;
  #lastAt: number | undefined;
  /** The bucket of the last snapshot, and the one before that has snapshots. */
  #current = { start: Number.NaN, observedMs: 0 };
  #before = this.#current;

  constructor({ recording, bucketMs }: Pick<ReportInput, 'recording' | 'bucketMs'>) {
    this.#lengthMs = bucketMs;
    this.#blind = recording.index.blindTimes();
  }

  /** Takes the time of the next snapshot and gives the start of its bucket. */
  see(at: number): number {
    const start = startOf(at, this.#lengthMs);
    if (start !== this.#current.start) {
      this.#before = this.#current;
      this.#current = { start, observedMs: 0 };
    }
    const since = this.#lastAt ?? at;
    if (!this.#blind.overlaps(since, at)) this.#current.observedMs += at - since;
    this.#lastAt = at;
    return start;
  }

  /** The starts of the buckets between two, in order; none where those are left out. */
  *between(before: number, after: number): Generator<number, void> {
    if (isTooFar(before, after, this.#lengthMs)) return;
    for (let next = before + this.#lengthMs; next < after; next += this.#lengthMs) yield next;
  }

  /** The bucket that starts then. Called when every snapshot of it was seen, and the next. */
  at(start: number): Bucket {
    const seen = [this.#before, this.#current].find((bucket) => bucket.start === start);
    return { start, end: start + this.#lengthMs, observedMs: seen?.observedMs ?? 0 };
  }
}
