/**
 * A table as CSV (RFC 4180).
 * Owns the header, what is quoted and what is guarded; what a spreadsheet would take for something
 * else is spreadsheet.ts's.
 */
import { stringify } from 'csv-stringify/sync';
import { spreadsheetTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import { cellText } from './cell.ts';
import { isTakenForFormula, isTakenForNumber, isTooLong } from './spreadsheet.ts';
import type { Cell, ColumnKind, Row, Table } from './table.ts';

/** How a country's spreadsheets read CSV. */
export interface SheetForm {
  /** Between cells: `,` or `;`. */
  readonly separator: string;
  /** Before the parts of a whole: `.` or `,`. */
  readonly decimal: string;
  /** What false and true are: words that they know, or 0 and 1. */
  readonly booleans: readonly [no: string, yes: string];
}

export const ENGLISH: SheetForm = { separator: ',', decimal: '.', booleans: ['false', 'true'] };

export interface CsvOptions {
  /**
   * For a spreadsheet: a byte order mark, times as `YYYY-MM-DD HH:MM:SS`, integers past 15 digits as
   * text, and text that it would take for a number or a date guarded.
   */
  readonly excel?: SheetForm | undefined;
  /** For a terminal's screen: control characters in text become visible. */
  readonly onTerminal?: boolean;
}

/** RFC 4180, section 2.1. */
const LINE_END = '\r\n';

const BYTE_ORDER_MARK = '\ufeff';

/** Rows a chunk, and a call of csv-stringify: enough that its setting up does not count, little memory. */
const ROWS_AT_ONCE = 500;

/** What is quoted. csv-stringify itself leaves a single CR or LF, and a reader ends a record at either. */
const QUOTED = /[",\r\n]/;

/** The same where a semicolon separates: there a comma is a decimal mark, or nothing. */
const QUOTED_BETWEEN_SEMICOLONS = /[";\r\n]/;

/** A text that begins so is not a formula, whatever follows. */
const BEGINS_HARMLESS = /^[0-9A-Za-z]/;

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
  const { excel } = options;
  const { separator } = excel ?? ENGLISH;
  const isQuoted = separator === ',' ? QUOTED : QUOTED_BETWEEN_SEMICOLONS;
  const textOfCell = excel === undefined ? plainText : excelTextIn(excel);
  const shown = options.onTerminal === true ? visible : unchanged;
  const kinds = columns.map(({ kind }) => kind);
  const texts = new CellTexts(kinds, isQuoted, (cell, kind) => shown(textOfCell(cell, kind)));
  const linesOf = (records: string[][]) => quotedLines(records, separator, isQuoted);
  const header = linesOf([columns.map(({ name }) => name)]);
  yield excel === undefined ? header : BYTE_ORDER_MARK + header;
  const lines: string[] = [];
  let rows = 0;
  const toQuote: string[][] = [];
  for (const row of table.rows) {
    if (texts.see(row)) {
      if (toQuote.length > 0) lines.push(linesOf(toQuote.splice(0)));
      lines.push(texts.of.join(separator), LINE_END);
    } else {
      toQuote.push([...texts.of]);
    }
    rows++;
    if (rows < ROWS_AT_ONCE) continue;
    yield lines.join('') + linesOf(toQuote.splice(0));
    lines.length = 0;
    rows = 0;
  }
  if (rows > 0) yield lines.join('') + linesOf(toQuote);
}

/** The cells of one row after another as texts. Most rows repeat some of those of the row before. */
class CellTexts {
  readonly of: string[] = [];
  readonly #kinds: readonly ColumnKind[];
  readonly #textOf: (cell: Cell | undefined, kind: ColumnKind) => string;
  readonly #cells: (Cell | undefined)[] = [];
  readonly #quoted: RegExp;
  readonly #isQuoted: boolean[] = [];

  constructor(
    kinds: readonly ColumnKind[],
    quoted: RegExp,
    textOf: (cell: Cell | undefined, kind: ColumnKind) => string,
  ) {
    this.#kinds = kinds;
    this.#quoted = quoted;
    this.#textOf = textOf;
  }

  /** Takes the next row and says whether none of its cells is to be quoted. */
  see(row: Row): boolean {
    let isPlain = true;
    for (let index = 0; index < this.#kinds.length; index++) {
      const cell = row[index];
      if (cell !== this.#cells[index] || this.of[index] === undefined) {
        const text = this.#textOf(cell, this.#kinds[index]!);
        this.#cells[index] = cell;
        this.of[index] = text;
        this.#isQuoted[index] = typeof cell === 'string' && this.#quoted.test(text);
      }
      if (this.#isQuoted[index]!) isPlain = false;
    }
    return isPlain;
  }
}

function quotedLines(records: string[][], delimiter: string, quoted: RegExp): string {
  if (records.length === 0) return '';
  return stringify(records, { record_delimiter: LINE_END, delimiter, quoted_match: quoted });
}

function plainText(cell: Cell | undefined, kind: ColumnKind): string {
  if (typeof cell !== 'string') return cellText(cell, kind);
  return !BEGINS_HARMLESS.test(cell) && isTakenForFormula(cell) ? guarded(cell) : cell;
}

/** As `excelText`, numbers and booleans as a country has them. */
function excelTextIn({ decimal, booleans }: SheetForm): typeof excelText {
  return (cell, kind) => {
    const text = excelText(cell, kind);
    if (kind === 'boolean') return text === '' ? text : booleans[text === 'true' ? 1 : 0];
    return typeof cell === 'number' && kind !== 'time' ? text.replace('.', decimal) : text;
  };
}

function excelText(cell: Cell | undefined, kind: ColumnKind): string {
  if (kind === 'time' && typeof cell === 'number') return spreadsheetTime(cell);
  if (isTooLong(cell)) return guarded(cellText(cell, kind));
  return typeof cell === 'string' && isTakenForNumber(cell) ? guarded(cell) : plainText(cell, kind);
}

function guarded(text: string): string {
  return `'${text}`;
}

function unchanged(text: string): string {
  return text;
}
