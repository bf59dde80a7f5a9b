/**
 * One target and its inputs, one after another.
 * Owns what is kept to make others of, and when an input is a failure.
 */
import type { Random } from '../damage/random.ts';
import { mutated } from './mutation.ts';
import { outcomeOf, type Target } from './target.ts';

/** Of CPU, for an input of 64 KiB at most, whatever else the machine does. */
const MOST_CPU_MS = 5000;

/** Kept inputs beside the corpus; past it another one goes. */
const MOST_KEPT = 400;

/** An input that a target did not stand. */
export interface Failure {
  readonly name: string;
  /** Which input of the target it is, from 0: the corpus comes first. */
  readonly count: number;
  readonly why: string;
  readonly input: Uint8Array;
}

export class Fuzzing {
  readonly name: string;
  /** How many inputs it was fed. */
  count = 0;
  slowestMs = 0;
  readonly #target: Target;
  readonly #random: Random;
  readonly #pool: Buffer[];
  readonly #seen = new Set<string>();

  constructor(target: Target, random: Random) {
    this.name = target.name;
    this.#target = target;
    this.#random = random;
    this.#pool = [...target.corpus];
  }

  /** How many kinds of outcome there were. */
  get outcomes(): number {
    return this.#seen.size;
  }

  /** Feeds it the next input. Undefined where it stood that. */
  async next(): Promise<Failure | undefined> {
    const { corpus } = this.#target;
    const number = this.count++;
    const input = corpus[number] ?? mutated(this.#random.of(this.#pool), this.#random, this.#pool);
    const began = process.threadCpuUsage();
    let why: string | undefined;
    try {
      this.#keep(await outcomeOf(this.#target, input), input);
    } catch (thrown) {
      why = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    }
    const { user, system } = process.threadCpuUsage(began);
    const ms = (user + system) / 1000;
    this.slowestMs = Math.max(this.slowestMs, ms);
    if (ms > MOST_CPU_MS) why ??= `it took ${Math.round(ms)} ms of CPU`;
    return why === undefined ? undefined : { name: this.name, count: number, why, input };
  }

  #keep(outcome: string, input: Buffer): void {
    if (this.#seen.has(outcome)) return;
    this.#seen.add(outcome);
    if (this.#pool.length < this.#target.corpus.length + MOST_KEPT) this.#pool.push(input);
    else this.#pool[this.#random.below(this.#pool.length)] = input;
  }
}
