/**
 * Random numbers that are the same for the same seed, on every machine.
 * Owns the generator and the distributions the workload draws from; not what they stand for.
 */

/** A log-normal distribution, by the mean and the standard deviation of the logarithm. */
export interface LogNormal {
  readonly mean: number;
  readonly deviation: number;
}

/** Chris Doty-Humphrey's sfc32: small, fast, 128 bits of state, passes PractRand. */
export class Random {
  readonly #state: Int32Array;

  /** @param seed an integer; its low 32 bits count. */
  constructor(seed: number) {
    // Three words of any fixed value, here of the golden ratio, pi and e.
    this.#state = Int32Array.of(0x9e3779b9, 0x243f6a88, 0xb7e15162, seed);
    // The generator's author lets twelve words pass until the seed has spread.
    for (let count = 0; count < 12; count++) this.word();
  }

  /** An integer from 0 to 2^32 − 1. */
  word(): number {
    const state = this.#state;
    const a = state[0]!;
    const b = state[1]!;
    const c = state[2]!;
    const counter = state[3]!;
    const word = (a + b + counter) | 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + word;
    state[3] = counter + 1;
    return word >>> 0;
  }

  /** From 0 to just under 1. */
  next(): number {
    return this.word() / 2 ** 32;
  }

  /** An integer from 0 to `bound` − 1. */
  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  /** Above 0; Box and Muller's normal draw, exponentiated. */
  logNormal({ mean, deviation }: LogNormal): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return Math.exp(mean + deviation * radius * Math.cos(2 * Math.PI * this.next()));
  }
}
