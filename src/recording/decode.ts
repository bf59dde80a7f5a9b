/**
 * The payload of one frame → what it changes of the rows that stand.
 * Owns reading the byte format that frame.ts describes, whatever the bytes claim; not the tape that
 * frames stand on.
 */
import type { Label } from '../listing/label.ts';
import { MAX_LINES } from '../listing/parse.ts';
import type { Snapshot } from '../listing/snapshot.ts';
import { type Aside, type InfoValues, readAside, withChanges } from './aside.ts';
import { ByteReader } from './bytes.ts';
import { damaged } from './damage.ts';
import { NewLabels, roomFor } from './labels.ts';
import { OrderReader } from './order.ts';
import { unpack } from './packing.ts';
import { samePairs } from './pairs.ts';
import type { PeerBook } from './peers.ts';
import { Standing } from './standing.ts';

/** What a frame changed, by slots of the rows that stand after it; good until the next one. */
export interface FrameChange {
  /** Rows with a pair of CONN_ID and CIRC_ID that was not there before, in their order. */
  readonly came: Int32Array;
  /** Those whose pair is there no more. */
  readonly gone: Int32Array;
  /** Those that went on under another label, and the labels that they had. */
  readonly relabelled: Int32Array;
  readonly labelsBefore: readonly Label[];
  /** Those whose READ or WRITE is another, and by how much: three columns of one length. */
  readonly moved: Int32Array;
  readonly read: Float64Array;
  readonly written: Float64Array;
}

export interface ReadFrame {
  readonly kind: 'frame';
  readonly at: number;
  readonly pollMs: number;
  /** What stands beside the listing. */
  readonly aside: Aside;
  readonly change: FrameChange;
  /** The rows after it; the next frame changes them. */
  readonly standing: Standing;
  /** Numbers of the peers that the payload refers to, ascending. */
  readonly peers: ArrayLike<number>;
}

const NO_ROWS = new Int32Array(0);

/** Reads the frames of a tape one after another. */
export class FrameReader {
  readonly standing: Standing;
  readonly #order = new OrderReader();
  readonly #labels = new NewLabels();
  /** READ, WRITE and UPTIME of rows that are written anew. */
  #read = new Float64Array(0);
  #written = new Float64Array(0);
  #uptime = new Float64Array(0);
  readonly #moves = new Moves();

  constructor(book: PeerBook) {
    this.standing = new Standing(book);
  }

