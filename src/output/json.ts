/**
 * A table as JSON: one array of objects.
 * Owns how a row becomes an object, which ndjson.ts shares.
 */

import { visible } from '../listing/visible.ts';
import { cellText } from './cell.ts';
import type { Cell, Column, ColumnKind, Row, Table } from './table.ts';

/**
 * The table as chunks of one JSON array (RFC 8259), one object a line; `[]` for no rows.
 * Throws only what the table's rows throw.
 */
export function* jsonText(table: Table): Generator<string, void> {
  const objectOf = objectText(table.columns);
  let isFirst = true;
  for (const row of table.rows) {
    yield `${isFirst ? '[' : ','}\n${objectOf(row)}`;
    isFirst = false;
  }
  yield isFirst ? '[]\n' : '\n]\n';
}

/**
 * A function from a row to its JSON object, keys in the order of the columns. Times are ISO 8601
 * strings, integers beyond 2^53 − 1 strings of digits, what is not known `null`. Characters that a
 * terminal would obey are escaped.
 */
export function objectText(columns: readonly Column[]): (row: Row) => string {
  const keys = columns.map((column) => `${visible(JSON.stringify(column.name))}:`);
  return (row) => {
    const members = columns.map(({ kind }, index) => keys[index]! + valueText(row[index], kind));
    return `{${members.join(',')}}`;
  };
}

function valueText(cell: Cell | undefined, kind: ColumnKind): string {
  if (typeof cell === 'string') return visible(JSON.stringify(cell));
  const text = cellText(cell, kind);
  if (text === '') return 'null';
  return kind === 'time' || isBeyondDouble(cell) ? `"${text}"` : text;
}

/** Whether readers that have only doubles would lose digits. */
function isBeyondDouble(cell: Cell | undefined): boolean {
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return false;
  return cell > Number.MAX_SAFE_INTEGER || cell < Number.MIN_SAFE_INTEGER;
}
