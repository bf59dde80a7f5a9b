/**
 * What of a table a terminal shows: as many columns as fit, those first that say most, and cells as
 * short as they may be.
 * Owns that choice and the short texts; how lines are laid out is aligned.ts's. Whoever wants every
 * digit asks for CSV.
 */
import { visible } from '../listing/visible.ts';
import { cellText } from './cell.ts';
import type { Cell, Column, ColumnKind, Row, Table } from './table.ts';

/** Columns of characters that a text gets at least, where it has more: an IPv4 address. */
const LEAST_TEXT_WIDTH = 15;

/** What a number is rounded to, where it is no integer. */
const SIGNIFICANT_DIGITS = 3;

const DAY_LENGTH = 'YYYY-MM-DD'.length;
const SECOND_LENGTH = 'YYYY-MM-DDTHH:MM:SS'.length;

/** What is shown of a table, and what is not. */
export interface ScreenView {
  /** In the order in which they are shown; one at least. */
  readonly columns: readonly Column[];
  /** Names of those that are not shown, in the table's order. */
  readonly hidden: readonly string[];
  /** `YYYY-MM-DD`, UTC, where times are shown without their date because it is the same for all. */
  readonly day: string | undefined;
  /** The texts of a row, a column shown each. Characters that a terminal would obey are visible. */
  texts(row: Row): string[];
}

/**
 * What fits into `width` columns of a terminal, by its first rows: the columns that lead (`leading`),
 * but those for which there is no room, and then, if all of them have, the others likewise. Times lose their date where
 * it is the same in all of these rows, and milliseconds but where most follow one another within a
 * second; a time behind these rows that is of another day has its date.
 */
export function screenView(table: Table, sample: readonly Row[], width: number): ScreenView {
  const day = dayOf(table.columns, sample);
  const brief = table.columns.map(({ kind }, place) => {
    if (kind !== 'time') return (cell: Cell | undefined) => briefText(cell, kind);
    const length = hasMilliseconds(sample, place) ? undefined : SECOND_LENGTH;
    return (cell: Cell | undefined) => briefTime(cellText(cell, kind), day, length);
  });
  const textOf = (row: Row, place: number) => visible(brief[place]!(row[place]));
  const shown: number[] = [];
  let used = 0;
  const { first, rest } = inOrder(table);
  for (const place of [...first, ...rest]) {
    if (place === rest[0] && shown.length < first.length) break;
    const { name, kind } = table.columns[place]!;
    const widest = sample.reduce((most, row) => Math.max(most, textOf(row, place).length), 0);
    const least = Math.max(
      name.length,
      kind === 'text' ? Math.min(widest, LEAST_TEXT_WIDTH) : widest,
    );
    const needed = least + (shown.length > 0 ? 2 : 0);
    if (shown.length > 0 && used + needed > width) continue;
    shown.push(place);
    used += needed;
  }
  return {
    columns: shown.map((place) => table.columns[place]!),
    hidden: table.columns.filter((_, place) => !shown.includes(place)).map(({ name }) => name),
    day,
    texts: (row) => shown.map((place) => textOf(row, place)),
  };
}

/** Places of the columns: those that lead, and the others. */
function inOrder({ columns, leading = [] }: Table): { first: number[]; rest: number[] } {
  const first = leading.map((name) => columns.findIndex((column) => column.name === name));
  const rest = [...columns.keys()].filter((place) => !first.includes(place));
  return { first, rest };
}

/** The day of all times, where it is one. */
function dayOf(columns: readonly Column[], sample: readonly Row[]): string | undefined {
  const days = new Set<string>();
  for (const [place, { kind }] of columns.entries()) {
    if (kind !== 'time') continue;
    for (const row of sample) {
      const text = cellText(row[place], kind);
      if (text !== '') days.add(text.slice(0, DAY_LENGTH));
      if (days.size > 1) return undefined;
    }
  }
  return days.values().next().value;
}

/** Whether neighbours that differ are mostly within a second of one another. */
function hasMilliseconds(sample: readonly Row[], place: number): boolean {
  let apart = 0;
  let close = 0;
  let before = '';
  for (const row of sample) {
    const text = cellText(row[place], 'time');
    if (text === '' || text === before) continue;
    if (text.slice(0, SECOND_LENGTH) === before.slice(0, SECOND_LENGTH)) close++;
    else if (before !== '') apart++;
    before = text;
  }
  return close > apart;
}

function briefTime(text: string, day: string | undefined, length: number | undefined): string {
  if (text === '') return text;
  const clock = length === undefined ? text : `${text.slice(0, length)}Z`;
  return day !== undefined && text.startsWith(day) ? clock.slice(DAY_LENGTH + 1, -1) : clock;
}

/** Integers, texts and booleans whole; other numbers with as many digits as say something. */
function briefText(cell: Cell | undefined, kind: ColumnKind): string {
  const isRounded = (kind === 'decimal' || kind === 'seconds') && typeof cell === 'number';
  if (!isRounded || Number.isInteger(cell)) return cellText(cell, kind);
  const whole = Math.trunc(Math.abs(cell)).toString().length;
  const digits = Math.max(whole, SIGNIFICANT_DIGITS);
  return cellText(Number(cell.toPrecision(Math.min(digits, 21))), 'decimal');
}
