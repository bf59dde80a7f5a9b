/**
 * A table as the sheet of a workbook (SpreadsheetML, ECMA-376, Part 1, 18.3): typed cells under a
 * header that stays in sight and filters.
 * Owns what becomes of a cell and of a table that a sheet cannot hold; the numbers of the styles are
 * styles.ts's.
 */
import { cellText } from '../cell.ts';
import { isTooLong } from '../spreadsheet.ts';
import type { Cell, Column, ColumnKind, Table } from '../table.ts';
import { STYLE_OF, STYLES } from './styles.ts';
import { cellXmlText, RELATIONSHIPS, SPREADSHEET, XML } from './xml.ts';

/** Rows of a sheet, its header among them; Excel's and LibreOffice's. */
export const MAX_SHEET_ROWS = 1_048_576;

/** UTF-16 units of a cell. */
export const MAX_CELL_LENGTH = 32_767;

/** What of a table is not on its sheet. */
export interface Shortened {
  readonly sheet: string;
  /** Rows. */
  readonly rows: number;
  /** Cells whose text is longer than one holds. */
  readonly cells: number;
}

/** Between the epochs of a spreadsheet, 1899-12-30, and of Unix. */
const EPOCH_DAYS = 25_569;
const DAY_MS = 86_400_000;

/** The times that spreadsheets show as such and agree on: 1900-03-01 to the end of 9999. */
const FIRST_TIME = Date.UTC(1900, 2, 1);
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/** Characters. A header needs a few more, for the button that filters. */
const WIDTHS: Readonly<Record<ColumnKind, number>> = {
  ...{ text: 24, integer: 12, decimal: 12, seconds: 12, time: 19, boolean: 8 },
};
const BUTTON_WIDTH = 4;

/** Characters of XML gathered for a chunk. */
const CHUNK_LENGTH = 64 * 1024;

export class SheetXml {
  readonly #table: Table;
  readonly #maxRows: number;
  readonly #letters: readonly string[];
  #rows = 1;
  #left = 0;
  #cutCells = 0;

  /** @param maxRows of the sheet, 3 at least. */
  constructor(table: Table, maxRows = MAX_SHEET_ROWS) {
    this.#table = table;
    this.#maxRows = maxRows;
    this.#letters = table.columns.map((_, place) => lettersOf(place));
  }

  /** Its cells, header and all, as `A1:C7`; what has been written of them so far. */
  get extent(): string {
    return `A1:${this.#letters.at(-1) ?? 'A'}${this.#rows}`;
  }

  /** The last row that was written, from 1, the header's. */
  get lastRow(): number {
    return this.#rows;
  }

  /** Undefined where everything is on it. For when it has been written. */
  get shortened(): Shortened | undefined {
    if (this.#left === 0 && this.#cutCells === 0) return undefined;
    return { sheet: this.#table.name, rows: this.#left, cells: this.#cutCells };
  }

  /**
   * The sheet in chunks. Read once. Where the table has more rows than fit, all are read, and the
   * last of the sheet says how many are not on it. Throws what the table's rows throw.
   */
  *text(): Generator<string, void> {
    let chunk = this.#head();
    /** Held until it is known whether another row comes. */
    let held = '';
    for (const row of this.#table.rows) {
      if (this.#rows < this.#maxRows) {
        chunk += held;
        held = this.#row(row);
        if (chunk.length > CHUNK_LENGTH) {
          yield chunk;
          chunk = '';
        }
      } else {
        this.#left++;
      }
    }
    if (this.#left > 0) held = this.#lastWord();
    yield `${chunk}${held}</sheetData><autoFilter ref="${this.extent}"/></worksheet>`;
  }

  #head(): string {
    const { columns } = this.#table;
    const widths = columns.map(({ name, kind }, place) => {
      const width = Math.max(WIDTHS[kind], name.length + BUTTON_WIDTH);
      return `<col min="${place + 1}" max="${place + 1}" width="${width}" customWidth="1"/>`;
    });
    const names = columns.map(({ name }, place) => {
      return inline(`${this.#letters[place]}1`, STYLES.header, name);
    });
    return (
      `${XML}<worksheet xmlns="${SPREADSHEET}" xmlns:r="${RELATIONSHIPS}">` +
      '<sheetViews><sheetView workbookViewId="0">' +
      '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' +
      '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>' +
      `<cols>${widths.join('')}</cols>` +
      `<sheetData><row r="1">${names.join('')}</row>`
    );
  }

  #row(cells: readonly Cell[]): string {
    const row = ++this.#rows;
    let text = `<row r="${row}">`;
    this.#table.columns.forEach((column: Column, place) => {
      const cell = cells[place];
      if (cell !== undefined && cell !== null) {
        text += this.#cell(`${this.#letters[place]}${row}`, cell, column.kind);
      }
    });
    return `${text}</row>`;
  }

  /** Empty for a number that is not finite, which is not known. */
  #cell(at: string, cell: string | number | bigint | boolean, kind: ColumnKind): string {
    const style = STYLE_OF[kind];
    if (typeof cell === 'string') return this.#text(at, cell);
    if (typeof cell === 'boolean' || kind === 'boolean') {
      return `<c r="${at}" s="${style}" t="b"><v>${Number(cell) === 0 ? 0 : 1}</v></c>`;
    }
    const text = cellText(cell, kind);
    if (text === '') return '';
    if (kind !== 'time') {
      return isTooLong(cell)
        ? inline(at, STYLES.text, text)
        : `<c r="${at}" s="${style}"><v>${text}</v></c>`;
    }
    const isShown = cell >= FIRST_TIME && cell <= LAST_TIME;
    if (!isShown) return inline(at, STYLES.text, text);
    return `<c r="${at}" s="${style}"><v>${serialDays(Number(cell))}</v></c>`;
  }

  #text(at: string, text: string): string {
    if (text.length <= MAX_CELL_LENGTH) return inline(at, STYLES.text, text);
    this.#cutCells++;
    const end = `… (${text.length} characters)`;
    return inline(at, STYLES.text, text.slice(0, MAX_CELL_LENGTH - end.length) + end);
  }

  /** In place of the last row that would fit. */
  #lastWord(): string {
    this.#left++;
    const word = `${this.#left} more rows: more than a sheet holds; CSV has them all`;
    return `<row r="${this.#rows}">${inline(`A${this.#rows}`, STYLES.header, word)}</row>`;
  }
}

/** A text that is calculated nowhere, also not when it is edited: its style is that of texts. */
function inline(at: string, style: number, text: string): string {
  return `<c r="${at}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${cellXmlText(text)}</t></is></c>`;
}

/** A time as spreadsheets count it. */
export function serialDays(at: number): number {
  return at / DAY_MS + EPOCH_DAYS;
}

/** 0 is A, 26 AA. */
export function lettersOf(place: number): string {
  const last = String.fromCharCode(65 + (place % 26));
  return place < 26 ? last : lettersOf(Math.floor(place / 26) - 1) + last;
}
