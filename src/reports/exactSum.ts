/**
 * Sums of bytes that stay exact past 2^53.
 * Owns the adding up; what is added is the reports'.
 */
import { widened } from '../recording/columns.ts';

/** Adds non-negative integers up to 2^53 − 1. */
export class ExactSum {
  #low = 0;
  /** Undefined as long as `#low` holds all. */
  #high: bigint | undefined;

  add(bytes: number): void {
    if (bytes > Number.MAX_SAFE_INTEGER - this.#low) {
      this.#high = (this.#high ?? 0n) + BigInt(this.#low);
      this.#low = 0;
    }
    this.#low += bytes;
  }

  /** Adds a sum, past 2^53 or not. */
  addSum(bytes: number | bigint): void {
    if (typeof bytes === 'number') this.add(bytes);
    else this.#high = (this.#high ?? 0n) + bytes;
  }

  /** The sum, as a number where that is exact. */
  get value(): number | bigint {
    return this.#high === undefined ? this.#low : this.#high + BigInt(this.#low);
  }

  /** The sum as the nearest number. */
  get approximate(): number {
    return this.#high === undefined ? this.#low : Number(this.value);
  }
}

/** Many such sums, by number. */
export class ExactSums {
  #low = new Float64Array(1024);
  /** Of those that `#low` does not hold whole. */
  readonly #high = new Map<number, bigint>();

  /** Makes room for numbers below this. */
  makeRoom(count: number): void {
    if (count > this.#low.length) this.#low = widened(this.#low, 2 * count);
  }

  /** Sets the sums of numbers below this to 0. */
  clear(count: number): void {
    this.#low.fill(0, 0, count);
    this.#high.clear();
  }

  /** Gives a sum as `value` and sets it to 0. */
  take(number: number): number | bigint {
    const sum = this.value(number);
    this.#low[number] = 0;
    this.#high.delete(number);
    return sum;
  }

  add(number: number, bytes: number): void {
    const low = this.#low[number]!;
    if (bytes > Number.MAX_SAFE_INTEGER - low) {
      this.#high.set(number, (this.#high.get(number) ?? 0n) + BigInt(low));
      this.#low[number] = bytes;
    } else {
      this.#low[number] = low + bytes;
    }
  }

  /** As `ExactSum.value`. */
  value(number: number): number | bigint {
    const high = this.#high.size === 0 ? undefined : this.#high.get(number);
    const low = this.#low[number]!;
    return high === undefined ? low : high + BigInt(low);
  }

  /** What of a sum others, which it holds, do not. */
  valueBeside(part: ExactSums, number: number): number | bigint {
    const [whole, less] = [this.value(number), part.value(number)];
    if (typeof whole === 'number') return whole - Number(less);
    return whole - BigInt(less);
  }

  /** As `ExactSum.approximate`. */
  approximate(number: number): number {
    return Number(this.value(number));
  }
}
