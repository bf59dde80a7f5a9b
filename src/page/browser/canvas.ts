/**
 * A canvas over time: its size, its axis, what is blind, and the mouse on it.
 * Owns pixels and gestures; what is drawn on it is each view's.
 */
import type { Head, PageSpan } from '../parts.ts';
import { tickText, timeTicks } from './format.ts';
import { hideReadout, showReadout } from './readout.ts';
import type { Palette, Stage } from './view.ts';

/** CSS pixels; the edges are of the area that data are drawn in. */
export interface Plot {
  readonly canvas: HTMLCanvasElement;
  /** Scaled, so that it takes CSS pixels. */
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  /** Pixels of the screen in one of CSS. */
  readonly scale: number;
}

/** Widths beside the data: for labels, and so that the last tick has room. */
export const LEFT_GUTTER = 150;
export const RIGHT_GUTTER = 12;
const AXIS_HEIGHT = 20;
const TOP_GUTTER = 4;

export const PLOT_FONT = '11px system-ui, sans-serif';

/** A tick for so many pixels at most. */
const TICK_WIDTH = 90;

/**
 * The canvas of an element, as wide as it and cleared: made once, then resized.
 * @param label what it shows, for those who do not see it.
 * @param gutters widths beside the data, those above where left out; `axis` is the height below them.
 */
export function plotIn(
  host: HTMLElement,
  height: number,
  label: string,
  gutters: { readonly left?: number; readonly right?: number; readonly axis?: number } = {},
): Plot {
  const canvas = host.querySelector('canvas') ?? newCanvas(host);
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(1, host.clientWidth);
  canvas.setAttribute('aria-label', label);
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d')!;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.font = PLOT_FONT;
  const left = gutters.left ?? LEFT_GUTTER;
  return {
    ...{ canvas, context, width, height, scale, left },
    right: Math.max(left + 1, width - (gutters.right ?? RIGHT_GUTTER)),
    top: TOP_GUTTER,
    bottom: height - (gutters.axis ?? AXIS_HEIGHT),
  };
}

function newCanvas(host: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('role', 'img');
  canvas.style.display = 'block';
  canvas.style.touchAction = 'pan-y';
  host.style.position = 'relative';
  host.append(canvas);
  return canvas;
}

/** Where a time is; outside of the plot for one outside of the window. */
export function xOf(time: number, window: PageSpan, plot: Plot): number {
  const share = (time - window.from) / Math.max(1, window.to - window.from);
  return plot.left + share * (plot.right - plot.left);
}

/** The time at a place, whole milliseconds; within the window. */
export function timeAt(x: number, window: PageSpan, plot: Plot): number {
  const share = (x - plot.left) / (plot.right - plot.left);
  const time = window.from + Math.min(1, Math.max(0, share)) * (window.to - window.from);
  return Math.round(time);
}

/** Lines through the plot at round times, and below it which they are. */
export function drawTimeAxis(plot: Plot, window: PageSpan, palette: Palette): void {
  const { context, left, right, top, bottom } = plot;
  const most = Math.max(2, Math.floor((right - left) / TICK_WIDTH));
  context.textBaseline = 'top';
  context.textAlign = 'center';
  for (const tick of timeTicks(window, most)) {
    const x = Math.round(xOf(tick, window, plot)) + 0.5;
    if (x < left || x > right + 1) continue;
    context.fillStyle = palette.grid;
    context.fillRect(x - 0.5, top, 1, bottom - top);
    context.fillStyle = palette.muted;
    const text = tickText(tick, window);
    const half = context.measureText(text).width / 2;
    context.fillText(text, Math.max(half, Math.min(x, plot.width - half)), bottom + 5);
  }
}

