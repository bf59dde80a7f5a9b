/**
 * A table as aligned columns, for people.
 * Owns the layout: widths, alignment and what is cut; the cells' texts are cell.ts's, what a terminal
 * has no room for screen.ts's.
 */

import { visible } from '../listing/visible.ts';
import { cellText } from './cell.ts';
import { type ScreenView, screenView } from './screen.ts';
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

/** A terminal that shows a table. */
export interface Screen {
  /** Columns of characters. */
  readonly width: number;
  /** Whether every column is shown, in the table's order. */
  readonly all?: boolean;
  /** Called before the first line with what is shown. */
  readonly shows?: (view: ScreenView) => void;
}

/** What is printed of a table. */
type View = Pick<ScreenView, 'columns' | 'texts'>;

/**
 * The table as lines: the header, then the rows; numbers to the right, everything else to the left.
 * Characters that a terminal would obey are made visible. The widths are those of the first 1,000
 * rows; a longer cell behind them pushes its own line to the right.
 * @param screen where a terminal shows it: as much as fits (`screenView`); text is cut, the longest
 *   columns first, and what is still too long loses its end; a cut shows as `…`. Without it
 *   everything is there. One code point counts as one column.
 * Throws only what the table's rows throw.
 */
export function* tableText(table: Table, screen?: Screen): Generator<string, void> {
  let sample: Row[] = [];
  let lines: Lines | undefined;
  for (const row of table.rows) {
    if (lines !== undefined) {
      yield lines.line(row);
      continue;
    }
    sample.push(row);
    if (sample.length < SAMPLE_ROWS) continue;
    lines = new Lines(table, sample, screen);
    yield* lines.begun(sample);
    sample = [];
  }
  if (lines !== undefined) return;
  yield* new Lines(table, sample, screen).begun(sample);
}

/** A table's rows as lines. */
class Lines {
  readonly #view: View;
  readonly #layout: Layout;
  readonly #header: readonly string[];

  constructor(table: Table, sample: readonly Row[], screen: Screen | undefined) {
    const limit = screen === undefined ? undefined : Math.max(screen.width, LEAST_LINE_WIDTH);
    this.#view = limit === undefined ? whole(table) : this.#seen(table, sample, limit, screen!);
    const { columns } = this.#view;
    this.#header = columns.map(({ name }) => visible(name));
    const texts = sample.map((row) => this.#view.texts(row));
    this.#layout = new Layout(columns, [this.#header, ...texts], limit);
  }

  #seen(table: Table, sample: readonly Row[], limit: number, { shows, all }: Screen): View {
    const view = screenView(table, sample, all === true ? Number.POSITIVE_INFINITY : limit);
    shows?.(view);
    return view;
  }

  *begun(sample: readonly Row[]): Generator<string, void> {
    yield this.#layout.line(this.#header);
    for (const row of sample) yield this.line(row);
  }

  line(row: Row): string {
    return this.#layout.line(this.#view.texts(row));
  }
}

function whole({ columns }: Table): View {
  return {
    columns,
    texts: (row) => columns.map(({ kind }, place) => visible(cellText(row[place], kind))),
  };
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
