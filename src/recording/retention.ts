/**
 * How much of a recording is kept.
 * Owns when its oldest part is dropped and that the space is given back; which rows go is
 * dropping.ts's.
 */
import { firstPlaceIn, type SnapshotPlace } from './beginning.ts';
import { sizesOf } from './files.ts';
import type { Sqlite } from './sqlite.ts';
import { nextKeyIn } from './tape.ts';

export interface RetentionPolicy {
  /** What is older than this is dropped: milliseconds before the last snapshot. */
  readonly keepMs?: number;
  /** As much is dropped as keeps the file and its log below this: bytes, at least `LEAST_BYTES`. */
  readonly maxBytes?: number;
}

/** Room for the log, which is written to the file a thousand pages at a time, and for what a poll adds. */
const LOG_BYTES = 8 * 2 ** 20;

/** Below this nothing could be kept beside the log. */
export const LEAST_BYTES = 2 * LOG_BYTES;

/** Pages that are given back at a time: as many are written to the log meanwhile. */
const PAGES_AT_ONCE = 256;

/** What one look at a recording came to. */
export interface Retained {
  readonly droppedSnapshots: number;
  /** Whether it is larger than it may be, and nothing is left that could be dropped. */
  readonly isTooLarge: boolean;
}

export class Retention {
  readonly #db: Sqlite;
  readonly #path: string;
  readonly #policy: RetentionPolicy;
  readonly #drop: (key: SnapshotPlace, why: string) => void;
  #first: SnapshotPlace | undefined;
  /** The key frame behind the first snapshot, once there is one. */
  #next: SnapshotPlace | undefined;

  /** @param drop drops what is before a key frame, in a transaction of its own. */
  constructor(
    db: Sqlite,
    path: string,
    policy: RetentionPolicy,
    drop: (key: SnapshotPlace, why: string) => void,
  ) {
    this.#db = db;
    this.#path = path;
    this.#policy = policy;
    this.#drop = drop;
  }

  /**
   * Drops what is too old or too much, a key frame's snapshots at a time; the last key frame stays.
   * @param lastAt the time of the last snapshot. Throws as `drop` does: what was dropped before is.
   */
  look(lastAt: number): Retained {
    const { keepMs, maxBytes } = this.#policy;
    let dropped = 0;
    if (keepMs !== undefined) {
      for (let next = this.#key(lastAt); next !== undefined && next.at <= lastAt - keepMs; ) {
        dropped += this.#dropBefore(next, 'age');
        next = this.#key(lastAt);
      }
      if (dropped > 0) this.#giveBack();
    }
    if (maxBytes === undefined) return { droppedSnapshots: dropped, isTooLarge: false };
    while (this.#isOver(maxBytes)) {
      const next = this.#key(lastAt);
      if (next === undefined) return { droppedSnapshots: dropped, isTooLarge: true };
      dropped += this.#dropBefore(next, 'size');
      this.#giveBack();
    }
    return { droppedSnapshots: dropped, isTooLarge: false };
  }

  #isOver(maxBytes: number): boolean {
    return sizesOf(this.#path).total > maxBytes - LOG_BYTES;
  }

  /** The next place to cut at, before the last snapshot. */
  #key(lastAt: number): SnapshotPlace | undefined {
    this.#first ??= firstPlaceIn(this.#db);
    if (this.#first !== undefined) this.#next ??= nextKeyIn(this.#db, this.#first);
    return this.#next !== undefined && this.#next.at < lastAt ? this.#next : undefined;
  }

  /** @returns how many snapshots went. */
  #dropBefore(key: SnapshotPlace, why: string): number {
    const count = key.number - this.#first!.number;
    this.#drop(key, why);
    this.#first = key;
    this.#next = undefined;
    return count;
  }

  /** Pages that hold nothing any more leave the file, and the log what was written to the file. */
  #giveBack(): void {
    const db = this.#db;
    const free = () => db.pragma('freelist_count', { simple: true }) as number;
    for (let left = free(); left > 0; ) {
      db.pragma(`incremental_vacuum(${PAGES_AT_ONCE})`);
      db.pragma('wal_checkpoint(TRUNCATE)');
      const now = free();
      if (now >= left) break;
      left = now;
    }
  }
}
