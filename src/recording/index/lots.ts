/**
 * Things in lots: so many at a time as memory should hold, those that belong together in one.
 * Owns which lot each is in and where those wait whose turn it is not; what they are is for others.
 */
import { type Packing, Queues } from '../queues.ts';
import type { LifeColumns, MarkedEntry } from './lifeColumns.ts';

/** Where there are no more lives than this, they are one lot: with their circuits ten megabytes. */
const LIVES_AT_ONCE = 2 ** 17;

/** Else there are so many in each. */
const LIVES_A_LOT = 2 ** 16;

/** Spreads ids that follow one another: 2^32 divided by the golden ratio. */
const SPREAD = 0x9e3779b1;

/**
 * How many lots there are for so many lives.
 * @param livesALot how many are in memory at once, about, instead of what memory should hold.
 */
export function lotsFor(count: number, livesALot?: number): number {
  if (livesALot === undefined && count <= LIVES_AT_ONCE) return 1;
  return Math.max(1, Math.ceil(count / (livesALot ?? LIVES_A_LOT)));
}

/** The lot of an id among so many, from 0 on. @param id an integer up to 2^53 − 1. */
export function lotOf(id: number, lots: number): number {
  return (Math.imul(id | 0, SPREAD) >>> 8) % lots;
}

/** Where the things of a lot are together. */
interface Lot<Item> {
  add(item: Item): unknown;
  /** Takes them all out. */
  clear(): void;
}

/** Where there is one lot its things are in it at once; else they wait in a file. */
export class Lots<Item, Kind extends Lot<Item>> {
  readonly count: number;
  readonly #make: () => Kind;
  readonly #queues: Queues<Item>;
  /** The one that is in memory. */
  #lot: Kind | undefined;

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
      this.#lot ??= this.#make();
      this.#lot.add(item);
    }
  }

  /** All things of a lot, whose turn it is once: good until the next one's. */
  take(number: number): Kind {
    if (this.count === 1) {
      const only = this.#lot ?? this.#make();
      this.#lot = undefined;
      return only;
    }
    this.#lot ??= this.#make();
    this.#lot.clear();
    for (const item of this.#queues.take(number)) this.#lot.add(item);
    return this.#lot;
  }
}

/** Lives in columns. */
export type LifeLots = Lots<MarkedEntry, LifeColumns>;
