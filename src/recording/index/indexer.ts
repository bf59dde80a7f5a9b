/**
 * Derives the index from the items of a tape, one after another.
 * Owns that nothing but the items goes in: a recorder and a rebuild come to the same index.
 */
import type { Gap, Header, Snapshot, Unread } from '../../listing/snapshot.ts';
import { Tracker } from '../../listing/tracking.ts';
import type { InfoValues } from '../aside.ts';
import type { FrameState } from '../frame.ts';
import type { PeerBook } from '../peers.ts';
import type { RowWriter } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';
import { LifeIndex } from './lifeIndex.ts';
import { restoreTracker } from './restore.ts';
import { TimeIndex } from './timeIndex.ts';

export class Indexer {
  readonly #lives: LifeIndex;
  readonly #times: TimeIndex;
  #tracker = new Tracker();
  #intervalMs = 0;
  #lastAt: number | undefined;

  /** @param db a recording opened for writing; the caller holds the transaction. */
  constructor(db: Sqlite, book: PeerBook, rows: RowWriter) {
    this.#lives = new LifeIndex(db, book, rows);
    this.#times = new TimeIndex(db, rows);
  }

  /** Goes on where the index stands. */
  resume(db: Sqlite, state: FrameState, book: PeerBook, lastAt: number): void {
    this.#tracker = restoreTracker(db, state, book, this.#lives);
    // Whoever goes on for the recorder before may append no session of its own.
    this.#intervalMs = db
      .prepare('SELECT interval_ms FROM session ORDER BY id DESC LIMIT 1')
      .pluck()
      .get() as number;
    this.#lastAt = lastAt;
  }

  /** @param seq the place of the session on the tape. */
  session(at: number, header: Header, seq: number): void {
    this.#intervalMs = header.intervalMs;
    this.#times.session(at, header, seq);
  }

  gap(gap: Gap): void {
    this.#times.gap(gap);
  }

  unread(unread: Unread): void {
    this.#times.unread(unread);
  }

  /**
   * @param changedInfo the info values that are not those of the snapshot before.
   * @param seq the place of the snapshot's frame on the tape.
   */
  snapshot(snapshot: Snapshot, changedInfo: InfoValues, seq: number): void {
    const changes = this.#tracker.follow(snapshot);
    const pace = { lastAt: this.#lastAt, intervalMs: this.#intervalMs };
    this.#times.snapshot(snapshot, changes, changedInfo, seq, pace);
    this.#lives.write(changes);
    this.#lastAt = snapshot.at;
  }

  /** At the end of a transaction: what was put off until it was known to be needed. */
  flush(): void {
    this.#lives.flush();
  }

  /** When the file is closed: its pages are filled. */
  compact(): void {
    this.#lives.compact();
  }
}
