/**
 * A table as newline-delimited JSON: one object a line.
 * Owns the lines only; the objects are json.ts's.
 */

import { objectText } from './json.ts';
import type { Table } from './table.ts';

/** The table as lines, each a whole JSON object; nothing at all for no rows. */
export function* ndjsonText(table: Table): Generator<string, void> {
  const objectOf = objectText(table.columns);
  for (const row of table.rows) yield `${objectOf(row)}\n`;
}
