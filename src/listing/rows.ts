/**
 * The rows of a listing while its text is read, and where each stands in the text.
 * Owns the growing columns and the rule that a pair stands once; the line format is line.ts's.
 */
import type { Label } from './label.ts';
import { Malformed } from './line.ts';
import type { Listing, Quarantined } from './listing.ts';
import { pairOf } from './match.ts';

/** Of the lines put aside in one snapshot, so many are shown; all are counted. */
const MAX_SHOWN = 20;

/** A text that was read: its labels, and where in its bytes each stands. */
export interface ReadText {
  readonly bytes: Uint8Array;
  readonly labels: readonly Label[];
  /** Whether each pair is above the one before. */
  readonly ascending: boolean;
  /** Where CONN_ID begins, where READ does, where UPTIME ends, and where the line does. */
  readonly starts: Int32Array;
  readonly heads: Int32Array;
  readonly tails: Int32Array;
  readonly ends: Int32Array;
}

export const NO_TEXT: ReadText = {
  bytes: new Uint8Array(0),
  labels: [],
  ascending: true,
  starts: new Int32Array(0),
  heads: new Int32Array(0),
  tails: new Int32Array(0),
  ends: new Int32Array(0),
};

/** The lines that are put aside. */
export class Quarantine {
  readonly shown: Quarantined[] = [];
  count = 0;

  add(line: Malformed): void {
    this.count++;
    if (this.shown.length < MAX_SHOWN) {
      this.shown.push({ reason: line.reason, line: line.shown });
    }
  }
}

/** The columns of the listing that is being read. */
export class RowBuffer {
  readonly #labels: Label[] = [];
  #read: Float64Array;
  #written: Float64Array;
  #uptime: Float64Array;
  #starts: Int32Array;
  #heads: Int32Array;
  #tails: Int32Array;
  #ends: Int32Array;
  /** Where the line that was pushed last ends. */
  lastEnd = 0;
  /** Whether each pair so far is above the one before: then none can repeat. */
  ascending: boolean;
  /** Whether the row before was read field by field. */
  #wasFresh = false;

  /** @param before the text before, whose rows come again in their order where they are recognised. */
  constructor(before: ReadText) {
    this.ascending = before.ascending;
    const expected = before.labels.length;
    const capacity = Math.max(64, expected + (expected >> 3));
    this.#read = new Float64Array(capacity);
    this.#written = new Float64Array(capacity);
    this.#uptime = new Float64Array(capacity);
    this.#starts = new Int32Array(capacity);
    this.#heads = new Int32Array(capacity);
    this.#tails = new Int32Array(capacity);
    this.#ends = new Int32Array(capacity);
  }

  get length(): number {
    return this.#labels.length;
  }

  /** Pushes a line that was read field by field. For the places see `ReadText`. */
  pushFresh(
    label: Label,
    read: number,
    written: number,
    uptime: number,
    start: number,
    head: number,
    tail: number,
    end: number,
  ): void {
    this.#wasFresh = true;
    this.push(label, read, written, uptime, start, head, tail, end);
    this.#wasFresh = true;
  }

  /** Pushes a line that was recognised. */
  push(
    label: Label,
    read: number,
    written: number,
    uptime: number,
    start: number,
    head: number,
    tail: number,
    end: number,
  ): void {
    const row = this.#labels.length;
    if (row === this.#read.length) this.#grow();
    // Rows recognised one after another stand in the order of the text before.
    if (this.#wasFresh && row > 0) this.ascending &&= isAbove(label, this.#labels[row - 1]!);
    this.#wasFresh = false;
    this.#labels.push(label);
    this.#read[row] = read;
    this.#written[row] = written;
    this.#uptime[row] = uptime;
    this.#starts[row] = start;
    this.#heads[row] = head;
    this.#tails[row] = tail;
    this.#ends[row] = end;
    this.lastEnd = end;
  }

  #grow(): void {
    const capacity = this.#read.length * 2;
    this.#read = enlarged(this.#read, new Float64Array(capacity));
    this.#written = enlarged(this.#written, new Float64Array(capacity));
    this.#uptime = enlarged(this.#uptime, new Float64Array(capacity));
    this.#starts = enlarged(this.#starts, new Int32Array(capacity));
    this.#heads = enlarged(this.#heads, new Int32Array(capacity));
    this.#tails = enlarged(this.#tails, new Int32Array(capacity));
    this.#ends = enlarged(this.#ends, new Int32Array(capacity));
  }

  /**
   * Puts aside all but the first row of each pair. Rows recognised from the listing before are
   * distinct already, so only connections with a line read afresh can repeat.
   */
  dropRepeats(suspects: ReadonlySet<number>, aside: Quarantine): void {
    const seen = new Set<string>();
    let kept = 0;
    for (let row = 0; row < this.#labels.length; row++) {
      const label = this.#labels[row]!;
      if (suspects.has(label.connId)) {
        const pair = pairOf(label);
        if (seen.has(pair)) {
          aside.add(new Malformed('the pair stands on a line before', `${pair} ${label.orId}`));
          continue;
        }
        seen.add(pair);
      }
      if (kept !== row) this.#move(row, kept);
      kept++;
    }
    this.#labels.length = kept;
  }

  #move(from: number, to: number): void {
    this.#labels[to] = this.#labels[from]!;
    for (const column of [this.#read, this.#written, this.#uptime]) column[to] = column[from]!;
    for (const column of [this.#starts, this.#heads, this.#tails, this.#ends]) {
      column[to] = column[from]!;
    }
  }

  /**
   * What was read.
   * @param bytes the text, which began at `from` of what the places of its rows are in.
   */
  text(bytes: Uint8Array, from: number): ReadText {
    const places = [this.#starts, this.#heads, this.#tails, this.#ends];
    const count = this.#labels.length;
    for (const column of from === 0 ? [] : places) {
      for (let row = 0; row < count; row++) column[row]! -= from;
    }
    return {
      bytes,
      labels: this.#labels,
      ascending: this.ascending,
      starts: this.#starts,
      heads: this.#heads,
      tails: this.#tails,
      ends: this.#ends,
    };
  }

  listing(aside: Quarantine): Listing {
    const count = this.#labels.length;
    return {
      labels: this.#labels,
      read: this.#read.subarray(0, count),
      written: this.#written.subarray(0, count),
      uptime: this.#uptime.subarray(0, count),
      quarantined: aside.shown,
      quarantinedCount: aside.count,
    };
  }
}

function enlarged<Column extends Float64Array | Int32Array>(from: Column, into: Column): Column {
  into.set(from);
  return into;
}

function isAbove(label: Label, other: Label): boolean {
  return (
    label.connId > other.connId || (label.connId === other.connId && label.circId > other.circId)
  );
}
