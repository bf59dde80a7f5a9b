/**
 * The CSV of a report, read back (RFC 4180, as output/csv.ts writes it).
 * Owns cells by row and column, and which rows a window is about; fetching it is the source's.
 */
import type { PageColumn, PageSpan } from '../parts.ts';
import { FORMULA_GUARD } from './guard.ts';
import type { ReportRows, Subject } from './view.ts';

const [COMMA, QUOTE, LF, CR] = [44, 34, 10, 13];

type Numbers = readonly (number | null)[];

/**
 * A whole table: where its cells lie is found at once, what they hold when a column is asked for.
 * A cell is empty where its line is too short; columns that are not known are text.
 */
export class CsvTable {
  readonly report: string;
  readonly count: number;
  readonly #text: string;
  readonly #columns: readonly PageColumn[];
  /** Where each cell begins, line by line, and behind the last one of a line where the line ends. */
  readonly #places: Uint32Array;
  readonly #texts = new Map<string, readonly string[]>();
  readonly #numbers = new Map<string, Numbers>();

  /** @param columns as the head of the page has them; the first line of the text names those it has. */
  constructor(report: string, text: string, columns: readonly PageColumn[]) {
    const names = firstLine(text);
    this.report = report;
    this.#text = text;
    this.#columns = names.map(
      (name) => columns.find((column) => column.name === name) ?? { name, kind: 'text' },
    );
    this.#places = placesOf(text, names.length);
    this.count = this.#places.length / (names.length + 1) - 1;
  }

  has(column: string): boolean {
    return this.#columns.some(({ name }) => name === column);
  }

  text(column: string): readonly string[] {
    return kept(this.#texts, column, () => {
      const isText = this.#columns[this.#indexOf(column)]!.kind === 'text';
      return this.#cells(column, (from, to) => {
        const cell = this.#cellAt(from, to);
        return isText ? cell.replace(FORMULA_GUARD, '') : cell;
      });
    });
  }

  numbers(column: string): Numbers {
    return kept(this.#numbers, column, () => {
      const { kind } = this.#columns[this.#indexOf(column)]!;
      if (kind === 'time') return this.#cells(column, (from, to) => timeIn(this.#text, from, to));
      return this.#cells(column, (from, to) => {
        if (from >= to) return null;
        const cell = this.#cellAt(from, to);
        return kind === 'boolean' ? Number(cell === 'true') : Number(cell);
      });
    });
  }

  /** The rows of some numbers, in their order. */
  pick(rows: Uint32Array): ReportRows {
    if (rows.length === this.count) return this;
    return {
      report: this.report,
      count: rows.length,
      text: (column) => picked(this.text(column), rows),
      numbers: (column) => picked(this.numbers(column), rows),
    };
  }

  /** The header and the lines of some rows, to the byte, in pieces. */
  lines(rows: Uint32Array): string[] {
    const width = this.#columns.length + 1;
    const beginOf = (line: number) => this.#places[line * width]!;
    const pieces = [this.#text.slice(0, beginOf(1))];
    for (let at = 0; at < rows.length; ) {
      let next = at + 1;
      while (next < rows.length && rows[next] === rows[next - 1]! + 1) next++;
      const end = rows[next - 1]! + 2;
      pieces.push(
        this.#text.slice(beginOf(rows[at]! + 1), end > this.count ? undefined : beginOf(end)),
      );
      at = next;
    }
    return pieces;
  }

  /** The rows that share time with a window, and are of a subject; all where their columns tell neither. */
  rowsOf({ from, to }: PageSpan, subject?: Subject): Uint32Array {
    const isBucketed = this.has('bucket_start') && this.has('bucket_end');
    const [begin, end] = isBucketed ? ['bucket_start', 'bucket_end'] : ['first_seen', 'last_seen'];
    const isTimed = this.has(begin!) && this.has(end!);
    const begins = isTimed ? this.numbers(begin!) : [];
    const ends = isTimed ? this.numbers(end!) : [];
    const column = subject?.kind === 'circuit' ? 'circ_id' : 'conn_id';
    const ids = subject !== undefined && this.has(column) ? this.numbers(column) : undefined;
    const rows = new Uint32Array(this.count);
    let count = 0;
    for (let row = 0; row < this.count; row++) {
      const last = ends[row] ?? Number.POSITIVE_INFINITY;
      if ((begins[row] ?? from) > to || (isBucketed ? last <= from : last < from)) continue;
      if (ids !== undefined && ids[row] !== subject?.id) continue;
      rows[count++] = row;
    }
    return rows.slice(0, count);
  }

  #indexOf(column: string): number {
    const index = this.#columns.findIndex(({ name }) => name === column);
    if (index < 0) throw new Error(`The report ${this.report} has no column ${column}.`);
    return index;
  }

  #cells<Cell>(column: string, cellOf: (from: number, to: number) => Cell): Cell[] {
    const width = this.#columns.length + 1;
    const cells = new Array<Cell>(this.count);
    let place = width + this.#indexOf(column);
    for (let row = 0; row < this.count; row++, place += width) {
      cells[row] = cellOf(this.#places[place]!, this.#places[place + 1]! - 1);
    }
    return cells;
  }

  #cellAt(from: number, to: number): string {
    if (from >= to) return '';
    if (this.#text.charCodeAt(from) !== QUOTE) return this.#text.slice(from, to);
    return this.#text.slice(from + 1, to - 1).replaceAll('""', '"');
  }
}

