/**
 * Rollups of a tape as it is written, snapshot by snapshot.
 * Owns their rows; what a stretch of time comes to is stretches.ts's, what rows did following.ts's.
 */
import type { Changes, EntryLife, Life } from '../../../listing/life.ts';
import type { Listing } from '../../../listing/listing.ts';
import type { Header } from '../../../listing/snapshot.ts';
import type { Interval } from '../../deltas.ts';
import { intervalsOf } from '../../intervals.ts';
import type { PeerBook } from '../../peers.ts';
import type { RowWriter } from '../../rows.ts';
import type { Sqlite } from '../../sqlite.ts';
import { storedHeader } from '../../stored.ts';
import { CarrierBook } from './carrierBook.ts';
import { packBalance, packCircuits, packPeers } from './coding.ts';
import { EndedLives } from './endedLives.ts';
import { type Followed, Following, type UnderWay } from './following.ts';
import { type Finished, Stretches } from './stretches.ts';

/** What is known of a session here. */
interface Turn {
  readonly at: number;
  readonly header: Pick<Header, 'intervalMs'>;
}

/** What a snapshot came to. Bytes are those of its step, none where that is blind. */
export interface PollAccount {
  readonly changes: Changes;
  /** The time of the snapshot before, milliseconds since the epoch; undefined for the first. */
  readonly since: number | undefined;
  /** Whether the step from there shares time with a gap. */
  readonly isBlind: boolean;
  readonly read: number;
  readonly written: number;
  /** Of the connections that it ended, those whose end was seen: not with their run, nor in a gap. */
  readonly endsSeen: ReadonlySet<Life>;
}

export class Rollups {
  readonly #rows: RowWriter;
  readonly #isGapBetween;
  readonly #connections: CarrierBook;
  readonly #ended: EndedLives;
  readonly #finished: Finished;
  readonly #following: Following;
  readonly #turns: Turn[] = [];
  #stretches: Stretches;
  #intervalAt: (at: number) => number = () => 0;
  #lastAt: number | undefined;

  /** @param db a recording opened for writing; the caller holds the transaction. */
  constructor(db: Sqlite, book: PeerBook, rows: RowWriter) {
    this.#rows = rows;
    this.#isGapBetween = db
      .prepare<[number, number]>(
        'SELECT 1 FROM gap WHERE to_ms > ? AND from_ms < ? AND from_ms < to_ms LIMIT 1',
      )
      .pluck();
    this.#connections = new CarrierBook(db);
    this.#ended = new EndedLives(db, rows, (from, to) => this.#isBlind(from, to));
    this.#finished = {
      balance: (minute, balance) =>
        rows.table('minute_balance').insert([minute, packBalance(balance)]),
      lopsided: (tenMinutes, circuits) =>
        rows.table('lopsided').insert([tenMinutes, packCircuits(circuits)]),
      greatest: (hour, { outbound, inbound }) =>
        rows.table('greatest').insert([hour, packPeers(outbound), packPeers(inbound)]),
    };
    this.#stretches = new Stretches(({ orId, ip }) => book.numberOf(orId, ip), this.#intervalAt);
    this.#following = new Following(this.#stretches, this.#connections);
    const sessions = db
      .prepare<[], { at: number; header: string }>('SELECT at, header FROM session ORDER BY id')
      .all();
    for (const { at, header } of sessions) this.session(at, storedHeader(header));
  }

  /**
   * Goes on where the tape stands.
   * @param entries those of the rows of `listing`, the last one.
   */
  resume(
    db: Sqlite,
    underWay: UnderWay,
    listing: Listing,
    entries: readonly EntryLife[],
    last: { readonly number: number; readonly at: number },
  ): void {
    this.#stretches = underWay.stretches;
    this.#stretches.pace(this.#intervalAt);
    this.#following.resume(underWay, listing, entries, last.number);
    this.#ended.resume(db, last.at);
    this.#lastAt = last.at;
  }

  session(at: number, header: Header): void {
    this.#turns.push({ at, header: { intervalMs: header.intervalMs } });
    this.#intervalAt = intervalsOf({ sessions: this.#turns });
    this.#stretches.pace(this.#intervalAt);
    this.#following.take(header);
  }

  /** Called when the snapshot's own row and gap stand in their tables. */
  snapshot(followed: Followed): PollAccount {
    const { at, changes } = followed;
    const since = this.#lastAt;
    const acrossGap = since !== undefined && this.#isBlind(since, at);
    const isBlind = (from: number) => (from === since ? acrossGap : this.#isBlind(from, at));
    const interval: Interval = { number: changes.snapshot, since, isBlind };
    this.#stretches.begin(at, this.#finished);
    const { read, written } = this.#following.follow(followed, interval);
    const circuits = this.#stretches.end();
    const passed = changes.passed.length;
    const opened = changes.openedConnections.length + changes.resumedConnections.length + passed;
    const closed = changes.closedConnections.length + passed;
    this.#rows
      .table('poll_total')
      .insert([
        changes.snapshot,
        ...[read, written, this.#connections.openCount, opened, closed, circuits],
      ]);
    const endsSeen = this.#ended.take(changes, interval);
    this.#lastAt = at;
    return { changes, since, isBlind: acrossGap, read, written, endsSeen };
  }

  /** At the end of a transaction. */
  flush(): void {
    this.#ended.flush();
  }

  #isBlind(from: number, to: number): boolean {
    return from < to && this.#isGapBetween.get(from, to) !== undefined;
  }
}