/** Marks a stretch in which nothing was recorded, at least two pixels wide. */
export function hatch(
  plot: Plot,
  from: number,
  to: number,
  window: PageSpan,
  palette: Palette,
): void {
  if (to < window.from || from > window.to) return;
  const { context, top, bottom } = plot;
  const begin = Math.max(plot.left, xOf(from, window, plot));
  const end = Math.min(plot.right, Math.max(begin + 2, xOf(to, window, plot)));
  context.save();
  context.beginPath();
  context.rect(begin, top, end - begin, bottom - top);
  context.clip();
  context.fillStyle = palette.paper;
  context.fillRect(begin, top, end - begin, bottom - top);
  context.strokeStyle = palette.muted;
  context.lineWidth = 1;
  context.globalAlpha = 0.6;
  context.beginPath();
  const height = bottom - top;
  for (let x = Math.floor((begin - height) / 7) * 7; x < end; x += 7) {
    context.moveTo(x, bottom);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

/** The axis, blind times and restarts: what lies below the data of every view. */
export function drawGround(plot: Plot, stage: Stage): void {
  drawTimeAxis(plot, stage.window, stage.palette);
  markTimes(plot, stage.source.head, stage.window, stage.palette);
}

/** Blind times hatched, restarts as dashed lines with a mark on top: over data that fill the plot. */
export function markTimes(plot: Plot, head: Head, window: PageSpan, palette: Palette): void {
  for (const gap of head.gaps) hatch(plot, gap.from, gap.to, window, palette);
  const { context, top, bottom } = plot;
  context.save();
  context.strokeStyle = palette.ink;
  context.fillStyle = palette.ink;
  for (const { at } of head.restarts) {
    if (at < window.from || at > window.to) continue;
    const x = Math.round(xOf(at, window, plot)) + 0.5;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(x, top);
    context.lineTo(x, bottom);
    context.stroke();
    context.beginPath();
    context.moveTo(x, top + 6);
    context.lineTo(x - 5, top - 2);
    context.lineTo(x + 5, top - 2);
    context.fill();
  }
  context.restore();
}

/** A line at the moment that is looked at, where it is in the window. */
export function drawMoment(plot: Plot, stage: Stage): void {
  const { moment, window, palette } = stage;
  if (moment === null || moment < window.from || moment > window.to) return;
  plot.context.fillStyle = palette.ink;
  plot.context.fillRect(xOf(moment, window, plot) - 0.75, plot.top, 1.5, plot.bottom - plot.top);
}

/** Text that ends at the left edge of the data. */
export function gutterText(plot: Plot, text: string, y: number, color: string): void {
  const { context, left } = plot;
  context.fillStyle = color;
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  context.fillText(text, left - 6, y, left - 8);
}

/** What the mouse does on a plot. */
export interface Gestures {
  /** A stretch was drawn with the button down. */
  brush?(from: number, to: number): void;
  click?(time: number, y: number): void;
  /** The lines of the readout at a place; null for none. */
  hover?(time: number, y: number): readonly string[] | null;
  /** The wheel at a time: from now on so many times as much; whether there was anything to zoom. */
  zoom?(time: number, factor: number): boolean;
}

interface Attached {
  plot: Plot;
  window: PageSpan;
  gestures: Gestures;
}

const attached = new WeakMap<HTMLCanvasElement, Attached>();

/** So far the pointer may stray in a click, CSS pixels. */
const CLICK_PIXELS = 4;

/** @param window what the plot's width stands for. Called with each drawing: what was set before is forgotten. */
export function onPlot(plot: Plot, window: PageSpan, gestures: Gestures): void {
  const { canvas } = plot;
  const known = attached.get(canvas);
  canvas.style.cursor = gestures.brush === undefined ? 'default' : 'crosshair';
  if (known !== undefined) Object.assign(known, { plot, window, gestures });
  else {
    const state: Attached = { plot, window, gestures };
    attached.set(canvas, state);
    listen(canvas, state);
  }
}

/** Brushing and zooming as all views of a stage have it: within what the page shows. */
export function stageGestures(stage: Stage): Pick<Gestures, 'brush' | 'zoom'> {
  return {
    brush: (from, to) => stage.setWindow({ from, to }),
    zoom: (time, factor) => {
      const zoomed = zoomedWindow(stage.window, stage.source.head.window, time, factor);
      if (zoomed === null) return false;
      stage.setWindow(zoomed);
      return true;
    },
  };
}

/** A window `factor` times as long, in which `time` stays where it is; null where it would be the same. */
export function zoomedWindow(
  window: PageSpan,
  bounds: PageSpan,
  time: number,
  factor: number,
): PageSpan | null {
  const length = Math.max(LEAST_WINDOW_MS, (window.to - window.from) * factor);
  const share = (time - window.from) / Math.max(1, window.to - window.from);
  const from = Math.round(Math.max(bounds.from, time - share * length));
  const to = Math.round(Math.min(bounds.to, time + (1 - share) * length));
  return from === window.from && to === window.to ? null : { from, to };
}

const LEAST_WINDOW_MS = 1000;

function listen(canvas: HTMLCanvasElement, state: Attached): void {
  let pressedAt: number | null = null;
  let movedHere = false;
  const band = document.createElement('div');
  band.className = 'brush';
  band.hidden = true;
  canvas.after(band);
  const placeOf = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const inside = ({ x, y }: { x: number; y: number }) => {
    const { left, right, top, bottom } = state.plot;
    return x >= left && x <= right && y >= top && y <= bottom;
  };
  const at = (x: number) => timeAt(x, state.window, state.plot);

  canvas.addEventListener('pointerdown', (event) => {
    const place = placeOf(event);
    if (event.button !== 0 || !inside(place)) return;
    pressedAt = place.x;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    const place = placeOf(event);
    movedHere ||= event.movementX !== 0 || event.movementY !== 0;
    if (pressedAt !== null && state.gestures.brush !== undefined) {
      band.hidden = Math.abs(place.x - pressedAt) <= CLICK_PIXELS;
      const { left, right, top, bottom } = state.plot;
      const x = Math.min(right, Math.max(left, place.x));
      band.style.left = `${Math.min(x, pressedAt)}px`;
      band.style.width = `${Math.abs(x - pressedAt)}px`;
      band.style.top = `${top}px`;
      band.style.height = `${bottom - top}px`;
    }
    const lines = inside(place) ? state.gestures.hover?.(at(place.x), place.y) : null;
    if (lines === null || lines === undefined) hideReadout();
    else showReadout(lines, event.clientX, event.clientY);
  });
  canvas.addEventListener('pointerup', (event) => {
    if (pressedAt === null) return;
    const { x, y } = placeOf(event);
    const [begin, end] = [at(Math.min(x, pressedAt)), at(Math.max(x, pressedAt))];
    const isClick = Math.abs(x - pressedAt) <= CLICK_PIXELS;
    pressedAt = null;
    band.hidden = true;
    if (isClick) state.gestures.click?.(at(x), y);
    else if (end > begin) state.gestures.brush?.(begin, end);
  });
  canvas.addEventListener('pointercancel', () => {
    pressedAt = null;
    band.hidden = true;
  });
  canvas.addEventListener('pointerleave', hideReadout);
  // Whoever scrolls past a plot wants to go on; whoever moved onto it wants to zoom.
  window.addEventListener('scroll', () => {
    movedHere = false;
  });
  canvas.addEventListener(
    'wheel',
    (event) => {
      const place = placeOf(event);
      if (event.deltaY === 0 || !inside(place) || !(movedHere || event.ctrlKey)) return;
      const factor = event.deltaY > 0 ? 1.25 : 0.8;
      if (state.gestures.zoom?.(at(place.x), factor) === true) event.preventDefault();
    },
    { passive: false },
  );
}
