/**
 * The lives of what a window of the tape holds, snapshot by snapshot.
 * Owns which of them begin with which snapshot and which are one circuit; the rows that show them
 * are rows.ts's.
 */
import { CircuitSeams, type InCircuit } from '../../listing/circuit.ts';
import { Damaged } from '../damage.ts';
import { Chains } from '../index/chains.ts';
import type { ConnectionLives } from '../index/connectionLives.ts';
import type { LifeColumns } from '../index/lifeColumns.ts';
import { intervalsOf } from '../intervals.ts';
import type { Recording } from '../reader.ts';

/** No place; of a circuit, where CIRC_ID is 0. */
export const NONE = -1;

export class PlayedLives {
  /** By place. */
  readonly columns: LifeColumns;
  readonly connections: ConnectionLives;
  /** Places in order of the snapshot that shows them first. */
  readonly #order: Int32Array;
  #next = 0;
  readonly #circuits: CircuitsOfLives;

  /**
   * Reads the lives of a stretch of snapshots, both ends included. What began before it begins with
   * the first of them.
   */
  constructor(recording: Recording, first: number, last: number) {
    const { index } = recording;
    const columns = index.lifeColumns();
    this.columns = columns;
    this.connections = index.connectionLives(recording.header.bytes);
    index.visitEntries((life) => {
      if (life.lastSnapshot >= first && life.firstSnapshot <= last) columns.add(life);
    });
    this.#order = inOrderOf(columns.firstSnapshot.subarray(0, columns.count), first);
    this.#circuits = new CircuitsOfLives(columns, this.connections, recording);
  }

  /** The lives that begin with a snapshot, or before; asked of one after another. */
  beginningBy(snapshot: number): Beginning {
    const { firstSnapshot } = this.columns;
    const begin = this.#next;
    while (
      this.#next < this.#order.length &&
      firstSnapshot[this.#order[this.#next]!]! <= snapshot
    ) {
      this.#next++;
    }
    return new Beginning(this.columns, this.#order.subarray(begin, this.#next));
  }

  /** The place of the first life of a life's circuit; `NONE` where CIRC_ID is 0. */
  circuitOf(place: number): number {
    return this.#circuits.firstOf(place);
  }

  /** Whether a circuit is a single life. @param first the place of its first. */
  isOneLife(first: number): boolean {
    return this.#circuits.isOneLife(first);
  }

  /** Whether it is the last life of a circuit that begins now; asked once a life. */
  isLastToBegin(first: number): boolean {
    return this.#circuits.isLastToBegin(first);
  }

  /** Whether a circuit's bytes cannot be separated from those of others. */
  isShared(first: number): boolean {
    return this.#circuits.isShared(first);
  }
}

/** The lives that begin with a snapshot, by pair. */
export class Beginning {
  readonly #columns: LifeColumns;
  readonly #places: Int32Array;
  readonly #byConnId: Chains;
  readonly #taken: Uint8Array;

  constructor(columns: LifeColumns, places: Int32Array) {
    this.#columns = columns;
    this.#places = places;
    this.#byConnId = new Chains(places.length);
    this.#taken = new Uint8Array(places.length);
    for (let index = 0; index < places.length; index++) {
      this.#byConnId.add(index, columns.connId[places[index]!]!);
    }
  }

  /** The place of the life of a pair; −1 where none begins. */
  take(connId: number, circId: number): number {
    let index = this.#byConnId.last(connId);
    while (index >= 0 && this.#columns.circId[this.#places[index]!] !== circId) {
      index = this.#byConnId.before(index);
    }
    if (index < 0) return NONE;
    this.#taken[index] = 1;
    return this.#places[index]!;
  }

  /** The places of those that were not taken. */
  rest(): Int32Array {
    return this.#places.filter((_, index) => this.#taken[index] === 0);
  }
}

/** Places sorted by a column of integers, all below the least as one with it. */
function inOrderOf(column: Int32Array, least: number): Int32Array {
  let greatest = least;
  const { length } = column;
  for (let place = 0; place < length; place++) greatest = Math.max(greatest, column[place]!);
  const begins = new Int32Array(greatest - least + 2);
  for (let place = 0; place < length; place++) begins[Math.max(0, column[place]! - least) + 1]!++;
  for (let index = 1; index < begins.length; index++) begins[index]! += begins[index - 1]!;
  const order = new Int32Array(length);
  for (let place = 0; place < length; place++) {
    const index = Math.max(0, column[place]! - least);
    order[begins[index]!++] = place;
  }
  return order;
}

/** More than a circuit has: one that is a single life is looked up no more when that has begun. */
const ONE_LIFE = 2 ** 32 - 1;

/** Which lives are one circuit, by the place of the one that opened first. */
class CircuitsOfLives {
  readonly #columns: LifeColumns;
  /** By place that of the first of its circuit; by that, how many have yet to begin, or `ONE_LIFE`. */
  readonly #first: Int32Array;
  readonly #waiting: Uint32Array;
  /** Those whose bytes cannot be separated from those of others. */
  readonly #shared = new Set<number>();

  constructor(columns: LifeColumns, connections: ConnectionLives, recording: Recording) {
    this.#columns = columns;
    this.#first = new Int32Array(columns.count).fill(NONE);
    this.#waiting = new Uint32Array(columns.count);
    const isShared = (place: number) =>
      !columns.isAlone(place) && connections.isShared(columns.at(place));
    this.#join(new CircuitSeams(intervalsOf(recording)));
    for (let place = 0; place < columns.count; place++) {
      const first = this.#first[place]!;
      if (first !== NONE && isShared(place)) this.#shared.add(first);
    }
  }

  firstOf(place: number): number {
    return this.#first[place]!;
  }

  isOneLife(first: number): boolean {
    return this.#waiting[first] === ONE_LIFE;
  }

  isLastToBegin(first: number): boolean {
    return --this.#waiting[first]! === 0;
  }

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
        this.#waiting[first]!++;
      }
    }
    for (let place = 0; place < count; place++) {
      if (this.#waiting[place] === 1) this.#waiting[place] = ONE_LIFE;
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

/** Throws for what a snapshot's row says that no life of the index does. */
export function unknownEntry(snapshot: number): never {
  throw new Damaged(
    'the index',
    `snapshot ${snapshot} holds an entry that it does not know`,
    'run `conntape verify --rebuild` on the recording',
  );
}
