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

/**
 * The inverse of `writeOrder`.
 * @param count rows of the frame.
 * @param beforeCount rows of the frame before; throws `damaged` for an origin outside them.
 */
export function readOrder(count: number, beforeCount: number, input: ByteReader): Int32Array {
  const news = new ByteReader(input.block());
  const jumps = new ByteReader(input.block());
  const runs = new ByteReader(input.block());
  const origins = new Int32Array(count).fill(-1);
  let row = 0;
  let next = 0;
  while (row < count) {
    const fresh = news.uint();
    const origin = next + jumps.int();
    const run = runs.uint();
    if (fresh + run === 0) throw damaged('its order does not go on');
    row += fresh;
    if (row + run > count || origin < 0 || origin + run > beforeCount) {
      throw damaged('its order leaves the listing');
    }
    for (let index = 0; index < run; index++) origins[row++] = origin + index;
    next = origin + run;
  }
  return origins;
}
