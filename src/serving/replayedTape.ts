/**
 * A recording as it is replayed: one snapshot after another, each with the gaps before it.
 * Owns what replaying needs of a recording, and the way along its tape; the time at which a
 * snapshot's turn comes is replayedTime.ts's.
 */
import { scrubItem } from '../listing/scrub.ts';
import type { Gap, Header, Snapshot, TapeItem } from '../listing/snapshot.ts';

/** A time in which nothing was recorded, declared or implied by a long step. */
export interface Blind {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** What a recording is read for. Times are milliseconds since the epoch, UTC. */
export interface Tape {
  /** What the last recorder said of its source. */
  readonly header: Header;
  /** Every start of a recorder, oldest first; at least one. */
  readonly sessions: readonly { readonly at: number; readonly header: Header }[];
  /** From the first snapshot to the last; undefined where there is none. */
  readonly extent: { readonly from: number; readonly to: number } | undefined;
  /** Read as they are asked for; the info values of the first snapshot are all that were known. */
  items(window: { readonly from: number; readonly to: number }): Generator<TapeItem, void>;
  /** The last snapshot at or before a time. */
  snapshotAt(time: number): { readonly at: number } | undefined;
  gapAt(time: number): Blind | undefined;
  /** Those that share time with a window. */
  gapsIn(window: { readonly from: number; readonly to: number }): readonly Blind[];
}

/** A snapshot on the tape. */
export interface Stop {
  /** Scrubbed; its info values are those that changed. */
  readonly snapshot: Snapshot;
  /** All info values known by then. */
  readonly info: ReadonlyMap<string, string>;
  /** Those declared since the stop before, scrubbed. */
  readonly gaps: readonly Gap[];
}

export class TapeCursor {
  readonly #items: Generator<TapeItem, void>;
  #info: ReadonlyMap<string, string> = new Map();
  /** Declared after the last snapshot. */
  #gaps: readonly Gap[] = [];
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

  /** Gaps declared after the last snapshot; empty before the end. */
  get trailing(): readonly Gap[] {
    return this.ahead === undefined ? this.#gaps : [];
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
    const gaps: Gap[] = [];
    for (let item = this.#items.next(); item.done !== true; item = this.#items.next()) {
      const scrubbed = scrubItem(item.value);
      if (scrubbed.kind === 'gap') {
        gaps.push(scrubbed);
        continue;
      }
      if (scrubbed.info.size > 0) this.#info = new Map([...this.#info, ...scrubbed.info]);
      return { snapshot: scrubbed, info: this.#info, gaps };
    }
    this.#gaps = gaps;
    return undefined;
  }
}

/** What the recorder of that time said of its source. */
export function headerAt(tape: Pick<Tape, 'header' | 'sessions'>, time: number): Header {
  const { sessions, header } = tape;
  return sessions.findLast(({ at }) => at <= time)?.header ?? sessions[0]?.header ?? header;
}
