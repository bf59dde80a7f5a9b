/**
 * Numbers, each found by a pair of integers that it alone has, and taken out again.
 * Owns finding them without an object or a text a pair; what they are is for others.
 */

const NONE = -1;

/** Spreads what follows one another: 2^32 divided by the golden ratio, and another odd number. */
const SPREAD = 0x9e3779b1;
const SPREAD_SECOND = 0x85ebca6b;

const TWO_TO_32 = 2 ** 32;

const LEAST_BITS = 7;

/**
 * The numbers are small, from 0, and whoever adds them chooses them. Room is made for the greatest
 * as they come, and does not grow with how many come and go.
 */
export class PairIndex {
  #firsts = new Float64Array(64);
  #seconds = new Float64Array(64);
  /** Where a pair's hash says or behind that, one more than its number; 0 where there is none. */
  #table = new Int32Array(2 ** LEAST_BITS);
  #shift = 32 - LEAST_BITS;
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** The number of a pair of integers up to 2^53 − 1; −1 for none. */
  find(first: number, second: number): number {
    const mask = this.#table.length - 1;
    let place = this.#placeOf(first, second);
    for (;;) {
      const number = this.#table[place]! - 1;
      if (number < 0) return NONE;
      if (this.#firsts[number] === first && this.#seconds[number] === second) return number;
      place = (place + 1) & mask;
    }
  }

  /** Adds a number that is not in it under a pair that is not in it. */
  add(number: number, first: number, second: number): void {
    if (number >= this.#firsts.length) {
      this.#firsts = enlarged(this.#firsts, number);
      this.#seconds = enlarged(this.#seconds, number);
    }
    this.#firsts[number] = first;
    this.#seconds[number] = second;
    this.#size++;
    if (2 * this.#size > this.#table.length) this.#spreadOut();
    this.#put(number);
  }

  /** Takes a number out that is in it. */
  remove(number: number): void {
    const table = this.#table;
    const mask = table.length - 1;
    let hole = this.#placeOf(this.#firsts[number]!, this.#seconds[number]!);
    while (table[hole] !== number + 1) hole = (hole + 1) & mask;
    // What stands behind it only because its own place was taken moves up.
    for (let place = (hole + 1) & mask; table[place] !== 0; place = (place + 1) & mask) {
      const other = table[place]! - 1;
      const due = this.#placeOf(this.#firsts[other]!, this.#seconds[other]!);
      if (((place - due) & mask) < ((place - hole) & mask)) continue;
      table[hole] = other + 1;
      hole = place;
    }
    table[hole] = 0;
    this.#size--;
  }

  clear(): void {
    this.#table.fill(0);
    this.#size = 0;
  }

  #put(number: number): void {
    const mask = this.#table.length - 1;
    let place = this.#placeOf(this.#firsts[number]!, this.#seconds[number]!);
    while (this.#table[place] !== 0) place = (place + 1) & mask;
    this.#table[place] = number + 1;
  }

  #spreadOut(): void {
    const before = this.#table;
    this.#table = new Int32Array(2 * before.length);
    this.#shift--;
    for (const entry of before) if (entry !== 0) this.#put(entry - 1);
  }

  #placeOf(first: number, second: number): number {
    const low = Math.imul(first | 0, SPREAD) + Math.imul(second | 0, SPREAD_SECOND);
    const high = Math.floor(first / TWO_TO_32) + 31 * Math.floor(second / TWO_TO_32);
    return Math.imul(low + high, SPREAD) >>> this.#shift;
  }
}

function enlarged(column: Float64Array<ArrayBuffer>, number: number): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(Math.max(2 * column.length, number + 1));
  larger.set(column);
  return larger;
}
