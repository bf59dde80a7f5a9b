/**
 * Derives the index from the items of a tape, one after another.
 * Owns that nothing but the items goes in: a recorder and a rebuild come to the same index.
 */
import type { Listing } from '../../listing/listing.ts';
import type { Gap, Header, Snapshot, Unread } from '../../listing/snapshot.ts';
import { Tracker } from '../../listing/tracking.ts';
import type { InfoValues } from '../aside.ts';
import type { FrameState } from '../frame.ts';
import type { PeerBook } from '../peers.ts';
import type { RowWriter } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';
import { LifeIndex } from './lifeIndex.ts';
import { restoreTracker } from './restore.ts';
import type { UnderWay } from './rollups/following.ts';
import { type PollAccount, Rollups } from './rollups/rollups.ts';
import { TimeIndex } from './timeIndex.ts';

export class Indexer {
  readonly #lives: LifeIndex;
  readonly #times: TimeIndex;
  readonly #rollups: Rollups;
  #tracker = new Tracker();
  #intervalMs = 0;
  #lastAt: number | undefined;

  /** @param db a recording opened for writing; the caller holds the transaction. */
  constructor(db: Sqlite, book: PeerBook, rows: RowWriter) {
    this.#lives = new LifeIndex(db, book, rows);
    this.#times = new TimeIndex(db, rows);
    this.#rollups = new Rollups(db, book, rows);
    // Whoever goes on for the recorder before may append no session of its own.
    this.#intervalMs =
      db
        .prepare<[], number>('SELECT interval_ms FROM session ORDER BY id DESC LIMIT 1')
        .pluck()
        .get() ?? 0;
  }

  /** Goes on where the index stands. @param underWay what the rollups had of the stretches of now. */
  resume(
    db: Sqlite,
    state: FrameState,
    book: PeerBook,
    last: { readonly number: number; readonly at: number },
    underWay: UnderWay,
  ): void {
    this.#tracker = restoreTracker(db, state, book, this.#lives);
    const listing: Listing = { ...state, quarantined: [], quarantinedCount: 0 };
    this.#rollups.resume(db, underWay, listing, this.#tracker.entries, last);
    this.#lastAt = last.at;
  }

  /** Where rows came from a recording that went on: they are made those of the last snapshot. */
  settle(): void {
    this.#lives.settle(this.#tracker.entries);
  }

  /** @param seq the place of the session on the tape. */
  session(at: number, header: Header, seq: number): void {
    this.#intervalMs = header.intervalMs;
    this.#times.session(at, header, seq);
    this.#rollups.session(at, header);
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
  snapshot(snapshot: Snapshot, changedInfo: InfoValues, seq: number): PollAccount {
    const changes = this.#tracker.follow(snapshot);
    const pace = { lastAt: this.#lastAt, intervalMs: this.#intervalMs };
    this.#times.snapshot(snapshot, changes, changedInfo, seq, pace);
    const { at, listing } = snapshot;
    const account = this.#rollups.snapshot({ at, listing, changes });
    this.#lives.write(changes);
    this.#lastAt = snapshot.at;
    return account;
  }

  /** What ended before a snapshot has no row any more. */
  forgetBefore(snapshot: number): void {
    this.#tracker.forgetBefore(snapshot);
  }

  /** At the end of a transaction: what was put off until it was known to be needed. */
  flush(): void {
    this.#lives.flush();
    this.#rollups.flush();
  }

  /** When the file is closed: its pages are filled. */
  compact(): void {
    this.#lives.compact();
  }
}
