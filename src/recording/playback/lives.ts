/**
 * The lives of what a window of the tape holds, snapshot by snapshot.
 * Owns which of them begin with which snapshot, and keeping those that stand, and no others; the
 * rows that show them are rows.ts's.
 */
import { widened } from '../columns.ts';
import { Damaged } from '../damage.ts';
import { Chains } from '../index/chains.ts';
import type { EntryOnConnection } from '../index/connectionLives.ts';
import { LifeColumns } from '../index/lifeColumns.ts';
import type { Recording } from '../reader.ts';
import { NONE } from './circuitsOfLives.ts';
import { PlayedConnection, StandingConnections } from './connections.ts';
import { livesInOrder } from './livesInOrder.ts';
import type { ConnectionInUse, LifeInCircuit } from './packedLives.ts';

export class PlayedLives {
  /** Those that have begun and were not removed, by place. */
  readonly columns: LifeColumns;
  readonly #connections = new StandingConnections();
  /** By place, what is known of its circuit. */
  #circuits = new Float64Array(1024);
  #livesOfCircuits = new Uint32Array(1024);
  #circuitsOpenedAt = new Float64Array(1024);
  readonly #coming: Merged<LifeInCircuit>;
  readonly #comingConnections: Merged<ConnectionInUse>;

  /**
   * Reads the lives of a stretch of snapshots, both ends included. What began before it begins with
   * the first of them.
   * @param livesALot as `livesInOrder` has it.
   */
  constructor(recording: Recording, first: number, last: number, livesALot?: number) {
    this.columns = new LifeColumns(recording.index.snapshotTimes(), 1024);
    const { lives, connections } = livesInOrder(recording, { first, last }, livesALot);
    this.#coming = new Merged(lives, ({ life }) => life.firstSnapshot);
    this.#comingConnections = new Merged(connections, ({ neededFrom }) => neededFrom);
  }

  /** The lives that begin with a snapshot, or before; asked of one after another. */
  beginningBy(snapshot: number): Beginning {
    this.#connections.drop(snapshot);
    this.#comingConnections.takeBy(snapshot, (use) => this.#connections.add(use));
    const places: number[] = [];
    this.#coming.takeBy(snapshot, (life) => places.push(this.#add(life)));
    return new Beginning(this.columns, places);
  }

  /** Forgets a life that no snapshot from now on shows. */
  remove(place: number): void {
    this.columns.remove(place);
  }

  /** The number of a life's circuit, which no other has; `NONE` where CIRC_ID is 0. */
  circuitOf(place: number): number {
    return this.#livesOfCircuits[place] === 0 ? NONE : this.#circuits[place]!;
  }

  /** Of how many lives its circuit is. */
  livesOfCircuit(place: number): number {
    return this.#livesOfCircuits[place]!;
  }

  /** When the first life of its circuit opened. */
  circuitOpenedAt(place: number): number {
    return this.#circuitsOpenedAt[place]!;
  }

  /** Whether its circuit's bytes cannot be separated from those of others. */
  isShared(place: number): boolean {
    return this.columns.isShared(place);
  }

  /** The connections that an entry that begins now stands on; objects that others have, too. */
  connectionsOf(entry: EntryOnConnection): readonly PlayedConnection[] {
    const standing = entry.alone ? [] : this.#connections.of(entry);
    return standing.length === 0 ? [new PlayedConnection(entry)] : standing;
  }

  #add({ life, isShared, circuit, livesOfCircuit, circuitOpenedAt }: LifeInCircuit): number {
    const place = this.columns.add(life, isShared);
    if (place >= this.#circuits.length) {
      this.#circuits = widened(this.#circuits, 2 * place);
      this.#livesOfCircuits = widened(this.#livesOfCircuits, 2 * place);
      this.#circuitsOpenedAt = widened(this.#circuitsOpenedAt, 2 * place);
    }
    this.#circuits[place] = circuit;
    this.#livesOfCircuits[place] = livesOfCircuit;
    this.#circuitsOpenedAt[place] = circuitOpenedAt;
    return place;
  }
}

/** Things from several that are sorted by a snapshot each. */
class Merged<Item> {
  readonly #snapshotOf: (item: Item) => number;
  #heads: { readonly rest: Iterator<Item, void>; item: Item }[] = [];

  constructor(sorted: readonly Iterator<Item, void>[], snapshotOf: (item: Item) => number) {
    this.#snapshotOf = snapshotOf;
    for (const rest of sorted) {
      const first = rest.next();
      if (first.done !== true) this.#heads.push({ rest, item: first.value });
    }
  }

  /** Takes all that are due by a snapshot; asked of one after another. */
  takeBy(snapshot: number, take: (item: Item) => void): void {
    let hasEnded = false;
    for (const head of this.#heads) {
      while (this.#snapshotOf(head.item) <= snapshot) {
        take(head.item);
        const next = head.rest.next();
        if (next.done === true) {
          hasEnded = true;
          break;
        }
        head.item = next.value;
      }
    }
    if (hasEnded) this.#heads = this.#heads.filter(({ item }) => this.#snapshotOf(item) > snapshot);
  }
}

/** The lives that begin with a snapshot, by pair. */
export class Beginning {
  readonly #columns: LifeColumns;
  readonly #places: readonly number[];
  readonly #byConnId: Chains;
  readonly #taken: Uint8Array;

  constructor(columns: LifeColumns, places: readonly number[]) {
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
  rest(): readonly number[] {
    return this.#places.filter((_, index) => this.#taken[index] === 0);
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
