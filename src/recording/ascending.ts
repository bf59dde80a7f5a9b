/**
 * Numbers to be read in ascending order, more of them than memory should hold.
 * Owns sorting them in runs that wait in a file; what they are is for others.
 */
import { readNear, writeNear } from './index/packedLives.ts';
import { mergedBy } from './merging.ts';
import { type Packing, Queues } from './queues.ts';

/** Half a megabyte of numbers is sorted at once. */
const NUMBERS_A_RUN = 2 ** 16;

const PACKING: Packing<number> = {
  write: (number, into) => writeNear(into, number, 0),
  read: (from) => readNear(from, 0),
};

/** The file that the runs of several wait in. */
export class Runs {
  readonly numbersARun: number;
  readonly #queues = new Queues(PACKING);
  #count = 0;

  /** @param numbersARun how many numbers of each are in memory at once. */
  constructor(numbersARun = NUMBERS_A_RUN) {
    this.numbersARun = numbersARun;
  }

  /** Puts numbers away. Gives what `take` has them back by. */
  put(numbers: Float64Array): number {
    const run = this.#count++;
    for (const number of numbers) this.#queues.add(run, number);
    this.#queues.close(run);
    return run;
  }

  /** The numbers of a run, in the order in which they were put; once. */
  take(run: number): Generator<number, void> {
    return this.#queues.take(run);
  }
}

export class Ascending {
  /** How many were added. */
  count = 0;
  readonly #runs: Runs;
  readonly #sorted: number[] = [];
  #length = 0;
  #numbers: Float64Array<ArrayBuffer>;

  constructor(runs: Runs) {
    this.#runs = runs;
    this.#numbers = new Float64Array(Math.min(64, runs.numbersARun));
  }

  add(number: number): void {
    this.count++;
    if (this.#length === this.#numbers.length) this.#makeRoom();
    this.#numbers[this.#length++] = number;
  }

  /** All that were added, ascending; once. */
  take(): Iterable<number> {
    const rest = this.#takeSorted();
    if (this.#sorted.length === 0) return rest;
    const runs = this.#sorted.map((run) => this.#runs.take(run));
    return mergedBy([...runs, rest.values()], (a, b) => a - b);
  }

  #makeRoom(): void {
    if (this.#length >= this.#runs.numbersARun) {
      this.#sorted.push(this.#runs.put(this.#takeSorted()));
      return;
    }
    const longer = new Float64Array(2 * this.#length);
    longer.set(this.#numbers);
    this.#numbers = longer;
  }

  #takeSorted(): Float64Array {
    const sorted = this.#numbers.subarray(0, this.#length).sort();
    this.#length = 0;
    return sorted;
  }
}
