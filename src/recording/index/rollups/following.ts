/**
 * From snapshot to snapshot what rows did, for the stretches under way.
 * Owns which slot a row has and what it moved; when a value counts is recording/deltas.ts's.
 */

import type { Changes, ConnectionLife, EntryLife, Life } from '../../../listing/life.ts';
import { EMPTY_LISTING, type Listing } from '../../../listing/listing.ts';
import type { Header } from '../../../listing/snapshot.ts';
import { countsWritten } from '../../../listing/uncounted.ts';
import { type Interval, isBornIn, stepOfTotals } from '../../deltas.ts';
import { addedUp } from './bands.ts';
import type { CarrierBook } from './carrierBook.ts';
import type { CarriedEntry, Carrier } from './carriers.ts';
import { withRoomFor } from './columns.ts';
import { arrivedIn, dropTaken, leftIn, type RowOfEntry, replacedAmong } from './rowsOfEntries.ts';
import type { Stretches } from './stretches.ts';

/** A snapshot, and what it changed. */
export interface Followed {
  readonly at: number;
  readonly listing: Listing;
  readonly changes: Changes;
}

/** The stretches under way, as the tape has them, and the slot of each row of the last listing. */
export interface UnderWay {
  readonly stretches: Stretches;
  readonly slots: Int32Array;
}

/** Bytes. */
export interface MovedInAll {
  readonly read: number;
  readonly written: number;
}

export class Following {
  readonly #book: CarrierBook;
  #stretches: Stretches;
  #countsWritten = true;
  #listing: Listing = EMPTY_LISTING;
  /** The slot of each row of the last listing, and room for that of the next. */
  #slots = new Int32Array(0);
  #room = new Int32Array(0);
  #slotCount = 0;
  readonly #free: number[] = [];
  /** By slot the connection of its line, where that has, or had, others. */
  readonly #carriers: (Carrier | undefined)[] = [];
  /** Rows of the last listing that left with this one. */
  #left: RowOfEntry[] = [];
  #read = 0;
  #written = 0;

  constructor(stretches: Stretches, book: CarrierBook) {
    this.#stretches = stretches;
    this.#book = book;
  }

  /** Goes on behind a listing. */
  resume(
    { stretches, slots }: UnderWay,
    listing: Listing,
    entries: readonly EntryLife[],
    number: number,
  ): void {
    this.#stretches = stretches;
    this.#listing = listing;
    this.#slots = Int32Array.from(slots);
    this.#book.restore(new Set(entries.map(({ connection }) => connection)), number);
    for (const [row, { connection }] of entries.entries()) {
      const slot = slots[row]!;
      this.#slotCount = Math.max(this.#slotCount, slot + 1);
      const carrier = this.#book.open(connection.connId);
      if (carrier === undefined) continue;
      this.#carriers[slot] = carrier;
      stretches.share(slot, carrier);
      carrier.keepTotals(listing.read[row]!, listing.written[row]!);
    }
  }

  /** What a source says of itself from now on. */
  take({ bytes, observes }: Header): void {
    this.#book.repeats = bytes === 'connection';
    this.#countsWritten = countsWritten(observes);
  }

