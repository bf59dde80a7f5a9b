/**
 * One ranking of peers: a row each, its openings over the window beside it.
 * Owns its order, its rows and its raster; what is ranked is the part's.
 */
import type { PageSpan, Ranking } from '../parts.ts';
import { drawGround, drawMoment, onPlot, type Plot, plotIn, stageGestures, xOf } from './canvas.ts';
import { make } from './elements.ts';
import { bytesText, countText, timeText } from './format.ts';
import { LastMade } from './lastMade.ts';
import { hideReadout, showReadout, showReadoutAt } from './readout.ts';
import type { Stage } from './view.ts';

export interface RankingTable {
  readonly root: HTMLElement;
  /** Draws it, and says the first of it in words. */
  draw(ranking: Ranking, stage: Stage): string;
}

export interface RankingWords {
  readonly title: string;
  /** Where nobody is ranked. */
  readonly none: string;
  /** What the row of peer 0 is. */
  readonly withheld: string;
  /** Whether openings have a score of how regular they are. */
  readonly isRegular: boolean;
}

const SHOWN = 20;
const ROW_HEIGHT = 20;
const AXIS_HEIGHT = 20;

/** What peers are ordered by. */
const ORDERS = {
  bytes: (ranking: Ranking, place: number) => bytesOf(ranking, place),
  connections: ({ connections }: Ranking, place: number) => connections[place]!,
  regularity: ({ regularity }: Ranking, place: number) => regularity[place] ?? -1,
};
type Order = keyof typeof ORDERS;

const WITHHELD = '0';
const FINGERPRINT_LENGTH = 40;

export function rankingTable(words: RankingWords): RankingTable {
  const { title, none, isRegular } = words;
  let order: Order = 'bytes';
  let chosen: string | null = null;
  const filled = new LastMade<void>();
  let last: { readonly ranking: Ranking; readonly stage: Stage } | undefined;
  const names: Order[] = isRegular
    ? ['bytes', 'connections', 'regularity']
    : ['bytes', 'connections'];
  const buttons = names.map((name) => {
    const element = make('button', { type: 'button' }, name);
    element.addEventListener('click', () => {
      order = name;
      redraw();
    });
    return element;
  });
  const total = make('span', { class: 'muted' });
  const orders = make(
    'span',
    { class: 'orders', role: 'group', 'aria-label': 'Order' },
    'by ',
    ...buttons,
  );
  const table = make('table', {});
  const host = make('div', { class: 'plot' });
  const both = make('div', { class: 'ranking-rows' }, table, host);
  const empty = make('p', { class: 'empty', hidden: true }, none);
  const head = make('p', { class: 'ranking-title' }, make('b', {}, title), ' ', total, ' ', orders);
  const root = make('div', { class: 'ranking' }, head, empty, both);

  return {
    root,
    draw(ranking, stage) {
      last = { ranking, stage };
      return redraw();
    },
  };

  function redraw(): string {
    if (last === undefined) return '';
    const { ranking, stage } = last;
    empty.hidden = ranking.peer.length > 0;
    both.hidden = ranking.peer.length === 0;
    orders.hidden = both.hidden;
    if (both.hidden) {
      total.textContent = '';
      return none;
    }
    for (const [nth, element] of buttons.entries()) {
      element.setAttribute('aria-pressed', String(names[nth] === order));
    }
    const places = [...ranking.peer.keys()]
      .sort((a, b) => ORDERS[order](ranking, b) - ORDERS[order](ranking, a))
      .slice(0, SHOWN);
    total.textContent = `${countText(places.length)} of ${countText(ranking.total)}`;
    filled.get([ranking, order, chosen], () => fill(ranking, places));
    drawCombs(ranking, places, stage);
    const first = places.slice(0, 3).map((place) => sayOf(ranking, place, words));
    return `${title}, ${total.textContent} by ${order}. ${first.join('. ')}.`;
  }

  function fill(ranking: Ranking, places: readonly number[]): void {
    const focused = [...table.querySelectorAll('button')].findIndex((one) => one.matches(':focus'));
    const most = Math.max(1, ...places.map((place) => bytesOf(ranking, place)));
    const heads = [
      'peer',
      'conn.',
      'at once',
      'bytes',
      'in, out',
      ...(isRegular ? ['regular'] : []),
    ];
    const rows = places.map((place) => rowOf(ranking, place, most));
    table.replaceChildren(
      make('thead', {}, make('tr', {}, ...heads.map((name) => make('th', { scope: 'col' }, name)))),
      make('tbody', {}, ...rows),
    );
    table.querySelectorAll('button')[focused]?.focus();
  }

  function rowOf(ranking: Ranking, place: number, most: number): HTMLElement {
    const peer = ranking.peer[place]!;
    const link = make(
      'button',
      { type: 'button', class: 'link', 'aria-pressed': String(peer === chosen) },
      nameOf(ranking, place, words),
    );
    const bar = make('div', { class: 'bar', 'aria-hidden': 'true' });
    for (const side of ['in', 'out'] as const) {
      const part = make('span', { class: side });
      const bytes = (side === 'in' ? ranking.read : ranking.written)[place] ?? 0;
      part.style.width = `${(100 * bytes) / most}%`;
      bar.append(part);
    }
    const isKnown = ranking.read[place] !== null || ranking.written[place] !== null;
    const cells = [
      countText(ranking.connections[place]!),
      unknownOr(ranking.mostAtOnce[place]!, countText),
      isKnown ? bytesText(bytesOf(ranking, place)) : '–',
    ];
    const score = unknownOr(ranking.regularity[place]!, (one) => one.toFixed(2));
    const row = make(
      'tr',
      { class: peer === chosen ? 'chosen' : null },
      make('td', { class: peer === WITHHELD ? 'peer withheld' : 'peer' }, link),
      ...cells.map((cell) => make('td', { class: 'number' }, cell)),
      make('td', { class: 'bytes' }, bar),
      isRegular ? make('td', { class: 'number' }, score) : null,
    );
    const says = sayOf(ranking, place, words).split('; ');
    row.addEventListener('click', () => {
      chosen = peer === chosen ? null : peer;
      redraw();
    });
    row.addEventListener('pointermove', ({ clientX, clientY }) =>
      showReadout(says, clientX, clientY),
    );
    row.addEventListener('pointerleave', hideReadout);
    link.addEventListener('focus', () => showReadoutAt(says, link));
    link.addEventListener('blur', hideReadout);
    return row;
  }

  function drawCombs(ranking: Ranking, places: readonly number[], stage: Stage): void {
    const rowHeight = heightOfRow(table);
    const height = rowHeight * places.length + AXIS_HEIGHT + 4;
    const plot = plotIn(host, height, `Openings of each row of: ${title}`, { left: 4, right: 12 });
    drawGround(plot, stage);
    const { window, palette } = stage;
    for (const [row, place] of places.entries()) {
      const peer = ranking.peer[place]!;
      if (peer === chosen) {
        plot.context.fillStyle = palette.quiet;
        plot.context.fillRect(
          plot.left,
          plot.top + row * rowHeight,
          plot.right - plot.left,
          rowHeight,
        );
      }
      const color = chosen === null || peer === chosen ? palette.ink : palette.muted;
      const from = plot.top + row * rowHeight + 3;
      drawComb(plot, ranking.openings[place]!, { from, height: rowHeight - 6, color }, window);
    }
    drawMoment(plot, stage);
    onPlot(plot, window, {
      ...stageGestures(stage),
      click: (time, y) => {
        const place = places[Math.floor((y - plot.top) / rowHeight)];
        if (place !== undefined) chosen = ranking.peer[place]!;
        stage.setMoment(time);
        redraw();
      },
      hover: (time, y) => {
        const place = places[Math.floor((y - plot.top) / rowHeight)];
        if (place === undefined) return null;
        return [nameOf(ranking, place, words), openingText(ranking.openings[place]!, time)];
      },
    });
  }
}

