/**
 * Which row of a frame comes from which row of the frame before.
 * Owns the column that says so; a listing that keeps its order and appends costs a few bytes.
 *
 * Written as steps, until all rows are told: so many new rows, then a jump in the rows before
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

/** The rows of a frame, as far as its order says. */
export interface Order {
  /** For each row its slot, or −1 for a new row. */
  readonly slots: Int32Array<ArrayBuffer>;
  /** The new rows, ascending. */
  readonly fresh: Int32Array;
  /** Slots of the rows before that no row continues, in their order. */
  readonly gone: Int32Array;
}

/**
 * The inverse of `writeOrder`.
 * @param count rows of the frame.
 * @param before the slots of the rows of the frame before; throws `damaged` for an origin outside
 * them, and where two rows have one.
 */
export function readOrder(count: number, before: Int32Array, input: ByteReader): Order {
  const news = new ByteReader(input.block());
  const jumps = new ByteReader(input.block());
  const runs = new ByteReader(input.block());
  const slots = new Int32Array(count);
  const fresh: number[] = [];
  const taken = new Uint8Array(before.length);
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
      fresh.push(row);
    }
    slots.set(before.subarray(origin, origin + run), row);
    taken.fill(1, origin, origin + run);
    kept += run;
    row += run;
    next = origin + run;
  }
  const gone: number[] = [];
  for (let at = taken.indexOf(0); at >= 0; at = taken.indexOf(0, at + 1)) gone.push(before[at]!);
  if (gone.length !== before.length - kept) throw damaged('its order takes a row twice');
  return { slots, fresh: Int32Array.from(fresh), gone: Int32Array.from(gone) };
}
