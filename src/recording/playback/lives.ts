/**
 * The lives of what a window of the tape holds, snapshot by snapshot.
 * Owns which of them begin with which snapshot and which are one circuit; the rows that show them
 * are rows.ts's.
 */
import { circuitsAmong, type InCircuit } from '../../listing/circuit.ts';
import { Damaged } from '../damage.ts';
import type { ConnectionLives } from '../index/connectionLives.ts';
import { LifeColumns } from '../index/lifeColumns.ts';
import { intervalsOf } from '../intervals.ts';
import type { Recording } from '../reader.ts';
import type { TapeCircuit } from './step.ts';

/** No place; of a circuit, where CIRC_ID is 0. */
const NONE = -1;

export class PlayedLives {
  /** By place. */
  readonly columns = new LifeColumns();
  readonly connections: ConnectionLives;
  /** Places in order of the snapshot that shows them first. */
  readonly #order: Int32Array;
  #next = 0;
  readonly #circuits: Circuits;

  /**
   * Reads the lives of a stretch of snapshots, both ends included. What began before it begins with
   * the first of them.
   */
  constructor(recording: Recording, first: number, last: number) {
    const { columns } = this;
    this.connections = recording.index.connectionLives(recording.header.bytes);
    recording.index.visitEntries((life) => {
      if (life.lastSnapshot >= first && life.firstSnapshot <= last) columns.add(life);
    });
    this.#order = inOrderOf(columns.firstSnapshot.subarray(0, columns.count), first);
    this.#circuits = new Circuits(columns, this.connections, recording);
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

  /** The circuit of a life, asked for once; undefined where CIRC_ID is 0. */
  circuitOf(place: number): TapeCircuit | undefined {
    return this.#circuits.of(place);
  }
}

/** The lives that begin with a snapshot, by pair. */
export class Beginning {
  readonly #columns: LifeColumns;
  readonly #places: Int32Array;
  /** By CONN_ID the last of them, and from each the one before; −1 is none. */
  readonly #lasts = new Map<number, number>();
  readonly #befores: Int32Array;
  readonly #taken: Uint8Array;

  constructor(columns: LifeColumns, places: Int32Array) {
    this.#columns = columns;
    this.#places = places;
    this.#befores = new Int32Array(places.length);
    this.#taken = new Uint8Array(places.length);
    for (let index = 0; index < places.length; index++) {
      const connId = columns.connId[places[index]!]!;
      this.#befores[index] = this.#lasts.get(connId) ?? NONE;
      this.#lasts.set(connId, index);
    }
  }

  /** The place of the life of a pair; −1 where none begins. */
  take(connId: number, circId: number): number {
    let index = this.#lasts.get(connId) ?? NONE;
    while (index >= 0 && this.#columns.circId[this.#places[index]!] !== circId) {
      index = this.#befores[index]!;
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
  for (const value of column) greatest = Math.max(greatest, value);
  const begins = new Int32Array(greatest - least + 2);
  for (const value of column) begins[Math.max(0, value - least) + 1]!++;
  for (let index = 1; index < begins.length; index++) begins[index]! += begins[index - 1]!;
  const order = new Int32Array(column.length);
  for (let place = 0; place < column.length; place++) {
    const index = Math.max(0, column[place]! - least);
    order[begins[index]!++] = place;
  }
  return order;
}

interface Member extends InCircuit {
  readonly place: number;
}

/** Which lives are one circuit. A circuit is forgotten when the last of them began. */
class Circuits {
  readonly #columns: LifeColumns;
  /** By place the number of its circuit, and by that what is known of it. */
  readonly #numbers: Int32Array;
  readonly #openedAt: number[] = [];
  readonly #shared: boolean[] = [];
  readonly #members: number[] = [];
  readonly #begun = new Map<number, TapeCircuit>();

  constructor(columns: LifeColumns, connections: ConnectionLives, recording: Recording) {
    this.#columns = columns;
    this.#numbers = new Int32Array(columns.count).fill(NONE);
    const intervalAt = intervalsOf(recording);
    for (const places of placesByCircuit(columns)) {
      const members = places.map((place) => memberAt(columns, place)).sort(inOrderOfCircuits);
      for (const circuit of circuitsAmong(members, intervalAt)) {
        const number = this.#openedAt.length;
        this.#openedAt.push(circuit[0]!.openedAt);
        this.#members.push(circuit.length);
        this.#shared.push(
          circuit.some(
            ({ place }) => !columns.isAlone(place) && connections.isShared(columns.at(place)),
          ),
        );
        for (const { place } of circuit) this.#numbers[place] = number;
      }
    }
  }

  of(place: number): TapeCircuit | undefined {
    const number = this.#numbers[place]!;
    if (number === NONE) return undefined;
    const circuit = this.#begun.get(number) ?? {
      run: this.#columns.run[place]!,
      circId: this.#columns.circId[place]!,
      openedAt: this.#openedAt[number]!,
      shared: this.#shared[number]!,
    };
    const left = --this.#members[number]!;
    if (left > 0) this.#begun.set(number, circuit);
    else this.#begun.delete(number);
    return circuit;
  }
}

/** The places of each CIRC_ID but 0. */
function* placesByCircuit({ circId, count }: LifeColumns): Generator<number[], void> {
  const lasts = new Map<number, number>();
  const befores = new Int32Array(count).fill(NONE);
  for (let place = 0; place < count; place++) {
    const id = circId[place]!;
    if (id === 0) continue;
    befores[place] = lasts.get(id) ?? NONE;
    lasts.set(id, place);
  }
  for (const last of lasts.values()) {
    const places: number[] = [];
    for (let place = last; place !== NONE; place = befores[place]!) places.push(place);
    yield places;
  }
}

function memberAt(columns: LifeColumns, place: number): Member {
  return {
    place,
    run: columns.run[place]!,
    circId: columns.circId[place]!,
    openedAt: columns.openedAt[place]!,
    closedBy: columns.closedBy(place),
  };
}

function inOrderOfCircuits(a: Member, b: Member): number {
  return a.run - b.run || a.openedAt - b.openedAt;
}

/** What a snapshot's row says that no life of the index does. */
export function unknownEntry(snapshot: number): Damaged {
  return new Damaged(
    'the index',
    `snapshot ${snapshot} holds an entry that it does not know`,
    'run `conntape verify --rebuild` on the recording',
  );
}
