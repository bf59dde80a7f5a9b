/**
 * The listing at a moment as a table that can be sorted and narrowed down.
 * Owns its elements, which are few however long the listing is.
 */
import type { MomentPart } from '../parts.ts';
import { cellButton, make } from './elements.ts';
import { bytesText, countText, lengthText } from './format.ts';
import {
  type Change,
  chosenRows,
  type MomentFilter,
  type MomentOrder,
  type MomentRow,
  momentRows,
  USAGES,
} from './momentRows.ts';
import type { Subject } from './view.ts';

const MAX_ROWS = 200;

const SIGNS: Readonly<Record<Change, string>> = { opened: '+', moved: '~', closed: '−', '': '' };

interface Column {
  readonly name: keyof MomentRow;
  readonly heading: string;
  readonly isNumber: boolean;
  text(row: MomentRow): string;
}

const number = (value: number | null) => (value === null ? '' : String(value));

const COLUMNS: readonly Column[] = [
  { name: 'change', heading: 'since', isNumber: false, text: ({ change }) => SIGNS[change] },
  { name: 'connId', heading: 'CONN_ID', isNumber: true, text: ({ connId }) => String(connId) },
  { name: 'circId', heading: 'CIRC_ID', isNumber: true, text: ({ circId }) => String(circId) },
  { name: 'flags', heading: 'flags', isNumber: false, text: ({ flags }) => flags },
  { name: 'orId', heading: 'OR_ID', isNumber: false, text: ({ orId }) => orId },
  { name: 'ip', heading: 'IP', isNumber: false, text: ({ ip }) => ip },
  { name: 'port', heading: 'port', isNumber: true, text: ({ port }) => number(port) },
  { name: 'lPort', heading: 'L_PORT', isNumber: true, text: ({ lPort }) => number(lPort) },
  { name: 'read', heading: 'read', isNumber: true, text: ({ read }) => sizeText(read) },
  { name: 'written', heading: 'written', isNumber: true, text: ({ written }) => sizeText(written) },
  {
    name: 'uptime',
    heading: 'open for',
    isNumber: true,
    text: ({ uptime }) => (uptime === null ? '' : lengthText(uptime * 1000)),
  },
];

function sizeText(bytes: number | null): string {
  return bytes === null ? '' : bytesText(bytes);
}

export interface MomentTable {
  readonly root: HTMLElement;
  show(part: MomentPart): void;
}

/** @param chosen told of the subject whose row was pressed. */
export function momentTable(chosen: (subject: Subject) => void): MomentTable {
  let rows: readonly MomentRow[] = [];
  let part: MomentPart | undefined;
  let order: MomentOrder = { column: 'change', isDescending: true };
  const { root: filters, filter } = filterFields(() => fill());
  const headings = COLUMNS.map((column) => {
    const heading = make('th', { scope: 'col', class: column.isNumber ? 'number' : null });
    const sort = cellButton(column.heading, `Sort by ${column.heading}`, () => {
      const isSame = order.column === column.name;
      order = { column: column.name, isDescending: isSame ? !order.isDescending : column.isNumber };
      fill();
    });
    heading.append(sort);
    return heading;
  });
  const body = make('tbody');
  const table = make('table', {}, make('thead', {}, make('tr', {}, ...headings)), body);
  const more = make('p', { class: 'more', role: 'status' });
  const root = make(
    'div',
    {},
    filters,
    make(
      'div',
      { class: 'wide long', tabindex: '0', role: 'region', 'aria-label': 'The listing' },
      table,
    ),
    more,
  );

  const fill = () => {
    if (part === undefined) return;
    COLUMNS.forEach(({ name }, index) => {
      const direction = order.isDescending ? 'descending' : 'ascending';
      headings[index]!.setAttribute('aria-sort', name === order.column ? direction : 'none');
    });
    const chosenOnes = chosenRows(rows, filter(), order);
    body.replaceChildren(...chosenOnes.slice(0, MAX_ROWS).map((row) => rowElement(row, chosen)));
    const [left, missing] = [chosenOnes.length - MAX_ROWS, part.total - part.connId.length];
    more.textContent = [
      `${countText(chosenOnes.length)} of ${countText(rows.length)} lines.`,
      left > 0 ? `${countText(left)} more are not shown; narrow it down.` : '',
      missing > 0 ? `${countText(missing)} more were left out; conntape replay has them.` : '',
    ].join(' ');
  };

  return {
    root,
    show(next) {
      if (next === part) return;
      part = next;
      rows = momentRows(next);
      fill();
    },
  };
}

function filterFields(changed: () => void): { root: HTMLElement; filter(): MomentFilter } {
  const text = make('input', {
    type: 'search',
    placeholder: 'any column',
    'aria-label': 'Text in any column',
  });
  const direction = choice('Direction', [
    ['', 'in and out'],
    ['I', 'inbound'],
    ['O', 'outbound'],
  ]);
  const usage = choice('Usage', [['', 'any usage'], ...Object.entries(USAGES), ['?', 'unknown']]);
  const only = make('input', { type: 'checkbox' });
  const root = make(
    'div',
    { class: 'filters', role: 'search' },
    ...[text, direction, usage],
    make('label', {}, only, ' only what changed'),
  );
  root.addEventListener('input', changed);
  return {
    root,
    filter: () => ({
      text: text.value.trim(),
      direction: direction.value,
      usage: usage.value,
      isChangedOnly: only.checked,
    }),
  };
}

function choice(label: string, options: readonly (readonly [string, string])[]): HTMLSelectElement {
  return make(
    'select',
    { 'aria-label': label },
    ...options.map(([value, text]) => make('option', { value }, text)),
  );
}

function rowElement(row: MomentRow, chosen: (subject: Subject) => void): HTMLElement {
  const cells = COLUMNS.map((column) => {
    const cell = make('td', { class: column.isNumber ? 'number' : null });
    const { name } = column;
    const text = column.text(row);
    if (name === 'connId')
      cell.append(storyLink(text, { kind: 'connection', id: row.connId }, chosen));
    else if (name === 'circId' && row.circId !== 0) {
      cell.append(storyLink(text, { kind: 'circuit', id: row.circId }, chosen));
    } else cell.textContent = text;
    if (name === 'change' && row.change !== '') cell.setAttribute('aria-label', row.change);
    return cell;
  });
  return make('tr', { class: row.change === '' ? null : row.change }, ...cells);
}

function storyLink(
  text: string,
  subject: Subject,
  chosen: (subject: Subject) => void,
): HTMLElement {
  return cellButton(text, `The story of ${subject.kind} ${subject.id}`, () => chosen(subject));
}
