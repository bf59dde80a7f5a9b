/**
 * How busy the relay was: what was counted of it, a small plot a quantity.
 * Owns the view; which quantities there are says the part.
 */
import type { DrawnSeries, Head, PageSpan } from '../parts.ts';
import { drawGround, drawMoment, onPlot, type Plot, plotIn, stageGestures, xOf } from './canvas.ts';
import { csvLink } from './csvLink.ts';
import { make } from './elements.ts';
import { bytesText, countText, timeText } from './format.ts';
import { sectionOf } from './section.ts';
import type { Stage, View } from './view.ts';

const HEIGHT = 84;

/** A limit that is so many times what was reached is said, and not drawn: the line would lie flat. */
const FAR = 8;

interface Small {
  readonly root: HTMLElement;
  readonly host: HTMLElement;
  readonly says: HTMLElement;
}

export function loadView(): View {
  const section = sectionOf(
    'Load of the relay',
    'What Tor, and the system it runs on, counted. Dashed: a limit.',
  );
  const link = csvLink(['load']);
  section.heading.append(link.root);
  const plots = make('div', { class: 'small-plots' });
  const unseen = make('ul', { class: 'unseen' });
  section.body.append(plots, unseen);
  const smalls = new Map<string, Small>();

  return {
    root: section.root,
    async draw(stage, signal) {
      link.update(stage);
      const part = await stage.source.part('load', stage.window, 400, signal);
      if (signal.aborted) return;
      section.note(part.note);
      const shown = part.series.map((series) => ({ series, small: smallOf(series.name) }));
      plots.replaceChildren(...shown.map(({ small }) => small.root));
      const says = shown.map(({ series, small }) => drawSeries(series, small, stage));
      unseen.replaceChildren(...part.unseen.map((why) => make('li', {}, why)));
      const words = [...says, ...part.unseen];
      section.describe(
        words.length === 0 ? 'Nothing was counted in this window.' : words.join(' '),
      );
    },
  };

  function smallOf(name: string): Small {
    const known = smalls.get(name);
    if (known !== undefined) return known;
    const [host, says] = [make('div', { class: 'plot' }), make('span', { class: 'number' })];
    const title = make('p', { class: 'small-title' }, make('b', {}, name), ' ', says);
    const small = { root: make('div', { class: 'small-plot' }, title, host), host, says };
    smalls.set(name, small);
    return small;
  }
}

/** Draws it, and says it in words. */
function drawSeries(series: DrawnSeries, { host, says }: Small, stage: Stage): string {
  const { window, palette, source } = stage;
  const { name, limit } = series;
  const steps = stepsOf(series, window, source.head);
  const values = steps.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const text = (value: number) => valueText(value, series.unit);
  const number = (value: number) => valueText(value, series.unit === 'bytes' ? 'bytes' : '');
  const plot = plotIn(host, HEIGHT, `${name} over time`, { left: 8, right: 8 });
  drawGround(plot, stage);
  says.textContent =
    values.length === 0
      ? 'not known in this window'
      : least === most
        ? text(most)
        : `${number(least)} to ${text(most)}`;
  const far = limit !== null && limit > FAR * Math.max(1, most);
  if (limit !== null)
    says.textContent += far ? `; limit ${text(limit)}, far off` : `; limit ${text(limit)}`;
  if (values.length > 0) {
    const top = Math.max(1e-9, most, limit === null || far ? 0 : limit) * 1.06;
    const yOf = (value: number) => plot.bottom - (value / top) * (plot.bottom - plot.top);
    drawSteps(plot, steps, window, yOf, palette.ink);
    if (limit !== null && !far) drawLimit(plot, yOf(limit), palette.critical);
  }
  drawMoment(plot, stage);
  onPlot(plot, window, {
    ...stageGestures(stage),
    click: (time) => stage.setMoment(time),
    hover: (time) => {
      const step = steps.findLast(({ from, to }) => from <= time && time <= to);
      return [name, `${timeText(time)}: ${step === undefined ? 'not known' : text(step.value)}`];
    },
  });
  return `${name}: ${says.textContent}.`;
}

function valueText(value: number, unit: string): string {
  if (unit === 'bytes') return bytesText(value);
  const isWhole = Number.isInteger(value) || value >= 1000;
  const number = isWhole ? countText(value) : String(Number(value.toPrecision(4)));
  return unit === '' ? number : `${number} ${unit}`;
}

interface Held extends PageSpan {
  readonly value: number;
}

/** What held from when to when, in the window; nothing holds through a blind time. */
function stepsOf({ at, value }: DrawnSeries, window: PageSpan, { gaps, extent }: Head): Held[] {
  const steps: Held[] = [];
  for (let place = 0; place < at.length; place++) {
    const one = value[place]!;
    const from = Math.max(window.from, at[place]!);
    const next = at[place + 1] ?? Math.min(window.to, extent.to);
    if (one === null) continue;
    let begin = from;
    for (const gap of gaps) {
      if (gap.to <= begin || gap.from >= next) continue;
      if (gap.from >= begin)
        steps.push({ from: begin, to: Math.min(window.to, gap.from), value: one });
      begin = gap.to;
    }
    const to = Math.min(window.to, next);
    if (to >= begin) steps.push({ from: begin, to, value: one });
  }
  return steps;
}

function drawSteps(
  plot: Plot,
  steps: readonly Held[],
  window: PageSpan,
  yOf: (value: number) => number,
  color: string,
): void {
  const { context, bottom } = plot;
  context.save();
  context.fillStyle = color;
  context.globalAlpha = 0.12;
  context.beginPath();
  for (const { from, to, value } of steps) {
    const [begin, end] = [xOf(from, window, plot), xOf(to, window, plot)];
    context.rect(begin, yOf(value), Math.max(0.5, end - begin), bottom - yOf(value));
  }
  context.fill();
  context.globalAlpha = 1;
  context.strokeStyle = color;
  context.lineWidth = 1.25;
  context.beginPath();
  let before: Held | undefined;
  for (const step of steps) {
    const [begin, end] = [xOf(step.from, window, plot), xOf(step.to, window, plot)];
    if (before === undefined || before.to < step.from) context.moveTo(begin, yOf(step.value));
    else context.lineTo(begin, yOf(step.value));
    context.lineTo(end, yOf(step.value));
    before = step;
  }
  context.stroke();
  context.restore();
}

function drawLimit({ context, left, right }: Plot, y: number, color: string): void {
  context.save();
  context.strokeStyle = color;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(left, y);
  context.lineTo(right, y);
  context.stroke();
  context.restore();
}
