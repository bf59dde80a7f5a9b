/**
 * The lives of entries in columns, a place each.
 * Owns keeping many in little memory; which of them are read is for those who ask.
 */
import { ENDS, type End } from '../../listing/life.ts';
import { widened } from '../columns.ts';
import type { CountedEntry, IndexedEntry, SnapshotTimes } from './indexedLives.ts';

/** TYPE_FLAGS by number: there are a few dozen, and never 65,536. */
export class FlagBook {
  readonly #texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(flags: string): number {
    const known = this.#numbers.get(flags);
    if (known !== undefined) return known;
    const number = this.#texts.push(flags) - 1;
    this.#numbers.set(flags, number);
    return number;
  }

  textOf(number: number): string {
    return this.#texts[number]!;
  }
}

/** What stands in `#traits`: how it ended, and four truths. */
const END_BITS = 3;
const OPENED_KNOWN = 4;
const ALONE = 8;
const OPENED_BY_EVENT = 16;
const SHARED = 32;

/** A life, and whether its bytes are others', too, where somebody found that out. */
export type MarkedEntry = IndexedEntry & { readonly isShared?: boolean };

/** An integer from 0 on takes four bytes until one comes that needs more. */
type Ids = Uint32Array | Float64Array;

const GREATEST_SHORT = 2 ** 32 - 1;

export class LifeColumns {
  /** Places are integers below it: as many as there are, or were at once. */
  count = 0;
  run: Int32Array;
  connId: Ids;
  circId: Ids;
  openedAt: Float64Array;
  firstSnapshot: Int32Array;
  lastSnapshot: Int32Array;
  readonly #times: SnapshotTimes;
  /** The places of those that were removed. */
  readonly #free: number[] = [];
  /** When they were over where an event said it, else NaN; made for the first of those. */
  #closedBy: Float64Array | undefined;
  #traits: Uint8Array;
  #flags: Uint16Array;
  readonly #flagBook: FlagBook;

  /**
   * @param times of the snapshots of the recording.
   * @param room for how many at first: there may be more.
   * @param flagBook that of the columns that lives will be copied from.
   */
  constructor(times: SnapshotTimes, room: number, flagBook = new FlagBook()) {
    this.#times = times;
    this.#flagBook = flagBook;
    this.run = new Int32Array(room);
    this.connId = new Uint32Array(room);
    this.circId = new Uint32Array(room);
    this.openedAt = new Float64Array(room);
    this.firstSnapshot = new Int32Array(room);
    this.lastSnapshot = new Int32Array(room);
    this.#traits = new Uint8Array(room);
    this.#flags = new Uint16Array(room);
  }

  /** Adds a life. Gives its place: the next one, or that of one that was removed. */
  add(life: MarkedEntry): number {
    const place = this.#newPlace();
    this.run[place] = life.run;
    if (life.connId > GREATEST_SHORT) this.connId = Float64Array.from(this.connId);
    this.connId[place] = life.connId;
    if (life.circId > GREATEST_SHORT) this.circId = Float64Array.from(this.circId);
    this.circId[place] = life.circId;
    this.openedAt[place] = life.openedAt;
    this.firstSnapshot[place] = life.firstSnapshot;
    this.lastSnapshot[place] = life.lastSnapshot;
    this.#traits[place] =
      ENDS.indexOf(life.end) |
      (life.openedKnown ? OPENED_KNOWN : 0) |
      (life.alone ? ALONE : 0) |
      (life.openedByEvent ? OPENED_BY_EVENT : 0) |
      (life.isShared === true ? SHARED : 0);
    this.#flags[place] = this.#flagBook.numberOf(life.flags);
    const { closedBy } = life;
    const isByEvent = closedBy !== null && closedBy !== this.#times.at(life.lastSnapshot + 1);
    this.#closeBy(place, isByEvent ? closedBy : Number.NaN);
    return place;
  }

