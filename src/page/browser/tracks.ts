/**
 * The overview's tracks: connections open, opened and closed, bytes read and written.
 * Owns how they are drawn and what they say of a time; where they stand is overview.ts's.
 */
import type { Head, PageSpan, PollsPart } from '../parts.ts';
import { gutterText, PLOT_FONT, type Plot, xOf } from './canvas.ts';
import { bytesText, countText, lengthText } from './format.ts';
import type { Palette } from './view.ts';

const OPEN_HEIGHT = 46;
const MIRRORED_HEIGHT = 52;
const TRACK_GAP = 8;

/** Of all tracks, with the gaps between them. */
export const TRACKS_HEIGHT = OPEN_HEIGHT + 2 * MIRRORED_HEIGHT + 4 * TRACK_GAP;

type Amounts = readonly (number | null)[];

/** What goes up and what down from the middle of a track. */
interface Mirrored {
  readonly up: Amounts;
  readonly down: Amounts;
  readonly colours: { readonly up: string; readonly down: string };
  readonly name: string;
  /** What its height goes with. */
  scaled(amount: number): number;
  text(amount: number): string;
}

/** @param top where the first begins. */
export function drawTracks(
  plot: Plot,
  top: number,
  polls: PollsPart,
  head: Head,
  palette: Palette,
): void {
  const openTop = top + TRACK_GAP;
  drawOpen(plot, openTop, polls, head.window, palette);
  labelRestarts(plot, openTop, head, palette);
  const each = stretchText(polls, head.intervalMs);
  const changesTop = openTop + OPEN_HEIGHT + TRACK_GAP;
  const changes: Mirrored = {
    ...{ up: polls.opened, down: polls.closed, name: 'opened ▲ closed ▼' },
    colours: { up: palette.opened, down: palette.closed },
    // One restart closes hundreds at once, and would leave nothing to be seen of all others.
    scaled: Math.sqrt,
    text: (amount) => `to ${countText(amount)} ${each}, by square roots`,
  };
  drawMirrored(plot, changesTop, polls, changes, head.window, palette);
  const bytes: Mirrored = {
    ...{ up: polls.read, down: polls.written, name: 'read ▲ written ▼' },
    colours: { up: palette.in, down: palette.out },
    scaled: (amount) => amount,
    text: (amount) => `to ${bytesText(amount)} ${each}`,
  };
  const bytesTop = changesTop + MIRRORED_HEIGHT + TRACK_GAP;
  drawMirrored(plot, bytesTop, polls, bytes, head.window, palette);
}

/** `a poll`, or how long a bar stands for. */
function stretchText({ since, at }: PollsPart, intervalMs: number): string {
  const lengths = at.map((end, index) => end - since[index]!).sort((a, b) => a - b);
  const usual = lengths[lengths.length >> 1] ?? 0;
  return usual < 1.5 * intervalMs ? 'a poll' : `in ${lengthText(usual)}`;
}

function label(plot: Plot, middle: number, name: string, scale: string, palette: Palette): void {
  gutterText(plot, name, middle - 7, palette.ink);
  gutterText(plot, scale, middle + 7, palette.muted);
}

/** A band from the least to the most, not below what the window has: its changes are to be seen. */
function drawOpen(
  plot: Plot,
  top: number,
  polls: PollsPart,
  window: PageSpan,
  palette: Palette,
): void {
  const { context } = plot;
  const { since, at, openLeast, openMost } = polls;
  let [least, most] = [Number.POSITIVE_INFINITY, 0];
  for (const value of openLeast) least = Math.min(least, value);
  for (const value of openMost) most = Math.max(most, value);
  const range = Math.max(1, most - least);
  const yOf = (value: number) =>
    top + OPEN_HEIGHT - 2 - ((value - least) / range) * (OPEN_HEIGHT - 6);
  context.fillStyle = palette.ink;
  let ended = Number.NaN;
  let y = Number.NaN;
  at.forEach((end, index) => {
    const [x, right] = [xOf(since[index]!, window, plot), xOf(end, window, plot)];
    const [high, low] = [yOf(openMost[index]!), yOf(openLeast[index]!)];
    const begin = Math.min(x, right - 1);
    context.fillRect(begin, high - 0.6, Math.max(1, right - begin), low - high + 1.2);
    const isNext = since[index] === ended;
    if (isNext)
      context.fillRect(x - 0.6, Math.min(y, high), 1.2, Math.max(y, low) - Math.min(y, high));
    [ended, y] = [end, (high + low) / 2];
  });
  const scale = at.length === 0 ? 'not known' : `${countText(least)} to ${countText(most)}`;
  label(plot, top + OPEN_HEIGHT / 2, 'connections open', scale, palette);
}

function labelRestarts(plot: Plot, top: number, head: Head, palette: Palette): void {
  const { context, right } = plot;
  context.font = PLOT_FONT;
  let free = Number.NEGATIVE_INFINITY;
  for (const { at } of head.restarts) {
    const text = 'Tor began anew';
    const width = context.measureText(text).width;
    const x = xOf(at, head.window, plot);
    if (x < free) continue;
    const isRoom = x + width + 6 < right;
    context.textAlign = isRoom ? 'left' : 'right';
    context.textBaseline = 'top';
    context.fillStyle = palette.ink;
    context.fillText(text, isRoom ? x + 4 : x - 4, top);
    free = x + width + 10;
  }
}

function drawMirrored(
  plot: Plot,
  top: number,
  { since, at }: PollsPart,
  { up, down, colours, name, scaled, text }: Mirrored,
  window: PageSpan,
  palette: Palette,
): void {
  const { context } = plot;
  const middle = top + MIRRORED_HEIGHT / 2;
  let most = 0;
  for (const amount of [...up, ...down]) most = Math.max(most, amount ?? 0);
  const scale = (MIRRORED_HEIGHT / 2 - 1) / Math.max(1, scaled(most));
  const snapped = (x: number) => Math.round(x * plot.scale) / plot.scale;
  // The least that there is can be seen; what is not known, and nothing, not.
  const heightOf = (amount: number | null | undefined) =>
    amount == null || amount === 0 ? 0 : Math.max(0.75, scaled(amount) * scale);
  at.forEach((end, index) => {
    // On whole pixels of the screen, or bars of a week make stripes that are not there.
    const x = snapped(xOf(since[index]!, window, plot));
    const right = snapped(xOf(end, window, plot));
    // A gap between bars where there is room for one.
    const width = Math.max(1, right - x - (right - x > 3 ? 1 : 0));
    context.fillStyle = colours.up;
    const high = heightOf(up[index]);
    context.fillRect(x, middle - high, width, high);
    context.fillStyle = colours.down;
    context.fillRect(x, middle, width, heightOf(down[index]));
  });
  label(plot, middle, name, text(most), palette);
}

/** What the polls about a time came to, a line each. */
export function pollLines(polls: PollsPart, time: number): string[] {
  const index = polls.at.findIndex((end, one) => polls.since[one]! <= time && time <= end);
  if (index < 0) return ['nothing was recorded'];
  const [least, most] = [polls.openLeast[index]!, polls.openMost[index]!];
  const open = least === most ? countText(most) : `${countText(least)} to ${countText(most)}`;
  const known = (value: number | null | undefined, text: (value: number) => string) =>
    value == null ? 'not known' : text(value);
  return [
    `${open} connections open`,
    `${known(polls.opened[index], countText)} opened, ${known(polls.closed[index], countText)} closed`,
    `${known(polls.read[index], bytesText)} read, ${known(polls.written[index], bytesText)} written`,
  ];
}
