/**
 * What rows moved from one snapshot to the next.
 * Owns counting them up; when a value counts is recording/deltas.ts's, whose rows they are is rows.ts's.
 */
import type { FrameChange } from '../decode.ts';
import { type Interval, movedSince, stepOfTotals } from '../deltas.ts';
import type { Standing } from '../standing.ts';
import type { PlayedConnection } from './connections.ts';
import type { EntryChange, PlayedRows } from './rows.ts';
import type { Moves } from './step.ts';

export class Counting {
  readonly #standing: Standing;
  readonly #rows: PlayedRows;
  readonly #moved = new MoveColumns();
  readonly #counted = new MoveColumns();
  #rowOf = new Int32Array(0);

  constructor(standing: Standing, rows: PlayedRows) {
    this.#standing = standing;
    this.#rows = rows;
  }

  /**
   * What each entry moved since it was last seen. Its first value counts where it is known to have
   * been born after the snapshot before; else it is the baseline.
   */
  moved(frame: FrameChange, { arrived, replaced }: EntryChange, interval: Interval): Moves {
    const { since } = interval;
    const moved = this.#moved;
    moved.clear();
    if (since === undefined) return moved.all;
    const bridged = interval.isBlind(since) ? 1 : 0;
    moved.addAll(frame.moved, frame.read, frame.written, bridged);
    // What another entry had under the same pair is not what this one moved.
    if (replaced.length > 0) moved.drop(new Set(replaced));
    const { read, written } = this.#standing;
    for (let index = 0; index < arrived.length; index++) {
      const slot = arrived[index]!;
      const back = this.#rows.returned(slot);
      const isNew = back === undefined && this.#rows.isBornAfter(slot, since);
      const readStep = movedSince(back?.read ?? Number.NaN, read[slot]!, isNew);
      const writtenStep = movedSince(back?.written ?? Number.NaN, written[slot]!, isNew);
      const isBridged = back === undefined ? bridged : interval.isBlind(back.seenAt) ? 1 : 0;
      moved.add(slot, readStep, writtenStep, isBridged);
    }
    return moved.all;
  }

  /**
   * The same where each line repeats its connection's totals: what the connection moved, on the
   * first of its rows. Its totals are the greatest of its lines.
   */
  countedOnce(
    moved: Moves,
    { arrived, left, reconnected }: EntryChange,
    interval: Interval,
  ): Moves {
    const rows = this.#rows;
    if (!rows.hasSeveral) return moved;
    const counted = this.#counted;
    counted.clear();
    const touched = new Set<PlayedConnection>();
    const { slots, read, written, bridged } = moved;
    for (let index = 0; index < slots.length; index++) {
      const connection = rows.commonConnection(slots[index]!);
      if (connection !== undefined) touched.add(connection);
      else counted.add(slots[index]!, read[index]!, written[index]!, bridged[index]!);
    }
    for (const changed of [arrived, left, reconnected]) {
      for (const slot of changed) {
        const connection = rows.commonConnection(slot);
        if (connection !== undefined) touched.add(connection);
      }
    }
    this.#numberRows();
    for (const connection of touched) {
      if (connection.slots.size > 0) this.#count(connection, interval);
    }
    return counted.all;
  }

  #count(connection: PlayedConnection, interval: Interval): void {
    let first = -1;
    let read = 0;
    let written = 0;
    for (const slot of connection.slots) {
      if (first < 0 || this.#rowOf[slot]! < this.#rowOf[first]!) first = slot;
      read = Math.max(read, this.#standing.read[slot]!);
      written = Math.max(written, this.#standing.written[slot]!);
    }
    const moved = stepOfTotals(connection, read, written, interval);
    this.#counted.add(first, moved.read, moved.written, moved.isBridged ? 1 : 0);
  }

  #numberRows(): void {
    const { slots, capacity } = this.#rows;
    if (this.#rowOf.length < capacity) this.#rowOf = new Int32Array(2 * capacity);
    for (let row = 0; row < slots.length; row++) this.#rowOf[slots[row]!] = row;
  }
}

/** Moves in columns that are used again. */
class MoveColumns {
  #length = 0;
  #slots = new Int32Array(1024);
  #read = new Float64Array(1024);
  #written = new Float64Array(1024);
  #bridged = new Uint8Array(1024);

  clear(): void {
    this.#length = 0;
  }

  /** Adds a row that moved; nothing where it did not. */
  add(slot: number, read: number, written: number, bridged: number): void {
    if (read === 0 && written === 0) return;
    const place = this.#length++;
    this.#makeRoom();
    this.#slots[place] = slot;
    this.#read[place] = read;
    this.#written[place] = written;
    this.#bridged[place] = bridged;
  }

  addAll(slots: Int32Array, read: Float64Array, written: Float64Array, bridged: number): void {
    const begin = this.#length;
    this.#length += slots.length;
    this.#makeRoom();
    this.#slots.set(slots, begin);
    this.#read.set(read, begin);
    this.#written.set(written, begin);
    this.#bridged.fill(bridged, begin, this.#length);
  }

  drop(slots: ReadonlySet<number>): void {
    let kept = 0;
    for (let place = 0; place < this.#length; place++) {
      if (slots.has(this.#slots[place]!)) continue;
      this.#slots[kept] = this.#slots[place]!;
      this.#read[kept] = this.#read[place]!;
      this.#written[kept] = this.#written[place]!;
      this.#bridged[kept] = this.#bridged[place]!;
      kept++;
    }
    this.#length = kept;
  }

  get all(): Moves {
    return {
      slots: this.#slots.subarray(0, this.#length),
      read: this.#read.subarray(0, this.#length),
      written: this.#written.subarray(0, this.#length),
      bridged: this.#bridged.subarray(0, this.#length),
    };
  }

  #makeRoom(): void {
    if (this.#length <= this.#slots.length) return;
    const room = 2 * this.#length;
    const [slots, bridged] = [new Int32Array(room), new Uint8Array(room)];
    slots.set(this.#slots);
    bridged.set(this.#bridged);
    const [read, written] = [new Float64Array(room), new Float64Array(room)];
    read.set(this.#read);
    written.set(this.#written);
    this.#slots = slots;
    this.#bridged = bridged;
    this.#read = read;
    this.#written = written;
  }
}
