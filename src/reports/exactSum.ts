/**
 * Sums of bytes that stay exact past 2^53.
 * Owns the adding up; what is added is the reports'.
 */

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

  /** The sum, as a number where that is exact. */
  get value(): number | bigint {
    return this.#high === undefined ? this.#low : this.#high + BigInt(this.#low);
  }

  /** The sum as the nearest number. */
  get approximate(): number {
    return this.#high === undefined ? this.#low : Number(this.value);
  }
}
