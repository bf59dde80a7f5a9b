/**
 * The list of the most lopsided lanes beside the picture of all.
 * Owns the table; which they are is lopsided.ts's.
 */
import type { LanesPart } from '../parts.ts';
import { make } from './elements.ts';
import { bytesText, timeText } from './format.ts';
import { type LopsidedLane, wayOf } from './lopsided.ts';
import type { Stage } from './view.ts';

/** So many are listed at most. */
export const LISTED_MOST = 20;

export interface LopsidedList {
  readonly root: HTMLElement;
  /** The first of them in words. */
  readonly says: string;
  show(
    stage: Stage,
    part: LanesPart,
    found: readonly LopsidedLane[],
    how: {
      /** The bytes are of all that the file holds, not of the window. */
      readonly isOfFile: boolean;
      /** Shows one in the picture; null for none. */
      mark(lane: number | null): void;
    },
  ): void;
}

export function lopsidedList(): LopsidedList {
  const root = make('div', { class: 'lopsided' });
  let says = '';
  return {
    root,
    get says() {
      return says;
    },
    show(stage, part, found, { isOfFile, mark }) {
      const { subject } = part;
      if (found.length === 0) {
        says = '';
        const why = `No ${subject} whose bytes are known moved more one way than the other.`;
        const isAny = part.total > 0;
        root.replaceChildren(...(isAny ? [make('p', { class: 'empty' }, why)] : []));
        return;
      }
      const isAbout = found.some(({ bytes }) => bytes === null);
      const title =
        found.length < LISTED_MOST && part.exact
          ? `What is lopsided: ${found.length === 1 ? 'one' : found.length}, the others are about even`
          : `The ${found.length === 1 ? '' : `${found.length} `}most lopsided`;
      const caption = isAbout
        ? `${title} of this window, about`
        : `${title}${isOfFile ? ', bytes of all that the file holds' : ''}`;
      const most = Math.max(...found.map(greatestOf));
      const rows = found.map((one) => rowOfLane(stage, part, one, most, mark));
      const names = [subject, 'way', isAbout ? 'more' : 'in', ...(isAbout ? [] : ['out']), ''];
      const heads = names.map((name) => make('th', { scope: 'col' }, name));
      root.replaceChildren(
        make(
          'table',
          {},
          make('caption', {}, caption),
          make('thead', {}, make('tr', {}, ...heads)),
          make('tbody', {}, ...rows),
        ),
      );
      const some = found.slice(0, 3).map((one) => wordsOfLane(part, one));
      says = `${caption}: ${some.join('; ')}${found.length > 3 ? '; the others in the table' : ''}.`;
    },
  };
}

function greatestOf({ net, bytes }: LopsidedLane): number {
  return bytes === null ? Math.abs(net) : Math.max(bytes.read, bytes.written);
}

function rowOfLane(
  stage: Stage,
  part: LanesPart,
  one: LopsidedLane,
  most: number,
  mark: (lane: number | null) => void,
): HTMLElement {
  const { lanes, subject } = part;
  const { lane, net, bytes } = one;
  const id = lanes.id[lane]!;
  const says = `${subject} ${id}, opened ${timeText(lanes.openedAt[lane]!)}: what it did`;
  const link = make('button', { type: 'button', class: 'link', title: says }, String(id));
  link.addEventListener('focus', () => mark(lane));
  link.addEventListener('blur', () => mark(null));
  const cells =
    bytes === null
      ? [`${bytesText(Math.abs(net))} ${net > 0 ? 'out' : 'in'}`]
      : [bytesText(bytes.read), bytesText(bytes.written)];
  const row = make(
    'tr',
    {},
    make('td', {}, link),
    make('td', { class: 'way' }, wayOf(lanes, lane, subject)),
    ...cells.map((cell) => make('td', { class: 'number' }, cell)),
    make('td', { class: 'sides' }, sidesOf(one, most)),
  );
  row.addEventListener('click', () => stage.showStory({ kind: subject, id }));
  row.addEventListener('pointerenter', () => mark(lane));
  row.addEventListener('pointerleave', () => mark(null));
  return row;
}

/** Two bars from one middle: to the left what came in, to the right what went out. */
function sidesOf({ net, bytes }: LopsidedLane, most: number): HTMLElement {
  const [came, went] =
    bytes === null ? [Math.max(0, -net), Math.max(0, net)] : [bytes.read, bytes.written];
  const bar = (name: string, value: number) => {
    const element = make('span', { class: name });
    element.style.width = `${(50 * value) / Math.max(1, most)}%`;
    return element;
  };
  return make('div', { 'aria-hidden': 'true' }, bar('in', came), bar('out', went));
}

function wordsOfLane({ lanes, subject }: LanesPart, { lane, net, bytes }: LopsidedLane): string {
  const moved =
    bytes === null
      ? `about ${bytesText(Math.abs(net))} more ${net > 0 ? 'out' : 'in'}`
      : `${bytesText(bytes.read)} in, ${bytesText(bytes.written)} out`;
  return `${subject} ${lanes.id[lane]!}, ${wayOf(lanes, lane, subject)}, ${moved}`;
}
