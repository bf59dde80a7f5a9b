/**
 * Which lives are one circuit.
 * Owns finding it out for lives in columns; the rule is listing/circuit.ts's.
 */
import { CircuitSeams, type InCircuit, type IntervalAt } from '../../listing/circuit.ts';
import { Chains } from '../index/chains.ts';
import type { LifeColumns } from '../index/lifeColumns.ts';

/** No place; of a circuit, where CIRC_ID is 0. */
export const NONE = -1;

/** Which lives are one circuit, by the place of the one that opened first. */
export class CircuitsOfLives {
  readonly #columns: LifeColumns;
  /** By place that of the first of its circuit; by that, of how many lives it is. */
  readonly #first: Int32Array;
  readonly #counts: Uint32Array;
  /** Those whose bytes cannot be separated from those of others. */
  readonly #shared = new Set<number>();

  /** @param columns all lives of some CIRC_IDs, none of them removed. */
  constructor(columns: LifeColumns, intervalAt: IntervalAt) {
    this.#columns = columns;
    this.#first = new Int32Array(columns.count).fill(NONE);
    this.#counts = new Uint32Array(columns.count);
    this.#join(new CircuitSeams(intervalAt));
    for (let place = 0; place < columns.count; place++) {
      const first = this.#first[place]!;
      if (first !== NONE && columns.isShared(place)) this.#shared.add(first);
    }
  }

  /** The place of the first life of a life's circuit; `NONE` where CIRC_ID is 0. */
  firstOf(place: number): number {
    return this.#first[place]!;
  }

  /** Of how many lives a circuit is. @param first the place of its first. */
  countOf(first: number): number {
    return this.#counts[first]!;
  }

  /** Whether a life of a circuit is. @param first the place of its first. */
  isShared(first: number): boolean {
    return this.#shared.has(first);
  }

  /** Finds the lives that are one circuit: most CIRC_IDs have one or two. */
  #join(seams: CircuitSeams): void {
    const { circId, count } = this.#columns;
    const chains = new Chains(count, circId);
    for (let place = 0; place < count; place++) {
      if (circId[place] !== 0) chains.add(place, circId[place]!);
    }
    const places: number[] = [];
    for (let last = 0; last < count; last++) {
      const id = circId[last]!;
      if (id === 0 || chains.last(id) !== last) continue;
      places.length = 0;
      for (let place = last; place !== NONE; place = chains.before(place)) places.push(place);
      if (places.length > 1) this.#sort(places);
      let first = NONE;
      for (let index = 0; index < places.length; index++) {
        const place = places[index]!;
        if (places.length === 1 || seams.begins(this.#member(place))) first = place;
        this.#first[place] = first;
        this.#counts[first]!++;
      }
    }
  }

  #sort(places: number[]): void {
    const { run, openedAt } = this.#columns;
    const isBehind = (a: number, b: number) =>
      run[a]! > run[b]! || (run[a] === run[b] && openedAt[a]! > openedAt[b]!);
    if (places.length > 2) places.sort((a, b) => (isBehind(a, b) ? 1 : isBehind(b, a) ? -1 : 0));
    else if (isBehind(places[0]!, places[1]!)) places.reverse();
  }

  #member(place: number): InCircuit {
    const { run, circId, openedAt } = this.#columns;
    return {
      run: run[place]!,
      circId: circId[place]!,
      openedAt: openedAt[place]!,
      closedBy: this.#columns.closedBy(place),
    };
  }
}
