/**
 * What is kept for a while of lives that ended, in case their lines come back.
 * Owns the bound; the rule for coming back is tracking.ts's.
 */
import { PairIndex } from './pairIndex.ts';

/**
 * The rule knows no limit, memory does, and each is half a kilobyte: a line that returns after so
 * many other lives ended counts as a new one. Of a relay with 10,000 connections and heavy churn
 * that is ten minutes.
 */
export const REMEMBERED = 16_384;

const NONE = -1;

/** What was added last under each pair of integers; what was added longest ago is forgotten. */
export class Remembered<Value> {
  readonly #index = new PairIndex();
  /** By number; each is in the chain from the one added longest ago to the latest, or free. */
  readonly #values: (Value | undefined)[] = [];
  readonly #older = new Int32Array(REMEMBERED + 1);
  readonly #newer = new Int32Array(REMEMBERED + 1);
  #free: number[] = [];
  #oldest = NONE;
  #latest = NONE;

  add(first: number, second: number, value: Value): void {
    this.take(first, second);
    const number = this.#free.pop() ?? this.#values.length;
    this.#values[number] = value;
    this.#index.add(number, first, second);
    this.#older[number] = this.#latest;
    this.#newer[number] = NONE;
    if (this.#latest === NONE) this.#oldest = number;
    else this.#newer[this.#latest] = number;
    this.#latest = number;
    if (this.#index.size > REMEMBERED) this.#remove(this.#oldest);
  }

  get(first: number, second: number): Value | undefined {
    const number = this.#index.find(first, second);
    return number < 0 ? undefined : this.#values[number];
  }

  /** The value, which is forgotten by it; undefined where there is none. */
  take(first: number, second: number): Value | undefined {
    const number = this.#index.find(first, second);
    if (number < 0) return undefined;
    const value = this.#values[number];
    this.#remove(number);
    return value;
  }

  /** Forgets those added longest ago, up to the first of which that is not to be. */
  forgetWhile(isOver: (value: Value) => boolean): void {
    while (this.#oldest !== NONE && isOver(this.#values[this.#oldest]!)) this.#remove(this.#oldest);
  }

  clear(): void {
    this.#index.clear();
    this.#values.length = 0;
    this.#free = [];
    this.#oldest = NONE;
    this.#latest = NONE;
  }

  #remove(number: number): void {
    this.#index.remove(number);
    this.#values[number] = undefined;
    this.#free.push(number);
    const older = this.#older[number]!;
    const newer = this.#newer[number]!;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#latest = older;
    else this.#older[newer] = older;
  }
}
