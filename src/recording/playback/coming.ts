/**
 * Lives that wait to be shown.
 * Owns giving them in turn, from memory or from a file; sorting them is livesInOrder.ts's.
 */
import type { LifeColumns } from '../index/lifeColumns.ts';
import { type CircuitsOfLives, NONE } from './circuitsOfLives.ts';
import type { LifeInCircuit } from './packedCircuits.ts';
import type { StandingLives } from './standingLives.ts';

/** Lives that wait to be shown, sorted by the snapshot that shows them first. */
export interface Coming {
  /** The first snapshot of the next one; infinite where there is none. */
  readonly next: number;
  /** Takes that one. Gives its place in the columns of lives that stand. */
  moveTo(lives: StandingLives): number;
}

/** Those of a lot in memory. */
export class ComingFromColumns implements Coming {
  readonly #columns: LifeColumns;
  readonly #circuits: CircuitsOfLives;
  readonly #order: Int32Array;
  readonly #numberOf: (first: number) => number;
  #index = 0;

  constructor(
    columns: LifeColumns,
    circuits: CircuitsOfLives,
    order: Int32Array,
    numberOf: (first: number) => number,
  ) {
    this.#columns = columns;
    this.#circuits = circuits;
    this.#order = order;
    this.#numberOf = numberOf;
  }

  get next(): number {
    if (this.#index === this.#order.length) return Number.POSITIVE_INFINITY;
    return this.#columns.firstSnapshot[this.#order[this.#index]!]!;
  }

  moveTo(lives: StandingLives): number {
    const place = this.#order[this.#index++]!;
    const first = this.#circuits.firstOf(place);
    const isShared = first !== NONE && this.#circuits.isShared(first);
    const there = lives.columns.addFrom(this.#columns, place, isShared);
    if (first === NONE) lives.join(there, 0, 0, 0);
    else {
      const count = this.#circuits.countOf(first);
      lives.join(there, this.#numberOf(first), count, this.#columns.openedAt[first]!);
    }
    return there;
  }

  *each(): Generator<LifeInCircuit, void> {
    for (const place of this.#order) {
      const life = this.#columns.at(place);
      const first = this.#circuits.firstOf(place);
      if (first === NONE) {
        yield { life, circuit: 0, livesOfCircuit: 0, circuitOpenedAt: 0 };
        continue;
      }
      yield {
        life: { ...life, isShared: this.#circuits.isShared(first) },
        circuit: this.#numberOf(first),
        livesOfCircuit: this.#circuits.countOf(first),
        circuitOpenedAt: this.#columns.openedAt[first]!,
      };
    }
  }
}

/** Those of a lot in a file. */
export class ComingFromQueue implements Coming {
  readonly #rest: Iterator<LifeInCircuit, void>;
  #item: LifeInCircuit | undefined;

  constructor(rest: Iterator<LifeInCircuit, void>) {
    this.#rest = rest;
    this.#item = rest.next().value ?? undefined;
  }

  get next(): number {
    return this.#item?.life.firstSnapshot ?? Number.POSITIVE_INFINITY;
  }

  moveTo(lives: StandingLives): number {
    const { life, circuit, livesOfCircuit, circuitOpenedAt } = this.#item!;
    const place = lives.columns.add(life);
    lives.join(place, circuit, livesOfCircuit, circuitOpenedAt);
    this.#item = this.#rest.next().value ?? undefined;
    return place;
  }
}
