/**
 * Rows of a table by the names of their columns.
 * Owns that shape, for those that read a few cells of many.
 */
import type { Cell, Table } from './table.ts';

export type CellsByName = Readonly<Record<string, Cell>>;

/** All rows, read at once; a cell that a row lacks is null. */
export function recordsOf({ columns, rows }: Table): CellsByName[] {
  return [...rows].map((row) =>
    Object.fromEntries(columns.map(({ name }, place) => [name, row[place] ?? null])),
  );
}
