/**
 * The rows of the frame that was read last, in columns by slot, so that those that did not move cost
 * nothing.
 * Owns what stands where; the bytes that change it are decode.ts's, what comes of it is for others.
 *
 * A pair of CONN_ID and CIRC_ID keeps its slot as long as frames hold it, wherever its row is.
 */
import { Label } from '../listing/label.ts';
import type { Listing } from '../listing/listing.ts';
import type { InfoValues } from './aside.ts';
import { foretold, newBirth, reborn } from './birth.ts';
import { widened } from './columns.ts';
import type { FrameState } from './frame.ts';
import type { NewLabels } from './labels.ts';
import type { PeerBook } from './peers.ts';

/** How many slots there are at first; they double. */
const FIRST_CAPACITY = 2 ** 14;

const NOBODY: ArrayLike<number> = [];

export class Standing {
  readonly #book: PeerBook;
  /** The time of the frame, milliseconds since the epoch. */
  at = 0;
  /** The slot of each row. */
  slots = new Int32Array(0);
  /** That of each row of the frame before. */
  slotsBefore = new Int32Array(0);
  /** Of the pair, for every slot that was ever taken. */
  connId = new Float64Array(FIRST_CAPACITY);
  circId = new Float64Array(FIRST_CAPACITY);
  /** Bytes. */
  read = new Float64Array(FIRST_CAPACITY);
  written = new Float64Array(FIRST_CAPACITY);
  /** TYPE_FLAGS. */
  readonly flags: string[] = [];
  /** The last value of every info key. */
  info: InfoValues = new Map();
  #peer = new Float64Array(FIRST_CAPACITY);
  #port = new Float64Array(FIRST_CAPACITY);
  #lPort = new Float64Array(FIRST_CAPACITY);
  #birth = new Float64Array(FIRST_CAPACITY);
  readonly #extra: string[] = [];
  /** Made when they are asked for. */
  readonly #labels: (Label | undefined)[] = [];
  /** UPTIMEs of this frame that are so great that no birth foretells them exactly. */
  readonly #greatUptimes = new Map<number, number>();
  readonly #free: number[] = [];
  #leaving: ArrayLike<number> = NOBODY;
  /** The slots of this frame and of the one before, by turns. */
  readonly #rooms = [new Int32Array(0), new Int32Array(0)];
  #turn = 0;

  constructor(book: PeerBook) {
    this.#book = book;
  }

  /** Slots are integers below it. */
  get capacity(): number {
    return this.flags.length;
  }

  /** Begins the next frame. What left with the last one may be forgotten now, and not before. */
  begin(at: number): void {
    const leaving = this.#leaving;
    for (let index = 0; index < leaving.length; index++) this.#free.push(leaving[index]!);
    this.#leaving = NOBODY;
    this.#greatUptimes.clear();
    this.at = at;
  }

  /** Where the slots of the next frame may stand: not where those of this one do. */
  spareSlots(count: number): Int32Array<ArrayBuffer> {
    const room = this.#rooms[this.#turn]!;
    if (count <= room.length) return room;
    const larger = new Int32Array(Math.max(FIRST_CAPACITY, 2 * count));
    this.#rooms[this.#turn] = larger;
    return larger;
  }

  /** Ends it. @param left slots of rows that it no longer has: they stand until the next one. */
  end(slots: Int32Array<ArrayBuffer>, left: Int32Array): void {
    this.slotsBefore = this.slots;
    this.slots = slots;
    this.#turn = 1 - this.#turn;
    this.#leaving = left;
  }

  /** A slot for a row that was not there before. */
  admit(): number {
    const slot = this.#free.pop() ?? this.flags.length;
    if (slot === this.connId.length) this.#grow();
    return slot;
  }

