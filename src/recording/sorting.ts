/**
 * Rows in the order of one of their cells, more of them than memory should hold.
 * Owns the nameless file that SQLite sorts them in; what they are is for others.
 */
import { deserialize, serialize } from 'node:v8';
import { openNameless } from './nameless.ts';

/** So much of it is sorted without a file. */
const CACHE_KIB = 8192;

/** What a cell may hold; `null` for what is not known. */
type Sortable = string | number | bigint | boolean | null;

/**
 * All rows, read before the first is given: by the cell at `place`, the least first or the greatest;
 * texts by their bytes. What is not known comes last, equal cells as they came.
 * @param limit how many at most; all where it is not given.
 */
export function* sorted<R extends readonly Sortable[]>(
  rows: Iterable<R>,
  place: number,
  descending: boolean,
  limit?: number,
): Generator<R, void> {
  const db = openNameless('CREATE TABLE row (key, cells BLOB)', CACHE_KIB);
  try {
    const insert = db.prepare('INSERT INTO row VALUES (?, ?)');
    for (const row of rows) insert.run(keyOf(row[place]), serialize(row));
    const select = db.prepare<[number], Buffer>(
      `SELECT cells FROM row ORDER BY key IS NULL, key ${descending ? 'DESC' : ''}, rowid LIMIT ?`,
    );
    for (const cells of select.pluck().iterate(limit ?? -1)) yield deserialize(cells) as R;
  } finally {
    db.close();
  }
}

/** As SQLite compares it: not a number is not known, and a boolean is 0 or 1. */
function keyOf(cell: Sortable | undefined): string | number | bigint | null {
  if (typeof cell === 'boolean') return Number(cell);
  return cell === undefined || Number.isNaN(cell) ? null : cell;
}
