/**
 * Columns of numbers with room for more.
 * Owns how they grow; what stands in them is for others.
 */

type Column = Float64Array | Int32Array;

/** A larger column that begins with what stands in the smaller. */
export function enlarged<Larger extends Column>(from: Larger, into: Larger): Larger {
  into.set(from);
  return into;
}

/** The column, or where it is too short for so many another, without what stood there. */
export function withRoom(column: Int32Array<ArrayBuffer>, count: number): Int32Array<ArrayBuffer> {
  return count <= column.length ? column : new Int32Array(count + (count >> 2));
}
