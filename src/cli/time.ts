/**
 * The language of times (docs/reference.md, Times), all of them UTC.
 * Owns what a text means given the present and the recording's bounds; printing is
 * listing/instant.ts's.
 */
import { ConntapeError } from '../error.ts';
import { parseDuration } from './duration.ts';
import { quoted } from './quoted.ts';

/** What relative times count from: milliseconds since the epoch. */
export interface TimeContext {
  readonly now: number;
  /** The recording's first and last snapshot; absent without a recording, or without one in it. */
  readonly first?: number | undefined;
  readonly last?: number | undefined;
}

const DAY_MS = 86_400_000;

/** 0000-01-01 and the end of 9999-12-31: what ISO 8601 writes with four digits of year. */
const EARLIEST = -62_167_219_200_000;
const LATEST = 253_402_300_799_999;

const CLOCK = String.raw`([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?`;
const ZONE = String.raw`Z|([+-])([01]\d|2[0-3])(?::?([0-5]\d))?`;
const CLOCK_ALONE = new RegExp(`^${CLOCK}(?:${ZONE})?$`, 'i');
const CALENDAR = new RegExp(String.raw`^(\d{4}-\d\d-\d\d)(?:[T ]${CLOCK}(?:${ZONE})?)?$`, 'i');

/**
 * Nine digits (since March 1973) to eleven (until the year 5138): shorter would be a year or a date
 * without hyphens, longer are milliseconds, and neither may pass for another time by accident.
 */
const EPOCH_SECONDS = /^(\d{9,11})(?:\.(\d+))?$/;

const MILLISECONDS_OR_DATE = /^\d+$/;

/**
 * A moment in one of these forms:
 * - ISO 8601: `2026-11-23T03:44:26.901Z`, with or without seconds or fraction, a space for the T,
 *   an offset such as `+02:00`, or no zone, which is UTC; a date alone is its 00:00;
 * - a time alone, `03:44`, `3:44` or `03:44:26`, with a zone or none: on the day, of UTC, of the
 *   recording's last snapshot;
 * - epoch seconds, 9 to 11 digits, with or without a fraction;
 * - `now`; `today` and `yesterday`, their 00:00; a duration before now, `10m ago`;
 * - a duration after the recording's first snapshot, `+1h`, or before its last, `-1h`.
 *
 * Digits finer than a millisecond are cut off.
 * @returns milliseconds since the epoch, an integer between the years 0000 and 9999.
 * Throws `usage` for any other text, for a date that no calendar has, and for a form that needs
 * what the context lacks.
 */
export function parseTime(text: string, context: TimeContext): number {
  const time =
    namedTime(text, context.now) ??
    relativeTime(text, context) ??
    clockAlone(text, context.last) ??
    calendarTime(text) ??
    epochTime(text);
  if (time === undefined) throw faulty(text, causeOf(text));
  if (time < EARLIEST || time > LATEST) throw faulty(text, 'it is beyond the calendar');
  return time;
}

function namedTime(text: string, now: number): number | undefined {
  switch (text) {
    case 'now':
      return now;
    case 'today':
      return dayOf(now);
    case 'yesterday':
      return dayOf(now) - DAY_MS;
    default:
      return undefined;
  }
}

function relativeTime(text: string, { now, first, last }: TimeContext): number | undefined {
  if (text.endsWith(' ago')) return now - parseDuration(text.slice(0, -' ago'.length));
  if (text.startsWith('+')) return known(first, text) + parseDuration(text.slice(1));
  if (text.startsWith('-')) return known(last, text) - parseDuration(text.slice(1));
  return undefined;
}

function clockAlone(text: string, last: number | undefined): number | undefined {
  const match = CLOCK_ALONE.exec(text);
  if (match === null) return undefined;
  return dayOf(known(last, text)) + clockOf(match.slice(1, 5)) - offsetOf(match.slice(5));
}

function calendarTime(text: string): number | undefined {
  const match = CALENDAR.exec(text);
  if (match === null) return undefined;
  const [, date, hour, minute, second, fraction, ...zone] = match;
  const day = Date.parse(`${date}T00:00:00Z`);
  // Date.parse lets some impossible days run over into the next month.
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date!)) {
    throw faulty(text, `there is no ${date}`);
  }
  return day + clockOf([hour, minute, second, fraction]) - offsetOf(zone);
}

/** How far a zone is ahead of UTC: its sign, hours and minutes; 0 for none. */
function offsetOf([sign, hour, minute]: readonly (string | undefined)[]): number {
  const offset = clockOf([hour, minute]);
  return sign === '-' ? -offset : offset;
}

function epochTime(text: string): number | undefined {
  const match = EPOCH_SECONDS.exec(text);
  return match === null ? undefined : Number(match[1]) * 1000 + millisecondsOf(match[2]);
}

/** Milliseconds since midnight of hours, minutes, seconds and the digits of a fraction. */
function clockOf(fields: readonly (string | undefined)[]): number {
  const [hour = 0, minute = 0, second = 0] = fields.map((field) => Number(field ?? 0));
  return ((hour * 60 + minute) * 60 + second) * 1000 + millisecondsOf(fields[3]);
}

function millisecondsOf(fraction: string | undefined): number {
  return Number((fraction ?? '').padEnd(3, '0').slice(0, 3));
}

function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

function known(bound: number | undefined, text: string): number {
  if (bound !== undefined) return bound;
  throw faulty(text, 'it counts from a recording, and none is named');
}

/** A time, and behind it a word such as CET. */
const NAMED_ZONE = /\d:\d\d(?::\d\d)? ?[A-Z]{2,5}$/i;

function causeOf(text: string): string {
  if (MILLISECONDS_OR_DATE.test(text)) {
    return `epoch seconds have 9 to 11 digits, this has ${text.length}`;
  }
  if (NAMED_ZONE.test(text)) return 'a zone is Z or an offset such as +01:00';
  return 'it is not a time';
}

function faulty(text: string, cause: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'reading the time',
    object: quoted(text),
    cause,
    hint: 'write it as 2026-11-23T03:44:26Z, 2026-11-23, 03:44, 1795405466, now, today, yesterday, "10m ago", +1h (after the start) or -1h (before the end)',
  });
}