  /** Gives a row another slot, as if another had come in its place; the old one stands on, empty. */
  reseat(row: number): number {
    const before = this.slots[row]!;
    const slot = this.admit();
    for (const column of [this.connId, this.circId, this.read, this.written]) {
      column[slot] = column[before]!;
    }
    for (const column of [this.#peer, this.#port, this.#lPort, this.#birth]) {
      column[slot] = column[before]!;
    }
    this.flags[slot] = this.flags[before]!;
    this.#extra[slot] = this.#extra[before]!;
    this.#labels[slot] = this.#labels[before];
    const great = this.#greatUptimes.get(before);
    if (great !== undefined) this.#greatUptimes.set(slot, great);
    this.slots[row] = slot;
    this.#leaving = [...Array.from(this.#leaving), before];
    return slot;
  }

  /** Writes the label of a slot. */
  setLabel(slot: number, labels: NewLabels, index: number): void {
    this.connId[slot] = labels.connId[index]!;
    this.circId[slot] = labels.circId[index]!;
    this.#peer[slot] = labels.peer[index]!;
    this.#port[slot] = labels.port[index]!;
    this.#lPort[slot] = labels.lPort[index]!;
    this.flags[slot] = labels.flags(index);
    this.#extra[slot] = labels.extra(index);
    this.#labels[slot] = undefined;
  }

  /** Gives a slot whose row is no longer there a label that it had. */
  relabel(slot: number, label: Label): void {
    this.#labels[slot] = label;
    this.flags[slot] = label.flags;
  }

  /** Whether a slot has this label, but for its pair. */
  hasLabel(slot: number, labels: NewLabels, index: number): boolean {
    return (
      this.#port[slot] === labels.port[index] &&
      this.#lPort[slot] === labels.lPort[index] &&
      this.flags[slot] === labels.flags(index) &&
      this.#extra[slot] === labels.extra(index) &&
      this.#isPeer(this.#peer[slot]!, labels.peer[index]!)
    );
  }

  /** A peer may have two numbers. */
  #isPeer(a: number, b: number): boolean {
    if (a === b) return true;
    const [one, other] = [this.#book.peer(a), this.#book.peer(b)];
    return one.orId === other.orId && one.ip === other.ip;
  }

  /** Sets the UPTIME of a row that is written anew. */
  setUptime(slot: number, uptime: number): void {
    this.#birth[slot] = newBirth(uptime, this.at);
    this.#keepGreat(slot, uptime);
  }

  /** Sets an UPTIME that is off what was foretold. */
  correctUptime(slot: number, off: number): void {
    const uptime = foretold(this.#birth[slot]!, this.at) + off;
    this.#birth[slot] = reborn(this.#birth[slot]!, uptime, this.at);
    this.#keepGreat(slot, uptime);
  }

  #keepGreat(slot: number, uptime: number): void {
    if (foretold(this.#birth[slot]!, this.at) !== uptime) this.#greatUptimes.set(slot, uptime);
    else this.#greatUptimes.delete(slot);
  }

  /** When its entry was born, as far as its UPTIMEs show, milliseconds since the epoch. */
  birthOf(slot: number): number {
    return this.#birth[slot]!;
  }

  labelOf(slot: number): Label {
    let label = this.#labels[slot];
    if (label === undefined) {
      const { orId, ip } = this.#book.peer(this.#peer[slot]!);
      label = Label.of({
        connId: this.connId[slot]!,
        circId: this.circId[slot]!,
        orId,
        ip,
        port: this.#port[slot]!,
        lPort: this.#lPort[slot]!,
        flags: this.flags[slot]!,
        extra: this.#extra[slot]!,
      });
      this.#labels[slot] = label;
    }
    return label;
  }

  /** The rows as a listing of their own, without lines that were put aside. */
  listing(): Pick<Listing, 'labels' | 'read' | 'written' | 'uptime'> {
    const { slots } = this;
    const labels = new Array<Label>(slots.length);
    for (let row = 0; row < slots.length; row++) labels[row] = this.labelOf(slots[row]!);
    const uptime = new Float64Array(slots.length);
    for (let row = 0; row < slots.length; row++) {
      uptime[row] = foretold(this.#birth[slots[row]!]!, this.at);
    }
    if (this.#greatUptimes.size > 0) {
      for (const [row, slot] of slots.entries()) {
        uptime[row] = this.#greatUptimes.get(slot) ?? uptime[row]!;
      }
    }
    return { labels, read: this.#byRow(this.read), written: this.#byRow(this.written), uptime };
  }

  /** What the next frame is written against. */
  state(): FrameState {
    return { ...this.listing(), birth: this.#byRow(this.#birth), info: this.info };
  }

  #byRow(column: Float64Array): Float64Array {
    const { slots } = this;
    const values = new Float64Array(slots.length);
    for (let row = 0; row < values.length; row++) values[row] = column[slots[row]!]!;
    return values;
  }

  #grow(): void {
    const room = 2 * this.connId.length;
    this.connId = widened(this.connId, room);
    this.circId = widened(this.circId, room);
    this.read = widened(this.read, room);
    this.written = widened(this.written, room);
    this.#peer = widened(this.#peer, room);
    this.#port = widened(this.#port, room);
    this.#lPort = widened(this.#lPort, room);
    this.#birth = widened(this.#birth, room);
  }
}
