/**
 * The lives of a window in the order in which snapshots show them, however many there are.
 * Owns sorting them with few in memory at once; which stand when is lives.ts's.
 *
 * What belongs together is found lot by lot: the entries of a CONN_ID for what they share, those of
 * a CIRC_ID for which are one circuit. A recording of one lot stays in memory; else what waits for
 * its lot, and what waits to be shown, lies in files of its own.
 */
import { ConnectionLives, type EntryOnConnection } from '../index/connectionLives.ts';
import type { IndexedEntry } from '../index/indexedLives.ts';
import type { LifeColumns, MarkedEntry } from '../index/lifeColumns.ts';
import { Lots, lotOf, lotsFor } from '../index/lots.ts';
import { intervalsOf } from '../intervals.ts';
import { Queues } from '../queues.ts';
import type { Recording } from '../reader.ts';
import { CircuitsOfLives } from './circuitsOfLives.ts';
import { type Coming, ComingFromColumns, ComingFromQueue } from './coming.ts';
import {
  CONNECTION_PACKING,
  type ConnectionInUse,
  type ConnectionRow,
  LifeInCircuitPacking,
} from './packedCircuits.ts';
import type { StandingLives } from './standingLives.ts';

/** What a stretch of snapshots shows, lot by lot. */
export interface InOrder {
  readonly lives: readonly Coming[];
  /** Connections with a row of their own, sorted by when they are first needed. */
  readonly connections: readonly Iterator<ConnectionInUse, void>[];
}

/**
 * Sorts the lives of a stretch of snapshots, both ends included; what was there before it comes with
 * the first of them.
 * @param lives where they will stand.
 * @param livesALot as `lotsFor` has it.
 */
export function livesInOrder(
  recording: Recording,
  lives: StandingLives,
  stretch: { readonly first: number; readonly last: number },
  livesALot?: number,
): InOrder {
  return new Sorting(recording, lives, stretch, livesALot).sort();
}

class Sorting {
  readonly #recording: Recording;
  readonly #first: number;
  readonly #last: number;
  readonly #lotCount: number;
  readonly #standing: StandingLives;
  readonly #intervalAt;
  readonly #repeatTotals: boolean;
  /** Entries that may share their connection, by CONN_ID; all others by CIRC_ID. */
  readonly #onConnections: Lots<MarkedEntry, LifeColumns>;
  readonly #inCircuits: Lots<MarkedEntry, LifeColumns>;

  constructor(
    recording: Recording,
    standing: StandingLives,
    { first, last }: { readonly first: number; readonly last: number },
    livesALot?: number,
  ) {
    this.#recording = recording;
    this.#first = first;
    this.#last = last;
    this.#standing = standing;
    this.#intervalAt = intervalsOf(recording);
    this.#repeatTotals = recording.header.bytes === 'connection';
    const count = recording.index.entryCount();
    this.#lotCount = lotsFor(count, livesALot);
    const columns = () => standing.columnsAlike(Math.ceil(count / this.#lotCount));
    this.#onConnections = new Lots(this.#lotCount, columns, standing.packing);
    this.#inCircuits = new Lots(this.#lotCount, columns, standing.packing);
  }

  sort(): InOrder {
    const own = this.#ownConnections();
    this.#recording.index.visitEntries((life) => {
      if (own !== undefined && !life.alone) {
        if (this.#repeatTotals || this.#isShown(life)) {
          this.#onConnections.add(life.connId, life);
        }
      } else if (this.#isShown(life)) this.#addToCircuit(life);
    });
    const connections = own === undefined ? [] : this.#connections(own);
    return { connections, lives: this.#lives() };
  }

  /** What all lots have: where there is one as it stands, else it waits in a file. */
  #connections(own: Queues<ConnectionInUse>): Iterator<ConnectionInUse, void>[] {
    if (this.#lotCount === 1) return [this.#connectionsOf(0, own.take(0)).values()];
    const sorted = new Queues(CONNECTION_PACKING);
    return Array.from({ length: this.#lotCount }, (_, lot) => {
      for (const each of this.#connectionsOf(lot, own.take(lot))) sorted.add(lot, each);
      return sorted.take(lot);
    });
  }

  #lives(): Coming[] {
    if (this.#lotCount === 1) return [this.#livesOf(0)];
    const sorted = new Queues(new LifeInCircuitPacking(this.#standing.packing));
    return Array.from({ length: this.#lotCount }, (_, lot) => {
      for (const each of this.#livesOf(lot).each()) sorted.add(lot, each);
      return new ComingFromQueue(sorted.take(lot));
    });
  }

  /** Connections with a row of their own, by lot; undefined where there are none, as is common. */
  #ownConnections(): Queues<ConnectionInUse> | undefined {
    let own: Queues<ConnectionInUse> | undefined;
    let order = 0;
    for (const connection of this.#recording.index.ownConnections()) {
      own ??= new Queues(CONNECTION_PACKING);
      const lot = lotOf(connection.connId, this.#lotCount);
      own.add(lot, { connection, neededFrom: 0, order: order++ });
    }
    return own;
  }

  #isShown(life: IndexedEntry): boolean {
    return life.lastSnapshot >= this.#first && life.firstSnapshot <= this.#last;
  }

  #addToCircuit(life: MarkedEntry): void {
    // What is on no circuit may be in any lot: in all of them alike.
    this.#inCircuits.add(life.circId === 0 ? life.connId : life.circId, life);
  }

  /** The connections of a lot that shown entries stand on, and those entries into theirs. */
  #connectionsOf(lot: number, own: Iterable<ConnectionInUse>): ConnectionInUse[] {
    const entries = this.#onConnections.take(lot);
    const inUse = new Map<ConnectionRow, { order: number; neededFrom: number }>();
    for (const { connection, order } of own) {
      inUse.set(connection, { order, neededFrom: Number.POSITIVE_INFINITY });
    }
    const lives = new ConnectionLives(inUse.keys(), this.#repeatTotals, (take) => {
      for (let place = 0; place < entries.count; place++) take(entries.at(place));
    });
    for (let place = 0; place < entries.count; place++) {
      const life = entries.at(place);
      if (!this.#isShown(life)) continue;
      for (const each of lives.of(life)) this.#need(inUse.get(each as ConnectionRow), life);
      this.#addToCircuit({ ...life, isShared: lives.isShared(life) });
    }
    const needed = [...inUse].filter(([, { neededFrom }]) => Number.isFinite(neededFrom));
    return needed
      .map(([connection, use]) => ({ connection, ...use }))
      .sort((a, b) => a.neededFrom - b.neededFrom);
  }

  /** @param use undefined where the entry stands for its connection itself. */
  #need(use: { neededFrom: number } | undefined, { firstSnapshot }: EntryOnConnection): void {
    if (use !== undefined) use.neededFrom = Math.min(use.neededFrom, firstSnapshot);
  }

  #livesOf(lot: number): ComingFromColumns {
    const columns = this.#inCircuits.take(lot);
    const circuits = new CircuitsOfLives(columns, this.#intervalAt);
    const order = inOrderOf(columns.firstSnapshot.subarray(0, columns.count), this.#first);
    // Numbers of one lot are as far apart as there are lots.
    const numberOf = (first: number) => first * this.#lotCount + lot;
    return new ComingFromColumns(columns, circuits, order, numberOf);
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
