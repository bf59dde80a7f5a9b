/**
 * Columns of numbers that get longer.
 * Owns making the longer one; what stands in a column is for others.
 */

type Column = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float64Array;

/** The column with room for `length` values: those that it has, then zeros. */
export function widened<Kind extends Column>(column: Kind, length: number): Kind {
  const larger = new (column.constructor as new (length: number) => Kind)(length);
  larger.set(column);
  return larger;
}
