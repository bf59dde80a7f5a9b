/**
 * Times, lengths, bytes and counts as people read them on the page.
 * Owns these texts and which times an axis names; cells of reports are printed by the reports.
 */
import type { PageSpan } from '../parts.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Lengths between two ticks that people count in. */
const TICK_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 6, 12].map((count) => count * HOUR),
  ...[1, 2, 3, 4, 7, 14, 28, 91, 364].map((count) => count * DAY),
];

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** The last moment a `Date` can hold, either side of the epoch (ECMA-262, 21.4.1.1). */
const MAX_TIME_MS = 8.64e15;

function isoText(ms: number): string {
  return Math.abs(ms) <= MAX_TIME_MS ? new Date(ms).toISOString() : '';
}

/** `03:44:26`, with the date `2026-11-23 03:44:26`: UTC; empty for a time that no calendar holds. */
export function timeText(ms: number, withDate = false): string {
  const text = isoText(ms);
  const second = text.slice(0, -'.000Z'.length).replace('T', ' ');
  return withDate ? second : second.slice(second.indexOf(' ') + 1);
}

const localTime = new Intl.DateTimeFormat('en-GB', {
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' },
});

/** The same moment on the clock of who looks, with its zone: `04:44:26 CET`; empty where that is UTC. */
export function localText(ms: number): string {
  const isOther = Math.abs(ms) <= MAX_TIME_MS && new Date(ms).getTimezoneOffset() !== 0;
  return isOther ? localTime.format(ms) : '';
}

/** A length in its two greatest units: `2 h 05 min`, `1 min 40 s`, `0.25 s`. */
export function lengthText(ms: number): string {
  if (ms < 0) return `−${lengthText(-ms)}`;
  if (ms < 10 * SECOND) return `${Number((ms / SECOND).toFixed(ms < SECOND ? 3 : 1))} s`;
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return `${seconds} s`;
  if (ms < HOUR) return twoUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(ms / MINUTE);
  if (minutes < 24 * 60) return twoUnits(minutes, 60, 'h', 'min');
  return twoUnits(Math.round(ms / HOUR), 24, 'd', 'h');
}

function twoUnits(count: number, inOne: number, great: string, small: string): string {
  const rest = count % inOne;
  const whole = `${countText(Math.floor(count / inOne))} ${great}`;
  return rest === 0 ? whole : `${whole} ${String(rest).padStart(2, '0')} ${small}`;
}

/** Binary units with two figures at least: `512 B`, `5.8 MiB`. */
export function bytesText(bytes: number): string {
  let unit = 0;
  let value = bytes;
  // Four digits before the point are wider than a column.
  while (Math.abs(value) >= 999.95 && unit < BYTE_UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

const wholeNumber = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** A whole number, thousands by comma: `48,985`. */
export function countText(n: number): string {
  return wholeNumber.format(n);
}

/** Round times of a window in UTC, ascending, `most` at most; days begin at midnight. */
export function timeTicks(window: PageSpan, most: number): number[] {
  const step = tickStep(window, most);
  const ticks: number[] = [];
  // A recording that begins at 00:00:00.009 begins at midnight, as far as anybody sees.
  const unseen = (window.to - window.from) / 4000;
  const first = Math.ceil((window.from - unseen) / step) * step;
  for (let at = first; at <= window.to; at += step) ticks.push(at);
  return ticks.slice(0, Math.max(1, most));
}

function tickStep({ from, to }: PageSpan, most: number): number {
  const least = (to - from) / Math.max(1, most);
  return TICK_STEPS.find((step) => step >= least) ?? Math.ceil(least / (364 * DAY)) * 364 * DAY;
}

/** A tick as short as its window allows: `07:30`, `07:30:15`, `07:30:15.2`; midnight is its day, `11-23`. */
export function tickText(ms: number, window: PageSpan): string {
  const text = isoText(ms);
  const length = window.to - window.from;
  if (ms % DAY === 0 && (length > 12 * HOUR || window.from < ms - HOUR)) {
    return text.slice('2026-'.length, '2026-11-23'.length);
  }
  if (length < 10 * SECOND) return text.slice(11, -2);
  return text.slice(11, length < 10 * MINUTE ? 19 : 16);
}
