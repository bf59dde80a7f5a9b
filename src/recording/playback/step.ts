/**
 * What a report sees of the tape: from one snapshot to the next, what came, went and moved.
 * Owns the shape; playback.ts makes it. Times are milliseconds since the epoch, UTC.
 *
 * A step names rows by their **slots**. An entry has the same slot from the snapshot with which it
 * arrives to the one without it, wherever its line stands in the listing; another entry has the slot
 * afterwards. So a watcher may keep columns of its own by slot, written when an entry arrives, and
 * rows that did nothing cost it nothing:
 *
 *     watch({ rows, arrived, moved }: Step): void {
 *       for (const slot of arrived) this.#isOurs[slot] = leadsOut(rows.flagsOf(slot)) ? 1 : 0;
 *       for (let index = 0; index < moved.slots.length; index++) {
 *         if (this.#isOurs[moved.slots[index]!] === 1) this.#sum += moved.read[index]!;
 *       }
 *     }
 *
 * Everything in typed arrays is as it stands until the next step and no longer; entries,
 * connections, circuits and labels may be kept.
 */
import type { Label } from '../../listing/label.ts';
import type { Listing } from '../../listing/listing.ts';
import type { Header } from '../../listing/snapshot.ts';
import type { Aside } from '../aside.ts';
import type { IndexedEntry } from '../index/indexedLives.ts';

/** A connection (CONN_ID), as the index has its life. */
export interface TapeConnection {
  readonly run: number;
  readonly connId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  /** Slots of its lines as of the last step, where it has, or had, several; else none. */
  readonly slots: ReadonlySet<number>;
}

/** A circuit: entries of one CIRC_ID that belong together (docs/reference.md, Circuits). */
export interface TapeCircuit {
  readonly run: number;
  /** Never 0. */
  readonly circId: number;
  /** When the first of its entries in the window opened. */
  readonly openedAt: number;
  /** Whether its bytes cannot be separated from those of others on the same connection. */
  readonly shared: boolean;
}

/** An entry of `conn/all`, as the index has its life. */
export interface TapeEntry extends Omit<IndexedEntry, 'flags' | 'alone' | 'openedByEvent'> {
  /** Undefined where CIRC_ID is 0. */
  readonly circuit: TapeCircuit | undefined;
}

/**
 * The circuits of what stands in a snapshot, and of what left with it, by number: an integer that is
 * a circuit's own from the snapshot with which the first of its rows arrives to the one without any,
 * and another's afterwards. So a watcher may keep columns by it.
 */
export interface Circuits {
  /** Numbers are integers below it; it grows. */
  readonly capacity: number;
  runOf(number: number): number;
  circIdOf(number: number): number;
  /** As `TapeCircuit.openedAt`. */
  openedAtOf(number: number): number;
  /** As `TapeCircuit.shared`. */
  isShared(number: number): boolean;
  /** The same object for as long as the number is its own. */
  at(number: number): TapeCircuit;
}

/**
 * What stands in a snapshot, looked up by slot; of what left with it, what stood there, too. The
 * same object in every step of a playback.
 */
export interface Rows {
  /** The slot of each row of the listing, in its order. */
  readonly slots: Int32Array;
  /** Slots are integers below it; it grows. */
  readonly capacity: number;
  labelOf(slot: number): Label;
  /** TYPE_FLAGS, without making a label. */
  flagsOf(slot: number): string;
  entryOf(slot: number): TapeEntry;
  connectionOf(slot: number): TapeConnection;
  readonly circuits: Circuits;
  /** Of its circuit, in `circuits`; −1 where CIRC_ID is 0. */
  circuitNumberOf(slot: number): number;
  /** Undefined where CIRC_ID is 0. */
  circuitOf(slot: number): TapeCircuit | undefined;
  /** Whether a line of its connection has a circuit, this one or another. */
  carriesCircuit(slot: number): boolean;
  /** READ or WRITE as its line has it, bytes: of an entry that left, as its last line had it. */
  countOf(slot: number, counter: 'read' | 'written'): number;
  /** The listing as it was written, made anew by each call. */
  listing(): Listing;
}

/** Rows that moved something, in the order of the listing; all columns have the same length. */
export interface Moves {
  readonly slots: Int32Array;
  /** Bytes, exact integers: READ and WRITE grew by so much. One of the two may be 0. */
  readonly read: Float64Array;
  readonly written: Float64Array;
  /**
   * 1 where a gap lies between this snapshot and the one that it was last seen in, else 0: what it
   * moved counts in totals, in no bucket and no rate.
   */
  readonly bridged: Uint8Array;
}

export interface Step {
  /** The snapshot's number in the recording, from 1. */
  readonly number: number;
  readonly at: number;
  /** The time of the snapshot before; undefined for the first of the window. */
  readonly since: number | undefined;
  /** Whether a gap lies in between. All moves are `bridged` then. */
  readonly acrossGap: boolean;
  /** The life of the Tor process that it belongs to. */
  readonly run: number;
  /** What the recorder of that time said of its source. */
  readonly header: Header;
  /** What the snapshot holds beside its listing: events, lines put aside, keys not known. */
  readonly aside: Aside;
  /** The last value of every info key. */
  readonly info: ReadonlyMap<string, string>;
  readonly rows: Rows;
  /** Slots of the entries that were not in the snapshot before, new or back; ascending by row. */
  readonly arrived: Int32Array;
  /** Slots of the entries of the snapshot before that are not in this one. */
  readonly left: Int32Array;
  /** Slots of the entries that went on under another label, and the labels that they had. */
  readonly relabelled: Int32Array;
  readonly labelsBefore: readonly Label[];
  /** Slots of the entries that went on, on another connection of the same CONN_ID. */
  readonly reconnected: Int32Array;
  /**
   * What each entry moved since it was last seen (docs/reference.md, Deltas). In a recording
   * whose lines repeat their connection's totals, do not add these up: use `counted`.
   */
  readonly moved: Moves;
  /** The same so that every byte stands once: a connection's on the first of its rows. */
  readonly counted: Moves;
}
