/**
 * The rows of a listing while its text is read, and where each stands in the text.
 * Owns the growing columns and the rule that a pair stands once; the line format is line.ts's.
 */
import { enlarged } from './columns.ts';
import type { Label } from './label.ts';
import { Malformed } from './line.ts';
import type { Listing, Quarantined } from './listing.ts';
import { keepMatch, pairOf } from './match.ts';

const NONE = -1;

/** Of the lines put aside in one snapshot, so many are shown; all are counted. */
const MAX_SHOWN = 20;

/** Where in the bytes of a text each of its rows stands. */
export class Places {
  /** Where CONN_ID begins, where READ does, where UPTIME ends, and where the line does. */
  starts = new Int32Array(64);
  heads = new Int32Array(64);
  tails = new Int32Array(64);
  ends = new Int32Array(64);

  /** Makes room for so many rows, and keeps what stands there. */
  reserve(count: number): void {
    if (count <= this.starts.length) return;
    const room = count + (count >> 2);
    this.starts = enlarged(this.starts, new Int32Array(room));
    this.heads = enlarged(this.heads, new Int32Array(room));
    this.tails = enlarged(this.tails, new Int32Array(room));
    this.ends = enlarged(this.ends, new Int32Array(room));
  }
}

/** A text that was read: its labels, and where in its bytes each stands. */
export interface ReadText {
  readonly bytes: DataView;
  readonly labels: readonly Label[];
  /** Whether each pair is above the one before. */
  readonly ascending: boolean;
  readonly places: Places;
}

export const NO_TEXT: ReadText = {
  bytes: new DataView(new ArrayBuffer(0)),
  labels: [],
  ascending: true,
  places: new Places(),
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
  readonly #before: ReadText;
  readonly #labels: Label[];
  #count = 0;
  #read: Float64Array;
  #written: Float64Array;
  #uptime: Float64Array;
  /** Its row in the text before, or −1 for one that was read field by field. */
  #origins: Int32Array;
  readonly #places: Places;
  /** Where the line that was pushed last ends. */
  lastEnd = 0;
  /** Whether each pair so far is above the one before: then none can repeat. */
  ascending: boolean;
  /** Whether the row before was read field by field. */
  #wasFresh = false;

  /**
   * @param before the text before, whose rows come again in their order where they are recognised.
   * @param places of this text: not those of the one before.
   */
  constructor(before: ReadText, places: Places) {
    this.#before = before;
    this.#places = places;
    this.ascending = before.ascending;
    const expected = before.labels.length;
    const capacity = Math.max(64, expected + (expected >> 3));
    this.#labels = new Array(capacity);
    this.#read = new Float64Array(capacity);
    this.#written = new Float64Array(capacity);
    this.#uptime = new Float64Array(capacity);
    this.#origins = new Int32Array(capacity);
    places.reserve(capacity);
  }

  get length(): number {
    return this.#count;
  }

  /** Pushes a line that was read field by field. For the places see `Places`. */
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
    this.#push(NONE, label, read, written, uptime, start, head, tail, end);
    this.#wasFresh = true;
  }

  /** Pushes a line that was recognised as that of a row of the text before. */
  push(
    origin: number,
    read: number,
    written: number,
    uptime: number,
    start: number,
    head: number,
    tail: number,
    end: number,
  ): void {
    const label = this.#before.labels[origin]!;
    this.#push(origin, label, read, written, uptime, start, head, tail, end);
  }

  #push(
    origin: number,
    label: Label,
    read: number,
    written: number,
    uptime: number,
    start: number,
    head: number,
    tail: number,
    end: number,
  ): void {
    const row = this.#count;
    if (row === this.#read.length) this.#grow();
    // Rows recognised one after another stand in the order of the text before.
    if (this.#wasFresh && row > 0) this.ascending &&= isAbove(label, this.#labels[row - 1]!);
    this.#wasFresh = false;
    this.#count++;
    this.#labels[row] = label;
    this.#read[row] = read;
    this.#written[row] = written;
    this.#uptime[row] = uptime;
    this.#origins[row] = origin;
    const { starts, heads, tails, ends } = this.#places;
    starts[row] = start;
    heads[row] = head;
    tails[row] = tail;
    ends[row] = end;
    this.lastEnd = end;
  }

  #grow(): void {
    const capacity = this.#read.length * 2;
    this.#read = enlarged(this.#read, new Float64Array(capacity));
    this.#written = enlarged(this.#written, new Float64Array(capacity));
    this.#uptime = enlarged(this.#uptime, new Float64Array(capacity));
    this.#origins = enlarged(this.#origins, new Int32Array(capacity));
    this.#places.reserve(capacity);
  }

  /**
   * Puts aside all but the first row of each pair. Rows recognised from the listing before are
   * distinct already, so only connections with a line read afresh can repeat.
   */
  dropRepeats(suspects: ReadonlySet<number>, aside: Quarantine): void {
    const seen = new Set<string>();
    let kept = 0;
    for (let row = 0; row < this.#count; row++) {
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
    this.#count = kept;
  }

  #move(from: number, to: number): void {
    this.#labels[to] = this.#labels[from]!;
    for (const column of [this.#read, this.#written, this.#uptime]) column[to] = column[from]!;
    const { starts, heads, tails, ends } = this.#places;
    for (const column of [this.#origins, starts, heads, tails, ends]) column[to] = column[from]!;
  }

  /**
   * What was read.
   * @param bytes the text, which began at `from` of what the places of its rows are in.
   */
  text(bytes: DataView, from: number): ReadText {
    const { starts, heads, tails, ends } = this.#places;
    for (const column of from === 0 ? [] : [starts, heads, tails, ends]) {
      for (let row = 0; row < this.#count; row++) column[row]! -= from;
    }
    return { bytes, labels: this.#labels, ascending: this.ascending, places: this.#places };
  }

  listing(aside: Quarantine): Listing {
    const count = this.#count;
    this.#labels.length = count;
    keepMatch(this.#before.labels, this.#labels, this.#origins.subarray(0, count));
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

function isAbove(label: Label, other: Label): boolean {
  return (
    label.connId > other.connId || (label.connId === other.connId && label.circId > other.circId)
  );
}
