/**
 * A table as aligned columns, for people.
 * Owns the layout: widths, alignment and what is cut; the cells' texts are cell.ts's.
 */

import { visible } from '../listing/visible.ts';
import { cellText } from './cell.ts';
import type { Column, Row, Table } from './table.ts';

/** Rows that are looked at for the widths before the first is printed; bounds the memory. */
const SAMPLE_ROWS = 1000;

/** A text column narrower than this says nothing any more. */
const LEAST_TEXT_WIDTH = 8;

/** A terminal narrower than this, or one that claims no width, is left to wrap the lines. */
const LEAST_LINE_WIDTH = 20;

const SPACE_BETWEEN = '  ';
const CUT = '…';

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The table as lines: the header, then the rows; numbers to the right, everything else to the left.
 * Characters that a terminal would obey are made visible. The widths are those of the first 1,000
 * rows; a longer cell behind them pushes its own line to the right.
 * @param width the terminal's columns: text is cut to fit, the longest columns first, and what is
 *   still too long loses its end; a cut shows as `…`. Without it nothing is cut. One code point
 *   counts as one column.
 * Throws only what the table's rows throw.
 */
export function* tableText(table: Table, width?: number): Generator<string, void> {
  const { columns } = table;
  const names = columns.map((column) => visible(column.name));
  const limit = width === undefined ? undefined : Math.max(width, LEAST_LINE_WIDTH);
  let sample: string[][] = [names];
  let layout: Layout | undefined;
  for (const row of table.rows) {
    const texts = textsOf(row, columns);
    if (layout !== undefined) {
      yield layout.line(texts);
      continue;
    }
    sample.push(texts);
    if (sample.length > SAMPLE_ROWS) {
      layout = new Layout(columns, sample, limit);
      for (const held of sample) yield layout.line(held);
      sample = [];
    }
  }
  if (layout !== undefined) return;
  layout = new Layout(columns, sample, limit);
  for (const held of sample) yield layout.line(held);
}

function textsOf(row: Row, columns: readonly Column[]): string[] {
  return columns.map(({ kind }, index) => visible(cellText(row[index], kind)));
}

class Layout {
  readonly #isNumber: readonly boolean[];
  readonly #isText: readonly boolean[];
  readonly #widths: number[];
  readonly #limit: number | undefined;

  constructor(
    columns: readonly Column[],
    sample: readonly (readonly string[])[],
    limit: number | undefined,
  ) {
    this.#isNumber = columns.map(({ kind }) => ['integer', 'decimal', 'seconds'].includes(kind));
    this.#isText = columns.map(({ kind }) => kind === 'text');
    this.#widths = columns.map((_, index) =>
      sample.reduce((widest, texts) => Math.max(widest, lengthOf(texts[index]!)), 0),
    );
    this.#limit = limit;
    if (limit !== undefined) this.#fit(limit);
  }

  /** Narrows the widest text column, again and again, until a line fits or none may give more. */
  #fit(limit: number): void {
    const widths = this.#widths;
    const spaces = SPACE_BETWEEN.length * (widths.length - 1);
    let excess = widths.reduce((sum, width) => sum + width, spaces) - limit;
    for (; excess > 0; excess--) {
      let widest = -1;
      for (let index = 0; index < widths.length; index++) {
        if (!this.#isText[index] || widths[index]! <= LEAST_TEXT_WIDTH) continue;
        if (widest < 0 || widths[index]! > widths[widest]!) widest = index;
      }
      if (widest < 0) return;
      widths[widest]!--;
    }
  }

  line(texts: readonly string[]): string {
    const cells = texts.map((text, index) => this.#cell(text, index));
    const line = cells.join(SPACE_BETWEEN).trimEnd();
    return `${this.#limit === undefined ? line : cutTo(line, this.#limit)}\n`;
  }

  #cell(text: string, index: number): string {
    const width = this.#widths[index]!;
    const shown = this.#limit !== undefined && this.#isText[index] ? cutTo(text, width) : text;
    const padding = ' '.repeat(Math.max(0, width - lengthOf(shown)));
    return this.#isNumber[index] ? padding + shown : shown + padding;
  }
}

/** Code points of a text; most texts are plain and need no counting. */
function lengthOf(text: string): number {
  return PLAIN.test(text) ? text.length : Array.from(text).length;
}

function cutTo(text: string, width: number): string {
  if (lengthOf(text) <= width) return text;
  return `${Array.from(text)
    .slice(0, width - 1)
    .join('')
    .trimEnd()}${CUT}`;
}
