/**
 * The lives of what a window of the tape holds, snapshot by snapshot.
 * Owns which of them begin with which snapshot, and keeping those that stand, and no others; the
 * rows that show them are rows.ts's.
 */
import { Damaged } from '../damage.ts';
import { Chains } from '../index/chains.ts';
import type { EntryOnConnection } from '../index/connectionLives.ts';
import type { LifeColumns } from '../index/lifeColumns.ts';
import type { Recording } from '../reader.ts';
import { NONE } from './circuitsOfLives.ts';
import type { Coming } from './coming.ts';
import { PlayedConnection, StandingConnections } from './connections.ts';
import { livesInOrder } from './livesInOrder.ts';
import type { ConnectionInUse } from './packedCircuits.ts';
import { StandingLives } from './standingLives.ts';

export class PlayedLives {
  /** Those that have begun and were not removed, by place. */
  readonly standing: StandingLives;
  /** Those of `standing`. */
  readonly columns: LifeColumns;
  readonly #connections = new StandingConnections();
  readonly #coming: readonly Coming[];
  readonly #comingConnections: ConnectionsToCome;

  /**
   * Reads the lives of a stretch of snapshots, both ends included. What began before it begins with
   * the first of them.
   * @param livesALot as `lotsFor` has it.
   */
  constructor(recording: Recording, first: number, last: number, livesALot?: number) {
    this.standing = new StandingLives(recording.index.snapshotTimes());
    this.columns = this.standing.columns;
    const stretch = { first, last };
    const { lives, connections } = livesInOrder(recording, this.standing, stretch, livesALot);
    this.#coming = lives;
    this.#comingConnections = new ConnectionsToCome(connections);
  }

  /** The lives that begin with a snapshot, or before; asked of one after another. */
  beginningBy(snapshot: number): Beginning {
    this.#connections.drop(snapshot);
    this.#comingConnections.takeBy(snapshot, (use) => this.#connections.add(use));
    const places: number[] = [];
    for (const coming of this.#coming) {
      while (coming.next <= snapshot) places.push(coming.moveTo(this.standing));
    }
    return new Beginning(this.columns, places);
  }

  /** Forgets a life that no snapshot from now on shows. */
  remove(place: number): void {
    this.columns.remove(place);
  }

  /** The connections that an entry that begins now stands on; objects that others have, too. */
  connectionsOf(entry: EntryOnConnection): readonly PlayedConnection[] {
    const standing = entry.alone ? [] : this.#connections.of(entry);
    return standing.length === 0 ? [new PlayedConnection(entry)] : standing;
  }
}

/** Connections of several lots, each sorted by when they are first needed. */
class ConnectionsToCome {
  #heads: { readonly rest: Iterator<ConnectionInUse, void>; item: ConnectionInUse }[] = [];

  constructor(sorted: readonly Iterator<ConnectionInUse, void>[]) {
    for (const rest of sorted) {
      const first = rest.next();
      if (first.done !== true) this.#heads.push({ rest, item: first.value });
    }
  }

  /** Takes all that are needed by a snapshot; asked of one after another. */
  takeBy(snapshot: number, take: (item: ConnectionInUse) => void): void {
    let hasEnded = false;
    for (const head of this.#heads) {
      while (head.item.neededFrom <= snapshot) {
        take(head.item);
        const next = head.rest.next();
        if (next.done === true) {
          hasEnded = true;
          break;
        }
        head.item = next.value;
      }
    }
    if (hasEnded) this.#heads = this.#heads.filter(({ item }) => item.neededFrom > snapshot);
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
