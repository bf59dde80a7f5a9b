/**
 * Columns that grow as places in them are taken.
 * Owns making room; what stands in them is for others.
 */

type Column = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** A column with room for a place, what it holds behind its end being 0; the same where it has. */
export function withRoomFor<Kind extends Column>(column: Kind, place: number): Kind {
  if (place < column.length) return column;
  const larger = new (column.constructor as new (length: number) => Kind)(2 * place + 64);
  larger.set(column as never);
  return larger;
}