  /** Takes the next snapshot, between `begin` and `end` of the stretches. */
  follow(followed: Followed, interval: Interval): MovedInAll {
    const { listing, changes } = followed;
    this.#read = 0;
    this.#written = 0;
    const slots = withRoomFor(this.#room, listing.labels.length);
    this.#room = this.#slots;
    const fresh = arrivedIn(listing, changes, this.#carryOn(followed, slots, interval));
    this.#book.follow(changes);
    this.#reconnect(followed, slots, interval);
    this.#findCommon(followed, slots, fresh, interval);
    for (const each of fresh) this.#arrive(listing, slots, each, interval);
    const isBlind = interval.since !== undefined && interval.isBlind(interval.since);
    if (!isBlind) this.#countOn(listing, changes.continues, slots);
    for (const each of fresh) this.#countFirst(listing, slots, each, interval);
    if (this.#book.repeats && this.#book.hasAny) this.#countTotals(listing, slots, interval);
    this.#slots = slots;
    this.#listing = listing;
    return { read: this.#read, written: this.#written };
  }

  /** Gives rows that go on their slots, lets those that do not leave, and gives the new rows. */
  #carryOn({ listing, changes, at }: Followed, slots: Int32Array, interval: Interval): number[] {
    const { continues } = changes;
    const { number, since = at } = interval;
    const before = this.#slots;
    const labelsBefore = this.#listing.labels;
    const fresh: number[] = [];
    const left: number[] = [];
    let next = 0;
    let areInOrder = true;
    for (let row = 0; row < continues.length; row++) {
      const origin = continues[row]!;
      if (origin < 0) {
        fresh.push(row);
        continue;
      }
      slots[row] = before[origin]!;
      while (next < origin) left.push(next++);
      if (origin < next) areInOrder = false;
      else next++;
    }
    while (next < labelsBefore.length) left.push(next++);
    if (!areInOrder) dropTaken(left, continues);
    this.#left = leftIn(labelsBefore, changes.closed, left);
    for (const { row, entry } of this.#left) {
      const slot = before[row]!;
      this.#carriers[slot]?.leave(labelsBefore[row]!.circId, number - 1, since);
      this.#stretches.leave(slot, entry.closedBy ?? at);
      this.#free.push(slot);
    }
    if (changes.relabelled.length > 0) {
      const relabelled = new Set(changes.relabelled.map(({ entry }) => entry.label));
      for (const [row, label] of listing.labels.entries()) {
        if (continues[row]! >= 0 && relabelled.has(label))
          this.#stretches.relabel(slots[row]!, label);
      }
    }
    return fresh;
  }

  /** Rows that go on, of connections that do not, stand on those that took their place. */
  #reconnect({ listing, changes }: Followed, slots: Int32Array, interval: Interval): void {
    const over = replacedAmong(changes);
    if (over === undefined) return;
    const { continues } = changes;
    for (let row = 0; row < continues.length; row++) {
      const { connId, circId } = listing.labels[row]!;
      const connection = over.get(connId);
      if (continues[row]! < 0 || connection === undefined) continue;
      const slot = slots[row]!;
      this.#carriers[slot]?.leave(circId, interval.number - 1, interval.since!);
      const carrier = this.#book.open(connId) ?? this.#book.admit(connection);
      carrier.join(circId, interval.number, 0);
      this.#carriers[slot] = carrier;
      this.#stretches.reconnect(slot, carrier, isNewIn(connection, interval));
    }
  }

  /** Finds the connections that had one entry until now, and have another with new rows. */
  #findCommon(
    { listing, changes }: Followed,
    slots: Int32Array,
    fresh: readonly RowOfEntry[],
    { number, since }: Interval,
  ): void {
    let found: Map<number, ConnectionLife> | undefined;
    for (const { entry } of fresh) {
      const { connection } = entry;
      const { connId, entryCount } = connection;
      if (entryCount < 2 || this.#book.open(connId) !== undefined) continue;
      found ??= new Map();
      found.set(connId, connection);
    }
    if (found === undefined) return;
    const had = new Map<number, CarriedEntry[]>();
    const take = (connId: number, entry: CarriedEntry, rowBefore: number) => {
      const carrier = this.#book.open(connId) ?? this.#book.admit(found.get(connId)!);
      carrier.keepTotals(this.#listing.read[rowBefore]!, this.#listing.written[rowBefore]!);
      const known = had.get(connId);
      if (known === undefined) had.set(connId, [entry]);
      else known.push(entry);
      return carrier;
    };
    for (const { row, entry } of this.#left) {
      const { connId, circId } = this.#listing.labels[row]!;
      const { run, firstSnapshot: first, connection } = entry;
      if (found.get(connId) !== connection) continue;
      const carrier = take(connId, { circId, first, last: number - 1 }, row);
      this.#stretches.shareGone(run, connId, circId, carrier);
    }
    const { continues } = changes;
    for (let row = 0; row < continues.length; row++) {
      if (continues[row]! < 0) continue;
      const { connId, circId } = listing.labels[row]!;
      const entry = found.get(connId)?.entries.find(({ label }) => label.circId === circId);
      if (entry === undefined) continue;
      const { firstSnapshot: first } = entry;
      const carrier = take(connId, { circId, first, last: number }, continues[row]!);
      this.#carriers[slots[row]!] = carrier;
      this.#stretches.share(slots[row]!, carrier);
    }
    for (const [connId, connection] of found) {
      const entriesHad = had.get(connId);
      if (entriesHad !== undefined) {
        const carrier = this.#book.open(connId)!;
        carrier.restore(entriesHad, number);
        if (carrier.lines === 0) carrier.leftWith(since!);
      } else if (connection.firstSnapshot < number) {
        const gone = this.#book.admitReturned(connection);
        const carrier = this.#book.open(connId)!;
        for (const { circId } of gone) {
          if (circId !== 0) this.#stretches.shareGone(connection.run, connId, circId, carrier);
        }
      } else {
        this.#book.admit(connection);
      }
    }
  }

  #arrive(
    { labels }: Listing,
    slots: Int32Array,
    { row, entry: life }: RowOfEntry,
    interval: Interval,
  ): void {
    const label = labels[row]!;
    const { run, openedAt, firstSnapshot, lastSnapshot, connection } = life;
    const { connId, circId } = label;
    const carrier = this.#book.open(connId);
    const isBack = firstSnapshot < interval.number && connection.firstSnapshot <= lastSnapshot;
    carrier?.join(circId, interval.number, isBack ? lastSnapshot : 0);
    const slot = this.#free.pop() ?? this.#slotCount++;
    slots[row] = slot;
    this.#carriers[slot] = carrier;
    const entry = { run, connId, circId, openedAt };
    this.#stretches.arrive(slot, entry, label, carrier, isNewIn(connection, interval));
  }

  /** What the rows moved that go on. */
  #countOn({ read, written }: Listing, continues: Int32Array, slots: Int32Array): void {
    const { read: readBefore, written: writtenBefore } = this.#listing;
    for (let row = 0; row < continues.length; row++) {
      const origin = continues[row]!;
      if (origin < 0) continue;
      const readStep = read[row]! - readBefore[origin]!;
      const writtenStep = written[row]! - writtenBefore[origin]!;
      if (readStep > 0 || writtenStep > 0) this.#count(slots[row]!, readStep, writtenStep);
    }
  }

  /** What a row moved that was not in the listing before. */
  #countFirst(
    listing: Listing,
    slots: Int32Array,
    { row, entry }: RowOfEntry,
    interval: Interval,
  ): void {
    const slot = slots[row]!;
    const [read, written] = [listing.read[row]!, listing.written[row]!];
    if (entry.firstSnapshot < interval.number) {
      if (interval.isBlind(entry.lastSeen)) return;
      this.#count(slot, read - entry.read, written - entry.written);
    } else if (isNewIn(entry, interval)) {
      this.#count(slot, read, written);
    }
  }

