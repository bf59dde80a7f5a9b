/**
 * What a report sees of the tape: one snapshot, with the life of every row and what it moved.
 * Owns the shape; playback.ts makes it. Times are milliseconds since the epoch, UTC.
 */
import type { Label } from '../../listing/label.ts';
import type { Header, Snapshot } from '../../listing/snapshot.ts';
import type { ConnectionStanding } from '../index/connectionLives.ts';
import type { IndexedEntry } from '../index/indexedLives.ts';

/** A connection (CONN_ID), as the index tells its life. */
export class TapeConnection {
  readonly run: number;
  readonly connId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;

  constructor(life: ConnectionStanding) {
    this.run = life.run;
    this.connId = life.connId;
    this.openedAt = life.openedAt;
    this.openedKnown = Boolean(life.openedKnown);
    this.firstSnapshot = life.firstSnapshot;
    this.lastSnapshot = life.lastSnapshot;
  }
}

/** A circuit: entries of one CIRC_ID that belong together (contract, section 5). */
export interface TapeCircuit {
  readonly run: number;
  /** Never 0. */
  readonly circId: number;
  /** Whether its bytes cannot be told from those of others on the same connection. */
  readonly shared: boolean;
}

/** An entry of `conn/all`, as the index tells its life. */
export interface TapeEntry extends Omit<IndexedEntry, 'flags' | 'alone'> {
  /** Undefined where CIRC_ID is 0. */
  readonly circuit: TapeCircuit | undefined;
}

/** Bytes by row of the listing, exact integers. */
export interface Moved {
  readonly read: Float64Array;
  readonly written: Float64Array;
}

export interface Step {
  /** The snapshot's number in the recording, from 1. */
  readonly number: number;
  readonly at: number;
  /** The time of the snapshot before; undefined for the first of the window. */
  readonly since: number | undefined;
  /** Whether a gap lies in between: what moved since counts in totals, in no bucket and no rate. */
  readonly acrossGap: boolean;
  /** The life of the Tor process that it belongs to. */
  readonly run: number;
  /** What the recorder of that time said of its source. */
  readonly header: Header;
  readonly snapshot: Snapshot;
  /** The last value of every info key. */
  readonly info: ReadonlyMap<string, string>;
  /** The life of each row of the listing. */
  readonly entries: readonly TapeEntry[];
  /** The connection of each row of the listing. */
  readonly connections: readonly TapeConnection[];
  /** Rows whose connection has, or had, other entries too, ascending. */
  readonly ofSeveral: readonly number[];
  /**
   * What each entry moved since it was last seen (contract, section 5, Deltas). In a recording
   * whose lines repeat their connection's totals, do not add these up: use `counted`.
   */
  readonly moved: Moved;
  /** The same so that every byte stands once: a connection's on the first of its rows. */
  readonly counted: Moved;
  /**
   * Rows whose entry, or for `counted` whose connection, is back after a gap in which no snapshot
   * held it: what it moved counts in totals, in no bucket and no rate.
   */
  readonly bridging: { readonly moved: ReadonlySet<number>; readonly counted: ReadonlySet<number> };
  /** Rows whose entry was not in the snapshot before: new, or back. */
  readonly arrived: readonly number[];
  /** Entries of the snapshot before that are not in this one, each with its last label. */
  readonly left: readonly { readonly entry: TapeEntry; readonly label: Label }[];
  /** Rows whose label was another in the snapshot before. */
  readonly relabelled: readonly { readonly row: number; readonly before: Label }[];
}