  /**
   * Reads a frame and changes the rows that stand to those of the frame. A key frame does not
   * depend on them: they only say what is new in it.
   *
   * Throws `damaged` for a payload that the recorder cannot have written, whatever it claims, and
   * takes no more memory than its rows and `unpack` do; what stands is not to be read then.
   */
  read(payload: Uint8Array, at: number, isKey: boolean): ReadFrame {
    const { standing } = this;
    const input = new ByteReader(unpack(payload));
    const count = input.uint();
    if (count > MAX_LINES) throw damaged(`it claims ${count} entries`);
    const pollMs = input.uint();
    standing.begin(at);
    const before = standing.slots;
    this.#order.read(count, isKey ? NO_ROWS : before, input, standing.spareSlots(count));
    const { slots } = this.#order;
    this.#readNewRows(input);
    this.#moves.read(standing, slots, input);
    correctUptimes(standing, slots, input);
    const aside = readAside(textOf(input.block()));
    const pairs = samePairs(standing, isKey ? before : this.#order.gone, this.#labels);
    const placed = this.#place(pairs.slots);
    standing.end(slots, pairs.gone);
    // A key frame has all values, those that did not change too.
    standing.info = withChanges(isKey ? NO_INFO : standing.info, aside.changed);
    const change = { ...placed, gone: pairs.gone, ...this.#moves.columns };
    return { kind: 'frame', at, pollMs, aside, change, standing, peers: this.#labels.peers() };
  }

  #readNewRows(input: ByteReader): void {
    const { length } = this.#order.fresh;
    this.#labels.read(input, length);
    if (length > this.#read.length) {
      this.#read = new Float64Array(roomFor(length));
      this.#written = new Float64Array(roomFor(length));
      this.#uptime = new Float64Array(roomFor(length));
    }
    for (const column of [this.#read, this.#written, this.#uptime]) {
      new ByteReader(input.block()).uints(length, column);
    }
  }

  /** Gives new rows their slots: where their pair was there before, it goes on. */
  #place(known: Int32Array): Pick<FrameChange, 'came' | 'relabelled' | 'labelsBefore'> {
    const { standing } = this;
    const { slots, fresh } = this.#order;
    const labels = this.#labels;
    const came = new Int32Array(fresh.length);
    let news = 0;
    const relabelled: number[] = [];
    const labelsBefore: Label[] = [];
    for (let index = 0; index < fresh.length; index++) {
      const isKnown = known[index]! >= 0;
      const slot = isKnown ? known[index]! : standing.admit();
      slots[fresh[index]!] = slot;
      const read = this.#read[index]!;
      const written = this.#written[index]!;
      if (!isKnown) {
        came[news++] = slot;
        standing.setLabel(slot, labels, index);
      } else {
        this.#moves.add(slot, read - standing.read[slot]!, written - standing.written[slot]!);
        if (!standing.hasLabel(slot, labels, index)) {
          relabelled.push(slot);
          labelsBefore.push(standing.labelOf(slot));
          standing.setLabel(slot, labels, index);
        }
      }
      standing.read[slot] = read;
      standing.written[slot] = written;
      standing.setUptime(slot, this.#uptime[index]!);
    }
    return {
      came: came.subarray(0, news),
      relabelled: relabelled.length === 0 ? NO_ROWS : Int32Array.from(relabelled),
      labelsBefore,
    };
  }
}

const NO_INFO: InfoValues = new Map();

/** The snapshot of a frame that was read last, with the info values that the frame holds. */
export function snapshotOf({ at, pollMs, aside, standing }: ReadFrame): Snapshot {
  const { changed, events, extra, quarantined, quarantinedCount } = aside;
  const listing = { ...standing.listing(), quarantined, quarantinedCount };
  return { kind: 'snapshot', at, pollMs, listing, info: changed, events, extra };
}

/** What moves in a frame, in columns that are used again. */
class Moves {
  #length = 0;
  #slots = new Int32Array(256);
  #read = new Float64Array(256);
  #written = new Float64Array(256);
  #distances = new Float64Array(256);

  /** Moves rows that were there before. */
  read(standing: Standing, slots: Int32Array, input: ByteReader): void {
    const count = input.uint();
    if (count > slots.length) throw damaged('it moves entries that it does not hold');
    if (count > this.#slots.length) this.#grow(count);
    this.#length = count;
    const distances = new ByteReader(input.block());
    const readUnit = input.uint();
    new ByteReader(input.block()).ints(count, this.#read);
    const writtenUnit = input.uint();
    new ByteReader(input.block()).ints(count, this.#written);
    distances.uints(count, this.#distances);
    const { read, written } = standing;
    let row = -1;
    for (let index = 0; index < count; index++) {
      row = behind(row, this.#distances[index]!, slots);
      const slot = slots[row]!;
      const readStep = this.#read[index]! * readUnit;
      const writtenStep = this.#written[index]! * writtenUnit;
      this.#slots[index] = slot;
      this.#read[index] = readStep;
      this.#written[index] = writtenStep;
      read[slot]! += readStep;
      written[slot]! += writtenStep;
    }
  }

  /** Takes note of what a row moved that is written anew; nothing where it did not move. */
  add(slot: number, read: number, written: number): void {
    if (read === 0 && written === 0) return;
    if (this.#length === this.#slots.length) this.#grow(this.#length + 1);
    this.#slots[this.#length] = slot;
    this.#read[this.#length] = read;
    this.#written[this.#length] = written;
    this.#length++;
  }

  get columns(): Pick<FrameChange, 'moved' | 'read' | 'written'> {
    return {
      moved: this.#slots.subarray(0, this.#length),
      read: this.#read.subarray(0, this.#length),
      written: this.#written.subarray(0, this.#length),
    };
  }

  #grow(count: number): void {
    const room = roomFor(count);
    const larger = (column: Float64Array) => {
      const grown = new Float64Array(room);
      grown.set(column);
      return grown;
    };
    const slots = new Int32Array(room);
    slots.set(this.#slots);
    this.#slots = slots;
    this.#read = larger(this.#read);
    this.#written = larger(this.#written);
    this.#distances = new Float64Array(room);
  }
}

function correctUptimes(standing: Standing, slots: Int32Array, input: ByteReader): void {
  const column = new ByteReader(input.block());
  let row = -1;
  while (!column.ended) {
    row = behind(row, column.uint(), slots);
    standing.correctUptime(slots[row]!, column.int());
  }
}

/** The row so far behind another; it must have been there before, and not be the same. */
function behind(row: number, distance: number, slots: Int32Array): number {
  const next = row + distance;
  const slot = slots[next];
  if (slot === undefined || slot < 0 || distance === 0) {
    throw damaged('it changes an entry that it does not hold');
  }
  return next;
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}
