/**
 * The rows of the snapshot that is played, by slot.
 * Owns which slot an entry has; what it moved is playback.ts's.
 */
import type { Label } from '../../listing/label.ts';
import { EMPTY_LISTING, type Listing } from '../../listing/listing.ts';
import type { Moves, Rows, TapeCircuit, TapeConnection, TapeEntry } from './step.ts';
import type { PlayedConnection, PlayedEntry } from './tapeLives.ts';

/**
 * A snapshot whose rows have their lives. What stands in columns by row is read at every snapshot,
 * so that rows that only went on cost a few array accesses each.
 */
export interface Played {
  readonly listing: Listing;
  readonly entries: readonly PlayedEntry[];
  readonly connections: readonly PlayedConnection[];
  /** The last snapshot for which each row's entry and connection stand. */
  readonly until: Float64Array;
  /** For each row the one before with the same entry, or −1. */
  readonly origins: Int32Array;
  /** Rows of the snapshot before whose entry is not in this one. */
  readonly left: readonly number[];
  readonly arrived: readonly number[];
  readonly relabelled: readonly { readonly row: number; readonly before: Label }[];
  readonly ofSeveral: readonly number[];
}

export interface Moved {
  readonly read: Float64Array;
  readonly written: Float64Array;
}

/** The rows of a snapshot by slot. */
export class SlotBook implements Rows {
  slots = new Int32Array(0);
  readonly #labels: Label[] = [];
  readonly #entries: PlayedEntry[] = [];
  readonly #connections: PlayedConnection[] = [];
  #listing: Listing = EMPTY_LISTING;
  #free: number[] = [];
  #leaving: number[] = [];

  get capacity(): number {
    return this.#labels.length;
  }

  labelOf(slot: number): Label {
    return this.#labels[slot]!;
  }

  flagsOf(slot: number): string {
    return this.#labels[slot]!.flags;
  }

  entryOf(slot: number): TapeEntry {
    return this.#entries[slot]!;
  }

  connectionOf(slot: number): TapeConnection {
    return this.#connections[slot]!;
  }

  circuitOf(slot: number): TapeCircuit | undefined {
    return this.#entries[slot]!.circuit;
  }

  listing(): Listing {
    return this.#listing;
  }

  take(played: Played) {
    this.#free.push(...this.#leaving);
    const slotsBefore = this.slots;
    this.#leaving = played.left.map((row) => slotsBefore[row]!);
    const { labels } = played.listing;
    this.#listing = played.listing;
    this.slots = new Int32Array(labels.length);
    const reconnected: number[] = [];
    for (let row = 0; row < labels.length; row++) {
      const origin = played.origins[row]!;
      const slot = origin >= 0 ? slotsBefore[origin]! : (this.#free.pop() ?? this.#labels.length);
      this.slots[row] = slot;
      this.#labels[slot] = labels[row]!;
      this.#entries[slot] = played.entries[row]!;
      const connection = played.connections[row]!;
      if (origin >= 0 && this.#connections[slot] !== connection) reconnected.push(slot);
      this.#connections[slot] = connection;
      connection.carriesCircuit = false;
    }
    for (const slot of this.slots) {
      if (this.#entries[slot]!.circuit !== undefined) {
        this.#connections[slot]!.carriesCircuit = true;
      }
    }
    const slotOf = (row: number) => this.slots[row]!;
    return {
      arrived: Int32Array.from(played.arrived, slotOf),
      left: Int32Array.from(this.#leaving),
      relabelled: Int32Array.from(played.relabelled, ({ row }) => slotOf(row)),
      labelsBefore: played.relabelled.map(({ before }) => before),
      reconnected: Int32Array.from(reconnected),
    };
  }

  moves({ read, written }: Moved, bridged: ReadonlySet<number>, isBlind: boolean): Moves {
    const rows: number[] = [];
    for (let row = 0; row < read.length; row++) {
      if (read[row] !== 0 || written[row] !== 0) rows.push(row);
    }
    return {
      slots: Int32Array.from(rows, (row) => this.slots[row]!),
      read: Float64Array.from(rows, (row) => read[row]!),
      written: Float64Array.from(rows, (row) => written[row]!),
      bridged: Uint8Array.from(rows, (row) => (isBlind || bridged.has(row) ? 1 : 0)),
    };
  }
}
