/**
 * Which row of a frame comes from which row of the frame before.
 * Owns the column that says so; a listing that keeps its order and appends costs a few bytes.
 *
 * Written as steps, until all rows are placed: so many new rows, then a jump in the rows before
 * (0 is the one after the last taken), then so many rows in a run from there.
 */
import { ByteReader, ByteWriter } from './bytes.ts';
import { damaged } from './damage.ts';

/** @param origins for each row the row before that it continues, or −1 for a new row. */
export function writeOrder(origins: Int32Array, out: ByteWriter): void {
  const news = new ByteWriter();
  const jumps = new ByteWriter();
  const runs = new ByteWriter();
  let row = 0;
  let next = 0;
  while (row < origins.length) {
    const first = row;
    while (row < origins.length && origins[row]! < 0) row++;
    news.uint(row - first);
    const origin = origins[row] ?? next;
    const start = row;
    while (row < origins.length && origins[row] === origin + row - start) row++;
    jumps.int(origin - next);
    runs.uint(row - start);
    next = origin + row - start;
  }
  out.block(news.bytes());
  out.block(jumps.bytes());
  out.block(runs.bytes());
}

/** Runs up to so many rows are copied one by one: a call costs more. */
const SHORT = 64;

/** Reads orders, one after another, into columns that are used again. */
export class OrderReader {
  /** For each row its slot, or −1 for a new row. */
  slots = new Int32Array(0);
  /** The new rows, ascending. */
  fresh = new Int32Array(0);
  /** Slots of the rows before that no row continues, in their order. */
  gone = new Int32Array(0);
  #taken = new Uint8Array(0);
  /** Where those may stand. */
  #freshRoom = new Int32Array(0);
  #goneRoom = new Int32Array(0);

  /**
   * The inverse of `writeOrder`.
   * @param count rows of the frame.
   * @param before the slots of the rows of the frame before; throws `damaged` for an origin outside
   * them, and where two rows have one.
   * @param room where `slots` may stand.
   */
  read(
    count: number,
    before: Int32Array,
    input: ByteReader,
    room: Int32Array<ArrayBuffer> = new Int32Array(count),
  ): void {
    const news = new ByteReader(input.block());
    const jumps = new ByteReader(input.block());
    const runs = new ByteReader(input.block());
    const slots = room.subarray(0, count);
    const taken = this.#noneTaken(before.length);
    if (count > this.#freshRoom.length) this.#freshRoom = new Int32Array(2 * count);
    const fresh = this.#freshRoom;
    let freshRows = 0;
    let kept = 0;
    let row = 0;
    let next = 0;
    while (row < count) {
      const newRows = news.uint();
      const origin = next + jumps.int();
      const run = runs.uint();
      if (newRows + run === 0) throw damaged('its order does not go on');
      if (row + newRows + run > count || origin < 0 || origin + run > before.length) {
        throw damaged('its order leaves the listing');
      }
      for (const end = row + newRows; row < end; row++) {
        slots[row] = -1;
        fresh[freshRows++] = row;
      }
      next = origin + run;
      if (run > SHORT) {
        slots.set(before.subarray(origin, next), row);
        taken.fill(1, origin, next);
      } else {
        for (let index = 0; index < run; index++) {
          slots[row + index] = before[origin + index]!;
          taken[origin + index] = 1;
        }
      }
      kept += run;
      row += run;
    }
    this.slots = slots;
    this.fresh = fresh.subarray(0, freshRows);
    const left = before.length - kept;
    if (left > this.#goneRoom.length) this.#goneRoom = new Int32Array(2 * left);
    const gone = this.#goneRoom;
    let goneRows = 0;
    for (let at = 0; at < before.length && goneRows <= left; at++) {
      if (taken[at] === 0) gone[goneRows++] = before[at]!;
    }
    if (goneRows !== left) throw damaged('its order takes a row twice');
    this.gone = gone.subarray(0, goneRows);
  }

  #noneTaken(count: number): Uint8Array {
    if (count > this.#taken.length) this.#taken = new Uint8Array(2 * count);
    return this.#taken.fill(0, 0, count);
  }
}