  /** The same of one that stands in other columns with the same times and flags, marked anew. */
  addFrom(other: LifeColumns, from: number, isShared: boolean): number {
    const place = this.#newPlace();
    this.run[place] = other.run[from]!;
    const connId = other.connId[from]!;
    if (connId > GREATEST_SHORT) this.connId = Float64Array.from(this.connId);
    this.connId[place] = connId;
    const circId = other.circId[from]!;
    if (circId > GREATEST_SHORT) this.circId = Float64Array.from(this.circId);
    this.circId[place] = circId;
    this.openedAt[place] = other.openedAt[from]!;
    this.firstSnapshot[place] = other.firstSnapshot[from]!;
    this.lastSnapshot[place] = other.lastSnapshot[from]!;
    this.#traits[place] = (other.#traits[from]! & ~SHARED) | (isShared ? SHARED : 0);
    this.#flags[place] = other.#flags[from]!;
    this.#closeBy(place, other.#closedBy?.[from] ?? Number.NaN);
    return place;
  }

  /** Its place may be another's from now on. */
  remove(place: number): void {
    this.#free.push(place);
  }

  /** Removes all. */
  clear(): void {
    this.count = 0;
    this.#free.length = 0;
  }

  /** Whether it is all that its connection ever was. */
  isAlone(place: number): boolean {
    return (this.#traits[place]! & ALONE) !== 0;
  }

  openedKnown(place: number): boolean {
    return (this.#traits[place]! & OPENED_KNOWN) !== 0;
  }

  /** As it was marked. */
  isShared(place: number): boolean {
    return (this.#traits[place]! & SHARED) !== 0;
  }

  firstSeen(place: number): number {
    return this.#times.at(this.firstSnapshot[place]!);
  }

  /** Null while it is open. */
  closedBy(place: number): number | null {
    if (this.#endOf(place) === 'open') return null;
    const byEvent = this.#closedBy?.[place] ?? Number.NaN;
    return Number.isNaN(byEvent) ? this.#times.at(this.lastSnapshot[place]! + 1) : byEvent;
  }

  /** TYPE_FLAGS when last seen. */
  flags(place: number): string {
    return this.#flagBook.textOf(this.#flags[place]!);
  }

  at(place: number): IndexedEntry {
    return {
      run: this.run[place]!,
      connId: this.connId[place]!,
      circId: this.circId[place]!,
      openedAt: this.openedAt[place]!,
      openedKnown: this.openedKnown(place),
      openedByEvent: (this.#traits[place]! & OPENED_BY_EVENT) !== 0,
      firstSnapshot: this.firstSnapshot[place]!,
      lastSnapshot: this.lastSnapshot[place]!,
      firstSeen: this.firstSeen(place),
      lastSeen: this.#times.at(this.lastSnapshot[place]!),
      closedBy: this.closedBy(place),
      end: this.#endOf(place),
      alone: this.isAlone(place),
      flags: this.flags(place),
    };
  }

  #endOf(place: number): End {
    return ENDS[this.#traits[place]! & END_BITS]!;
  }

  /** @param time when an event said that it was over, else NaN. */
  #closeBy(place: number, time: number): void {
    if (this.#closedBy === undefined) {
      if (Number.isNaN(time)) return;
      this.#closedBy = new Float64Array(this.run.length).fill(Number.NaN);
    }
    this.#closedBy[place] = time;
  }

  #newPlace(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    const place = this.count++;
    if (place === this.run.length) this.#grow();
    return place;
  }

  #grow(): void {
    const length = this.count + Math.max(1024, this.count >> 1);
    this.run = widened(this.run, length);
    this.connId = widened(this.connId, length);
    this.circId = widened(this.circId, length);
    this.openedAt = widened(this.openedAt, length);
    this.firstSnapshot = widened(this.firstSnapshot, length);
    this.lastSnapshot = widened(this.lastSnapshot, length);
    this.#traits = widened(this.#traits, length);
    this.#flags = widened(this.#flags, length);
    if (this.#closedBy !== undefined) this.#closedBy = widened(this.#closedBy, length);
  }
}

/** The same with READ and WRITE. */
export class CountedColumns extends LifeColumns {
  #read: Float64Array;
  #written: Float64Array;

  constructor(times: SnapshotTimes, room: number, flagBook?: FlagBook) {
    super(times, room, flagBook);
    this.#read = new Float64Array(room);
    this.#written = new Float64Array(room);
  }

  override add(life: CountedEntry): number {
    const place = super.add(life);
    if (place >= this.#read.length) {
      this.#read = widened(this.#read, this.run.length);
      this.#written = widened(this.#written, this.run.length);
    }
    this.#read[place] = life.read;
    this.#written[place] = life.written;
    return place;
  }

  override at(place: number): CountedEntry {
    return { ...super.at(place), read: this.#read[place]!, written: this.#written[place]! };
  }
}
