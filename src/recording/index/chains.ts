/**
 * Numbers, each found by a key that others may have, too.
 * Owns finding them without an object a key; what they are is for others.
 */

/** None. */
const NONE = -1;

/** Spreads keys that follow one another: 2^32 divided by the golden ratio. */
const SPREAD = 0x9e3779b1;

export class Chains {
  readonly #keys: Float64Array | Uint32Array;
  /** From each number the one before it with its key. */
  readonly #befores: Int32Array;
  /** For each key, where its hash says or behind that, one more than the last number with it. */
  readonly #table: Int32Array;
  readonly #shift: number;

  /**
   * @param count the numbers are integers from 0 to below it.
   * @param keys where the keys of all numbers that will be added stand already, if they do.
   */
  constructor(count: number, keys?: Float64Array | Uint32Array) {
    const bits = Math.max(4, Math.ceil(Math.log2(2 * count + 1)));
    this.#keys = keys ?? new Float64Array(count);
    this.#befores = new Int32Array(count);
    this.#table = new Int32Array(2 ** bits);
    this.#shift = 32 - bits;
  }

  /** Adds a number. @param key an integer up to 2^53 − 1. */
  add(number: number, key: number): void {
    const place = this.#placeOf(key);
    if (this.#keys[number] !== key) this.#keys[number] = key;
    this.#befores[number] = this.#table[place]! - 1;
    this.#table[place] = number + 1;
  }

  /** The number that was added last with a key; −1 for none. */
  last(key: number): number {
    return this.#table[this.#placeOf(key)]! - 1;
  }

  /** The number with the same key that was added before one; −1 for none. */
  before(number: number): number {
    return this.#befores[number] ?? NONE;
  }

  #placeOf(key: number): number {
    const mask = this.#table.length - 1;
    let place = Math.imul(key | 0, SPREAD) >>> this.#shift;
    for (;;) {
      const number = this.#table[place]!;
      if (number === 0 || this.#keys[number - 1] === key) return place;
      place = (place + 1) & mask;
    }
  }
}
