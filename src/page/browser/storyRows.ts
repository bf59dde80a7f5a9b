/**
 * Rows of a report as a table in a story.
 * Owns how its cells are told; which rows there are is story.ts's.
 */
import { cellButton, make } from './elements.ts';
import { bytesText, countText, timeText } from './format.ts';
import type { ReportRows, Subject } from './view.ts';

const MAX_ROWS = 200;

const DAY_MS = 86_400_000;

/** As much of a fingerprint as people tell relays apart by. */
const SHOWN_OF_ID = 12;

const TIMES = new Set(['at', 'opened_at', 'last_seen', 'closed_by']);
const BYTES = new Set(['read_bytes', 'written_bytes', 'read_delta', 'written_delta']);

export interface StoryTable {
  readonly columns: readonly string[];
  /** Whose story it is: others lead to theirs. */
  readonly subject: Subject;
  /** A time of the day that needs no date. */
  readonly day: number;
  again(other: Subject): void;
}

export function storyRows(rows: ReportRows, table: StoryTable): HTMLElement {
  const cells = table.columns.map((column) => ({ column, text: rows.text(column) }));
  const shown = Math.min(rows.count, MAX_ROWS);
  const lines = Array.from({ length: shown }, (_, row) =>
    make('tr', {}, ...cells.map(({ column, text }) => cellElement(column, text[row]!, table))),
  );
  const headings = table.columns.map((column) =>
    make('th', { scope: 'col', class: BYTES.has(column) ? 'number' : null }, column),
  );
  const head = make('thead', {}, make('tr', {}, ...headings));
  const left = rows.count - shown;
  const more = left > 0 ? make('p', { class: 'more' }, `and ${countText(left)} more rows.`) : null;
  return make('div', { class: 'wide' }, make('table', {}, head, make('tbody', {}, ...lines)), more);
}

function cellElement(
  column: string,
  text: string,
  { subject, day, again }: StoryTable,
): HTMLElement {
  const kind = column === 'circ_id' ? 'circuit' : column === 'conn_id' ? 'connection' : null;
  const isOwn = kind === subject.kind && text === String(subject.id);
  if (kind !== null && text !== '' && text !== '0' && !isOwn) {
    const other: Subject = { kind, id: Number(text) };
    const says = `The story of ${kind} ${text}`;
    return make(
      'td',
      {},
      cellButton(text, says, () => again(other)),
    );
  }
  if (text === '') return make('td');
  if (TIMES.has(column)) {
    const at = Date.parse(text);
    const isOtherDay = Math.floor(at / DAY_MS) !== Math.floor(day / DAY_MS);
    return make('td', { title: text }, timeText(at, isOtherDay));
  }
  if (column === 'or_id' && text.length > SHOWN_OF_ID) {
    return make('td', { title: text }, `${text.slice(0, SHOWN_OF_ID)}…`);
  }
  if (!BYTES.has(column)) return make('td', {}, text);
  return make('td', { class: 'number', title: text }, bytesText(Number(text)));
}