/** Fonts make rows higher than they are asked to be, and a comb's stand beside them. */
function heightOfRow(table: HTMLTableElement): number {
  const rows = table.tBodies[0]?.rows ?? [];
  const [first, last] = [rows[0], rows[rows.length - 1]];
  if (first === undefined || last === undefined) return ROW_HEIGHT;
  const length = last.getBoundingClientRect().bottom - first.getBoundingClientRect().top;
  return length > 0 ? length / rows.length : ROW_HEIGHT;
}

function drawComb(
  plot: Plot,
  openings: readonly number[],
  row: { readonly from: number; readonly height: number; readonly color: string },
  window: PageSpan,
) {
  const { context, scale } = plot;
  context.fillStyle = row.color;
  let before = Number.NaN;
  for (const opening of openings) {
    if (opening < window.from || opening > window.to) continue;
    const x = Math.round(xOf(opening, window, plot) * scale) / scale;
    if (x === before) continue;
    context.fillRect(x, row.from, Math.max(1, 1 / scale), row.height);
    before = x;
  }
}

function openingText(openings: readonly number[], time: number): string {
  const near = nearest(openings, time);
  if (near === null) return 'no opening is known';
  return `opened ${timeText(near)}`;
}

function nearest(openings: readonly number[], time: number): number | null {
  let best: number | null = null;
  for (const opening of openings) {
    if (best === null || Math.abs(opening - time) < Math.abs(best - time)) best = opening;
  }
  return best;
}

function bytesOf({ read, written }: Ranking, place: number): number {
  return (read[place] ?? 0) + (written[place] ?? 0);
}

function unknownOr<Value>(value: Value | null, text: (value: Value) => string): string {
  return value === null ? '–' : text(value);
}

function nameOf({ peer, orId }: Ranking, place: number, { withheld }: RankingWords): string {
  const one = peer[place]!;
  if (one === WITHHELD || one === '') return withheld;
  const isRelay = one === orId[place] && one.length === FINGERPRINT_LENGTH;
  return isRelay ? `$${one.slice(0, 16)}…` : one;
}

function sayOf(ranking: Ranking, place: number, words: RankingWords): string {
  const { connections, mostAtOnce, read, written, regularity, orId } = ranking;
  const relay = orId[place]!;
  return [
    nameOf(ranking, place, words),
    ...(relay === '' || relay === WITHHELD ? [] : [`relay $${relay}`]),
    `${countText(connections[place]!)} ${connections[place] === 1 ? 'connection' : 'connections'}, at most ${unknownOr(mostAtOnce[place]!, countText)} at once`,
    `${unknownOr(read[place]!, bytesText)} in, ${unknownOr(written[place]!, bytesText)} out`,
    ...(regularity[place] === null
      ? []
      : [`regularity of openings ${regularity[place]!.toFixed(2)}`]),
  ].join('; ');
}
