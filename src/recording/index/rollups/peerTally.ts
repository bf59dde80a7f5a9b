/**
 * What connections to and from each peer did in the hour under way.
 * Owns counting them, and which peers are the greatest; which connections there are is for others.
 */
import { directionOf, usageOf } from '../../../listing/flags.ts';
import type { Label } from '../../../listing/label.ts';
import { addedUp } from './bands.ts';
import type { Carrier } from './carriers.ts';
import { withRoomFor } from './columns.ts';

/** Connections of one peer in one direction, in an hour. */
export interface PeerHour {
  /** The number of the peer. */
  readonly peer: number;
  readonly opened: number;
  /** The greatest number at once. */
  readonly concurrent: number;
  /** Bytes. */
  readonly read: number;
  readonly written: number;
}

/** The peers of one direction, the greatest first. */
export interface GreatestPeers {
  readonly outbound: readonly PeerHour[];
  readonly inbound: readonly PeerHour[];
}

/** So many by bytes, and so many others by openings. */
const GREATEST_EACH = 100;

const NONE = -1;

export class PeerTally {
  readonly #numberOf: (label: Label) => number;
  /** By peer and direction its place; by that, what it did. */
  readonly #places = new Map<number, number>();
  readonly #free: number[] = [];
  #count = 0;
  #key = new Float64Array(1024);
  #there = new Int32Array(1024);
  #most = new Int32Array(1024);
  #opened = new Float64Array(1024);
  #read = new Float64Array(1024);
  #written = new Float64Array(1024);
  /** Places where connections came since the last snapshot; undefined where all may be. */
  #touched: number[] | undefined = [];

  /** @param numberOf the number of the peer of a label. */
  constructor(numberOf: (label: Label) => number) {
    this.#numberOf = numberOf;
  }

  /** The place of the peer that a line leads to, or comes from; −1 for one that does neither. */
  placeOf(label: Label): number {
    const direction = directionOf(label.flags);
    if (direction === 'unknown' || usageOf(label.flags) === 'control') return NONE;
    const key = 2 * this.#numberOf(label) + (direction === 'outbound' ? 0 : 1);
    let place = this.#places.get(key);
    if (place === undefined) {
      place = this.#free.pop() ?? this.#count++;
      this.#places.set(key, place);
      this.#makeRoom(place);
      this.#key[place] = key;
      for (const column of [this.#there, this.#most, this.#opened, this.#read, this.#written]) {
        column[place] = 0;
      }
    }
    return place;
  }

  /** Takes note of a line. @param isNew whether its connection opened since the snapshot before. */
  join(place: number, carrier: Carrier | undefined, isNew: boolean): void {
    if (place === NONE || (carrier?.linesOfPeer.add(place, 1) ?? 1) > 1) return;
    this.#there[place]!++;
    if (isNew) this.#opened[place]!++;
    this.#touched?.push(place);
  }

  /** Takes note that a line was there before its connection had others. */
  share(place: number, carrier: Carrier): void {
    if (place !== NONE) carrier.linesOfPeer.add(place, 1);
  }

  leave(place: number, carrier: Carrier | undefined): void {
    if (place === NONE || (carrier?.linesOfPeer.add(place, -1) ?? 0) > 0) return;
    this.#there[place]!--;
  }

  add(place: number, read: number, written: number): void {
    if (place === NONE) return;
    this.#read[place] = addedUp(this.#read[place]!, read);
    this.#written[place] = addedUp(this.#written[place]!, written);
  }

  /** When all of a snapshot was seen. */
  settle(): void {
    const places = this.#touched ?? this.#places.values();
    for (const place of places) {
      this.#most[place] = Math.max(this.#most[place]!, this.#there[place]!);
    }
    this.#touched = [];
  }

  greatest(): GreatestPeers {
    const [outbound, inbound]: [number[], number[]] = [[], []];
    for (const [key, place] of this.#places) (key % 2 === 0 ? outbound : inbound).push(place);
    return { outbound: this.#greatestOf(outbound), inbound: this.#greatestOf(inbound) };
  }

  #greatestOf(places: number[]): PeerHour[] {
    const byKey = (a: number, b: number) => this.#key[a]! - this.#key[b]!;
    const bytes = (place: number) => this.#read[place]! + this.#written[place]!;
    const byBytes = places
      .filter((place) => bytes(place) > 0)
      .sort((a, b) => bytes(b) - bytes(a) || byKey(a, b))
      .slice(0, GREATEST_EACH);
    const taken = new Set(byBytes);
    const byOpenings = places
      .filter((place) => this.#opened[place]! > 0 && !taken.has(place))
      .sort((a, b) => this.#opened[b]! - this.#opened[a]! || byKey(a, b))
      .slice(0, GREATEST_EACH);
    return [...byBytes, ...byOpenings].map((place) => ({
      peer: Math.floor(this.#key[place]! / 2),
      opened: this.#opened[place]!,
      concurrent: this.#most[place]!,
      read: this.#read[place]!,
      written: this.#written[place]!,
    }));
  }

  /** Begins the next hour, and forgets the peers of which no connection is there. */
  clear(): void {
    this.#most.fill(0);
    this.#opened.fill(0);
    this.#read.fill(0);
    this.#written.fill(0);
    this.#touched = undefined;
    for (const [key, place] of this.#places) {
      if (this.#there[place]! > 0) continue;
      this.#places.delete(key);
      this.#free.push(place);
    }
  }

  #makeRoom(place: number): void {
    this.#key = withRoomFor(this.#key, place);
    this.#there = withRoomFor(this.#there, place);
    this.#most = withRoomFor(this.#most, place);
    this.#opened = withRoomFor(this.#opened, place);
    this.#read = withRoomFor(this.#read, place);
    this.#written = withRoomFor(this.#written, place);
  }
}
