/**
 * A table as CSV (RFC 4180).
 * Owns the header, what is quoted and what is guarded; what a spreadsheet would take for something
 * else is spreadsheet.ts's.
 */
import { stringify } from 'csv-stringify/sync';
import { spreadsheetTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import { cellText } from './cell.ts';
import { isTakenForFormula, isTakenForNumber, KEPT_DIGITS } from './spreadsheet.ts';
import type { Cell, ColumnKind, Table } from './table.ts';

export interface CsvOptions {
  /**
   * For a spreadsheet: a byte order mark, times as `YYYY-MM-DD HH:MM:SS`, integers past 15 digits as
   * text, and text that it would take for a number or a date guarded.
   */
  readonly excel?: boolean;
  /** For a terminal's screen: control characters in text become visible. */
  readonly onTerminal?: boolean;
}

/** RFC 4180, section 2.1. */
const LINE_END = '\r\n';

const BYTE_ORDER_MARK = '\ufeff';

/** Rows a call of csv-stringify: enough that its setting up does not count, little memory. */
const ROWS_AT_ONCE = 500;

/** The first integer that a spreadsheet would round. */
const FIRST_TOO_LONG = 10 ** KEPT_DIGITS;

/** csv-stringify itself quotes for both together only, and a reader ends a record at either. */
const QUOTED_TOO = /[\r\n]/;

/**
 * The table as chunks of CSV text, each of whole lines, the first the header and nothing else; a
 * table without rows is its header alone. Cells that are not known are empty. A text cell that a
 * spreadsheet would read as a formula has an apostrophe before it; numbers and times never have.
 *
 * With `excel`, a text that it would take for a number or a date has the apostrophe too, and an
 * integer past 15 digits: the sign that a spreadsheet itself uses for "this is text". It shows until
 * the cell is edited, but every digit stays; a leading tab would not show but stay in every copy, and
 * `="…"` would be a formula.
 * Throws only what the table's rows throw.
 */
export function* csvText(table: Table, options: CsvOptions = {}): Generator<string, void> {
  const { columns } = table;
  const textOfCell = options.excel === true ? excelText : plainText;
  const shown = options.onTerminal === true ? visible : unchanged;
  const header = linesOf([columns.map((column) => column.name)]);
  yield options.excel === true ? BYTE_ORDER_MARK + header : header;
  let records: string[][] = [];
  for (const row of table.rows) {
    records.push(columns.map(({ kind }, index) => shown(textOfCell(row[index], kind))));
    if (records.length === ROWS_AT_ONCE) {
      yield linesOf(records);
      records = [];
    }
  }
  if (records.length > 0) yield linesOf(records);
}

function linesOf(records: readonly (readonly string[])[]): string {
  return stringify(records as string[][], {
    record_delimiter: LINE_END,
    quoted_match: QUOTED_TOO,
  });
}

function plainText(cell: Cell | undefined, kind: ColumnKind): string {
  if (typeof cell !== 'string') return cellText(cell, kind);
  return isTakenForFormula(cell) ? guarded(cell) : cell;
}

function excelText(cell: Cell | undefined, kind: ColumnKind): string {
  if (kind === 'time' && typeof cell === 'number') return spreadsheetTime(cell);
  if (isTooLong(cell)) return guarded(cellText(cell, kind));
  return typeof cell === 'string' && isTakenForNumber(cell) ? guarded(cell) : plainText(cell, kind);
}

function isTooLong(cell: Cell | undefined): boolean {
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return false;
  const isWhole = typeof cell === 'bigint' || Number.isInteger(cell);
  return isWhole && (cell >= FIRST_TOO_LONG || cell <= -FIRST_TOO_LONG);
}

function guarded(text: string): string {
  return `'${text}`;
}

function unchanged(text: string): string {
  return text;
}
