/**
 * How fast a recording grows, and how long the disk has room for it.
 * Owns when that is known and its words; what bounds a recording is kept.ts's.
 */
import { statfsSync } from 'node:fs';
import { duration } from '../reports/findings/wording.ts';
import { formatSize } from './size.ts';

/** What it does within less says little: a key frame comes every half an hour. */
const MEASURED_MS = 3_600_000;

const DAY_MS = 86_400_000;

export interface GrowthSource {
  /** The recording's bytes now, its log included. */
  readonly size: () => number;
  /** The bytes that the disk has room for; undefined where that is not known. */
  readonly free: () => number | undefined;
  /** Takes what the operator should be told, once. */
  readonly notice: (text: string) => void;
}

/** Follows a recording of which nothing is dropped, until it has said how it grows. */
export class RecordingGrowth {
  readonly #of: GrowthSource;
  #begin: { readonly at: number; readonly size: number } | undefined;
  #isSaid = false;

  constructor(of: GrowthSource) {
    this.#of = of;
  }

  /** @param at the time of a snapshot that was kept, milliseconds. */
  kept(at: number): void {
    if (this.#isSaid) return;
    this.#begin ??= { at, size: this.#of.size() };
    const elapsed = at - this.#begin.at;
    if (elapsed < MEASURED_MS) return;
    this.#isSaid = true;
    const perDay = ((this.#of.size() - this.#begin.size) * DAY_MS) / elapsed;
    if (perDay <= 0) return;
    const free = this.#of.free();
    const room =
      free === undefined
        ? ''
        : `; the disk has room for ${duration(Math.floor(free / perDay) * DAY_MS)} of it`;
    this.#of.notice(
      `the recording grows by about ${formatSize(perDay)} a day${room}; --keep or --max-size bound it`,
    );
  }
}

/** The bytes that a program may still write where a file is; undefined where the system says nothing. */
export function freeBytesAt(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