function kept<Value>(values: Map<string, Value>, key: string, make: () => Value): Value {
  const known = values.get(key);
  if (known !== undefined) return known;
  const value = make();
  values.set(key, value);
  return value;
}

function picked<Cell>(cells: readonly Cell[], rows: Uint32Array): Cell[] {
  return Array.from(rows, (row) => cells[row]!);
}

function firstLine(text: string): string[] {
  const line = /^[^\r\n]*/.exec(text)![0];
  return line === '' ? [] : line.split(',');
}

/**
 * For each line, the header first, where its cells begin; the end of the last is one before the place
 * behind it. A line end inside of quotes is none.
 */
function placesOf(text: string, width: number): Uint32Array {
  let places = new Uint32Array(4096 * (width + 1));
  let count = 0;
  for (let at = 0; at < text.length; ) {
    if (count + width + 1 > places.length) {
      const more = new Uint32Array(places.length * 2);
      more.set(places);
      places = more;
    }
    const lineEnd = count + width;
    places[count++] = at;
    let isQuoted = false;
    let code = 0;
    for (; at < text.length; at++) {
      code = text.charCodeAt(at);
      if (code === QUOTE) isQuoted = !isQuoted;
      else if (isQuoted) continue;
      else if (code === COMMA && count < lineEnd) places[count++] = at + 1;
      else if (code === LF || code === CR) break;
    }
    while (count <= lineEnd) places[count++] = at + 1;
    at += code === CR && text.charCodeAt(at + 1) === LF ? 2 : 1;
  }
  return places.slice(0, Math.max(count, width + 1));
}

/** `2026-11-23T03:44:26.901Z` at a place of a text; null for nothing, and for anything else. */
function timeIn(text: string, from: number, to: number): number | null {
  if (to - from !== 24) return from >= to ? null : Date.parse(text.slice(from, to)) || null;
  const digits = (at: number, count: number) => {
    let value = 0;
    for (let place = at; place < at + count; place++) {
      value = value * 10 + text.charCodeAt(place) - 48;
    }
    return value;
  };
  const [year, month, day] = [digits(from, 4), digits(from + 5, 2), digits(from + 8, 2)];
  const [hour, minute] = [digits(from + 11, 2), digits(from + 14, 2)];
  const time = Date.UTC(year, month - 1, day, hour, minute, digits(from + 17, 2));
  return Number.isNaN(time) ? null : time + digits(from + 20, 3);
}
