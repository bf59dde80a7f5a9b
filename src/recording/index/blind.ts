/**
 * When a recorder was blind: the gaps of a recording, joined where they overlap.
 * Owns what counts as observed time (docs/reference.md, Gaps and observed time); gaps themselves
 * are the recording's.
 */
import type { Sqlite } from '../sqlite.ts';

/** A stretch of time, milliseconds since the epoch. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export class BlindTimes {
  /** In order, none touching the next. */
  readonly stretches: readonly Stretch[];

  /** @param gaps in order of `from`. */
  constructor(gaps: Iterable<Stretch>) {
    const joined: { from: number; to: number }[] = [];
    for (const { from, to } of gaps) {
      const last = joined.at(-1);
      if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
      else if (from < to) joined.push({ from, to });
    }
    this.stretches = joined;
  }

  /** Whether some of the time between two moments was blind. */
  overlaps(from: number, to: number): boolean {
    const next = this.#firstEndingAfter(from);
    return next < this.stretches.length && this.stretches[next]!.from < to;
  }

  /** Whether a moment lies inside a gap; its edges, at which there was a snapshot, do not. */
  hides(moment: number): boolean {
    const next = this.#firstEndingAfter(moment);
    return next < this.stretches.length && this.stretches[next]!.from < moment;
  }

  /** Milliseconds of a stretch that were blind. */
  within(from: number, to: number): number {
    let blind = 0;
    for (let place = this.#firstEndingAfter(from); place < this.stretches.length; place++) {
      const gap = this.stretches[place]!;
      if (gap.from >= to) break;
      blind += Math.min(gap.to, to) - Math.max(gap.from, from);
    }
    return blind;
  }

  /** The place of the first stretch that ends after a moment. */
  #firstEndingAfter(moment: number): number {
    let low = 0;
    let high = this.stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.stretches[middle]!.to > moment) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** The gaps of a recording, declared and implied. */
export function blindTimesIn(db: Sqlite): BlindTimes {
  return new BlindTimes(
    db
      .prepare<[], Stretch>('SELECT from_ms AS "from", to_ms AS "to" FROM gap ORDER BY from_ms')
      .all(),
  );
}