  #count(slot: number, read: number, written: number): void {
    if (read === 0 && written === 0) return;
    // What nobody counted is in no balance.
    if (this.#countsWritten) this.#stretches.moved(slot, read, written);
    if (this.#book.repeats && this.#carriers[slot] !== undefined) return;
    this.#countOnce(slot, read, written);
  }

  #countOnce(slot: number, read: number, written: number): void {
    this.#read = addedUp(this.#read, read);
    this.#written = addedUp(this.#written, written);
    this.#stretches.counted(slot, read, written);
  }

  /** What connections of several lines moved whose totals each repeats. */
  #countTotals({ read, written }: Listing, slots: Int32Array, interval: Interval): void {
    const { number } = interval;
    const met: Carrier[] = [];
    for (let row = 0; row < read.length; row++) {
      const carrier = this.#carriers[slots[row]!];
      if (carrier === undefined) continue;
      if (carrier.metIn !== number) {
        carrier.metIn = number;
        carrier.firstRow = row;
        carrier.mostRead = 0;
        carrier.mostWritten = 0;
        met.push(carrier);
      }
      carrier.mostRead = Math.max(carrier.mostRead, read[row]!);
      carrier.mostWritten = Math.max(carrier.mostWritten, written[row]!);
    }
    for (const carrier of met) {
      const step = stepOfTotals(carrier, carrier.mostRead, carrier.mostWritten, interval);
      if (step.isBridged || (step.read === 0 && step.written === 0)) continue;
      this.#countOnce(slots[carrier.firstRow]!, step.read, step.written);
    }
  }
}

/** Whether it opened in the step, and that was seen. */
function isNewIn({ openedAt, openingKnown }: Life, interval: Interval): boolean {
  return (
    isBornIn(interval, openedAt, openingKnown !== 'unknown') && !interval.isBlind(interval.since!)
  );
}
