/**
 * A frame: one snapshot, written against the one before.
 * Owns what it is written against; the bytes are encode.ts's and
 * decode.ts's, the tape that frames stand on is tape.ts's.
 *
 * A payload is Brotli over a row count, the poll's duration and one block a column, each a run of
 * variable-length integers. A key frame is a frame against nothing. Entries that only counted on
 * cost nothing: READ and WRITE are written where they moved, UPTIME where it is not what the
 * entry's birth foretells. A row whose label changed is written anew.
 */
import type { Label } from '../listing/label.ts';
import type { InfoValues } from './aside.ts';

/** What a frame is written against, and what the next one is. Columns as in `Listing`. */
export interface FrameState {
  readonly labels: readonly Label[];
  readonly read: Float64Array;
  readonly written: Float64Array;
  readonly uptime: Float64Array;
  /** When each entry was born as far as its UPTIMEs show: milliseconds since the epoch. */
  readonly birth: Float64Array;
  /** The last value of every info key. */
  readonly info: InfoValues;
}

const NO_ROWS = new Float64Array(0);

/** What a key frame is written against. */
export const EMPTY_STATE: FrameState = {
  labels: [],
  read: NO_ROWS,
  written: NO_ROWS,
  uptime: NO_ROWS,
  birth: NO_ROWS,
  info: new Map(),
};

export interface Frame {
  readonly payload: Buffer;
  readonly state: FrameState;
  /** Numbers of the peers that the payload refers to, ascending. */
  readonly peers: readonly number[];
}
