/**
 * Things in lots: so many at a time as memory should hold, those that belong together in one.
 * Owns which lot each is in and where those wait whose turn it is not; what they are is for others.
 */
import { type Packing, Queues } from '../queues.ts';
import type { LifeColumns, MarkedEntry } from './lifeColumns.ts';

/** So many lives take some ten megabytes, with what finding their circuits needs. */
export const LIVES_A_LOT = 2 ** 17;

/** Spreads ids that follow one another: 2^32 divided by the golden ratio. */
const SPREAD = 0x9e3779b1;

/** How many lots there are for so many things. */
export function lotsFor(count: number, livesALot = LIVES_A_LOT): number {
  return Math.max(1, Math.ceil(count / livesALot));
}

/** The lot of an id among so many, from 0 on. @param id an integer up to 2^53 − 1. */
export function lotOf(id: number, lots: number): number {
  return (Math.imul(id | 0, SPREAD) >>> 8) % lots;
}

/** Where the things of a lot are together. */
interface Lot<Item> {
  add(item: Item): unknown;
}

/** Where there is one lot its things are in it at once; else they wait in a file. */
export class Lots<Item, Kind extends Lot<Item>> {
  readonly count: number;
  readonly #make: () => Kind;
  readonly #queues: Queues<Item>;
  #only: Kind | undefined;

  /** @param make makes an empty lot. */
  constructor(count: number, make: () => Kind, packing: Packing<Item>) {
    this.count = count;
    this.#make = make;
    this.#queues = new Queues(packing);
  }

  /** @param id all things with the same one are in one lot. */
  add(id: number, item: Item): void {
    if (this.count > 1) this.#queues.add(lotOf(id, this.count), item);
    else {
      this.#only ??= this.#make();
      this.#only.add(item);
    }
  }

  /** All things of a lot, whose turn it is once. */
  take(number: number): Kind {
    const lot = this.#only ?? this.#make();
    this.#only = undefined;
    for (const item of this.#queues.take(number)) lot.add(item);
    return lot;
  }
}

/** Lives in columns. */
export type LifeLots = Lots<MarkedEntry, LifeColumns>;
