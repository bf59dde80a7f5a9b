/**
 * Sums of bytes that stay exact past 2^53.
 * Owns the adding up; what is added is the reports'.
 */

/** Adds non-negative integers up to 2^53 − 1. */
export class ExactSum {
  #low = 0;
  #high = 0n;

  add(bytes: number): void {
    if (bytes > Number.MAX_SAFE_INTEGER - this.#low) {
      this.#high += BigInt(this.#low);
      this.#low = 0;
    }
    this.#low += bytes;
  }

  /** The sum, as a number where that is exact. */
  get value(): number | bigint {
    return this.#high === 0n ? this.#low : this.#high + BigInt(this.#low);
  }

  /** The sum as the nearest number. */
  get approximate(): number {
    return Number(this.value);
  }
}
