/**
 * A recording as it is replayed: one snapshot after another, each with the sessions and gaps before
 * it.
 * Owns what replaying needs of a recording, and the way along its tape; the time at which a
 * snapshot's turn comes is time.ts's.
 */
import { Scrubbing } from '../../listing/scrubbing.ts';
import type { Between, Header, Snapshot, TapeItem } from '../../listing/snapshot.ts';

/** A time in which nothing was recorded, declared or implied by a long step. */
export interface ReplayedGap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** What a recording is read for. Times are milliseconds since the epoch, UTC. */
export interface Tape {
  /** What the source was from each time on, oldest first; at least one. */
  readonly sessions: readonly { readonly at: number; readonly header: Header }[];
  /** From the first snapshot to the last; undefined where there is none. */
  readonly extent: { readonly from: number; readonly to: number } | undefined;
  /** Read as they are asked for; the info values of the first snapshot are all that were known. */
  items(window: { readonly from: number; readonly to: number }): Generator<TapeItem, void>;
  /** The last snapshot at or before a time. */
  snapshotAt(time: number): { readonly at: number } | undefined;
  gapAt(time: number): ReplayedGap | undefined;
  /** Those that share time with a window. */
  gapsIn(window: { readonly from: number; readonly to: number }): readonly ReplayedGap[];
}

/** A snapshot on the tape. */
export interface Stop {
  /** Scrubbed; its info values are those that changed. */
  readonly snapshot: Snapshot;
  /** All info values known by then. */
  readonly info: ReadonlyMap<string, string>;
  /** What came since the stop before, scrubbed: the first begins with the session that holds. */
  readonly before: readonly Between[];
}

export class TapeCursor {
  readonly #items: Generator<TapeItem, void>;
  readonly #scrubbing = new Scrubbing();
  #info: ReadonlyMap<string, string> = new Map();
  /** What came after the last snapshot. */
  #trailing: readonly Between[] = [];
  #ahead: { readonly stop: Stop | undefined } | undefined;
  #failure: { readonly thrown: unknown } | undefined;

  /** @param from the first snapshot is the first at or after it. */
  constructor(tape: Tape, from: number) {
    this.#items = tape.items({ from, to: Number.POSITIVE_INFINITY });
  }

  /** The stop that `next` gives; undefined at the end. Throws `recording` where it is damaged. */
  get ahead(): Stop | undefined {
    // What failed once would look like the end of the tape from then on.
    if (this.#failure !== undefined) throw this.#failure.thrown;
    try {
      this.#ahead ??= { stop: this.#read() };
      return this.#ahead.stop;
    } catch (thrown) {
      this.#failure = { thrown };
      throw thrown;
    }
  }

  /** What came after the last snapshot; empty before the end. */
  get trailing(): readonly Between[] {
    return this.ahead === undefined ? this.#trailing : [];
  }

  next(): Stop | undefined {
    const stop = this.ahead;
    if (stop !== undefined) this.#ahead = undefined;
    return stop;
  }

  /** Gives the recording free, which cannot be closed while it is read. */
  close(): void {
    this.#items.return();
  }

  #read(): Stop | undefined {
    const before: Between[] = [];
    for (let item = this.#items.next(); item.done !== true; item = this.#items.next()) {
      const scrubbed = this.#scrubbing.item(item.value);
      if (scrubbed.kind !== 'snapshot') {
        before.push(scrubbed);
        continue;
      }
      if (scrubbed.info.size > 0) this.#info = new Map([...this.#info, ...scrubbed.info]);
      return { snapshot: scrubbed, info: this.#info, before };
    }
    this.#trailing = before;
    return undefined;
  }
}

/** What the source was at a time; what it was first, before that. */
export function headerAt({ sessions }: Pick<Tape, 'sessions'>, time: number): Header {
  return (sessions.findLast(({ at }) => at <= time) ?? sessions[0]!).header;
}
