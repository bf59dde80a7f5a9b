/**
 * The lives of entries in columns, a place each.
 * Owns keeping many in little memory; which of them are read is for those who ask.
 */
import type { End } from '../../listing/life.ts';
import type { IndexedEntry } from './indexedLives.ts';

const ENDS: readonly End[] = ['open', 'closed', 'run-ended'];

/** What stands in `#traits`: how it ended, and two truths. */
const END_BITS = 3;
const OPENED_KNOWN = 4;
const ALONE = 8;

export class LifeColumns {
  /** How many there are. */
  count = 0;
  run: Int32Array;
  connId: Float64Array;
  circId: Float64Array;
  openedAt: Float64Array;
  firstSnapshot: Int32Array;
  lastSnapshot: Int32Array;
  #firstSeen: Float64Array;
  #lastSeen: Float64Array;
  /** NaN while it is open. */
  #closedBy: Float64Array;
  #traits: Uint8Array;
  #flags: Uint16Array;
  /** TYPE_FLAGS by number: there are a few dozen, and never 65,536. */
  readonly #flagTexts: string[] = [];
  readonly #flagNumbers = new Map<string, number>();

  /** @param room for how many at first: there may be more. */
  constructor(room = 1024) {
    this.run = new Int32Array(room);
    this.connId = new Float64Array(room);
    this.circId = new Float64Array(room);
    this.openedAt = new Float64Array(room);
    this.firstSnapshot = new Int32Array(room);
    this.lastSnapshot = new Int32Array(room);
    this.#firstSeen = new Float64Array(room);
    this.#lastSeen = new Float64Array(room);
    this.#closedBy = new Float64Array(room);
    this.#traits = new Uint8Array(room);
    this.#flags = new Uint16Array(room);
  }

  /** Adds a life at the next place. */
  add(life: IndexedEntry): void {
    const place = this.count++;
    if (place === this.run.length) this.#grow();
    this.run[place] = life.run;
    this.connId[place] = life.connId;
    this.circId[place] = life.circId;
    this.openedAt[place] = life.openedAt;
    this.firstSnapshot[place] = life.firstSnapshot;
    this.lastSnapshot[place] = life.lastSnapshot;
    this.#firstSeen[place] = life.firstSeen;
    this.#lastSeen[place] = life.lastSeen;
    this.#closedBy[place] = life.closedBy ?? Number.NaN;
    this.#traits[place] =
      ENDS.indexOf(life.end) | (life.openedKnown ? OPENED_KNOWN : 0) | (life.alone ? ALONE : 0);
    this.#flags[place] = this.#numberOf(life.flags);
  }

  /** Whether it is all that its connection ever was. */
  isAlone(place: number): boolean {
    return (this.#traits[place]! & ALONE) !== 0;
  }

  openedKnown(place: number): boolean {
    return (this.#traits[place]! & OPENED_KNOWN) !== 0;
  }

  firstSeen(place: number): number {
    return this.#firstSeen[place]!;
  }

  /** Null while it is open. */
  closedBy(place: number): number | null {
    const closedBy = this.#closedBy[place]!;
    return Number.isNaN(closedBy) ? null : closedBy;
  }

  /** TYPE_FLAGS when last seen. */
  flags(place: number): string {
    return this.#flagTexts[this.#flags[place]!]!;
  }

  at(place: number): IndexedEntry {
    return {
      run: this.run[place]!,
      connId: this.connId[place]!,
      circId: this.circId[place]!,
      openedAt: this.openedAt[place]!,
      openedKnown: this.openedKnown(place),
      firstSnapshot: this.firstSnapshot[place]!,
      lastSnapshot: this.lastSnapshot[place]!,
      firstSeen: this.#firstSeen[place]!,
      lastSeen: this.#lastSeen[place]!,
      closedBy: this.closedBy(place),
      end: ENDS[this.#traits[place]! & END_BITS]!,
      alone: this.isAlone(place),
      flags: this.flags(place),
    };
  }

  #numberOf(flags: string): number {
    const known = this.#flagNumbers.get(flags);
    if (known !== undefined) return known;
    const number = this.#flagTexts.push(flags) - 1;
    this.#flagNumbers.set(flags, number);
    return number;
  }

  #grow(): void {
    const length = this.count + Math.max(1024, this.count >> 1);
    const ints = (column: Int32Array) => {
      const larger = new Int32Array(length);
      larger.set(column);
      return larger;
    };
    const floats = (column: Float64Array) => {
      const larger = new Float64Array(length);
      larger.set(column);
      return larger;
    };
    this.run = ints(this.run);
    this.connId = floats(this.connId);
    this.circId = floats(this.circId);
    this.openedAt = floats(this.openedAt);
    this.firstSnapshot = ints(this.firstSnapshot);
    this.lastSnapshot = ints(this.lastSnapshot);
    this.#firstSeen = floats(this.#firstSeen);
    this.#lastSeen = floats(this.#lastSeen);
    this.#closedBy = floats(this.#closedBy);
    const traits = new Uint8Array(length);
    traits.set(this.#traits);
    this.#traits = traits;
    const flags = new Uint16Array(length);
    flags.set(this.#flags);
    this.#flags = flags;
  }
}
