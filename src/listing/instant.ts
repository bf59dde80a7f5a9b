/**
 * A moment as text, in UTC.
 * Owns the two ways in which moments are printed; reading them is cli/time.ts's.
 */

const DAY_MS = 86_400_000;

/** The last moment a `Date` can hold, either side of the epoch (ECMA-262, 21.4.1.1). */
const MAX_TIME_MS = 8.64e15;

// Reports are in time order, so most of a million moments fall on the day of the one before:
// formatting the date only when the day changes makes a large CSV three times as fast.
let lastDay = Number.NaN;
let lastDate = '';

const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'));

/**
 * ISO 8601 with milliseconds: `2026-11-23T03:44:26.901Z`.
 * @param at milliseconds since the epoch; a fraction is cut off. A moment that no calendar holds
 *   (not finite, or beyond ±8.64e15) gives an empty text.
 */
export function isoTime(at: number): string {
  if (!(Math.abs(at) <= MAX_TIME_MS)) return '';
  const whole = Math.floor(at);
  const milliseconds = whole - Math.floor(whole / 1000) * 1000;
  return `${dateOf(whole)}T${clockOf(whole)}.${String(milliseconds).padStart(3, '0')}Z`;
}

/** The form that spreadsheets take for a moment: `2026-11-23 03:44:26`, as `isoTime` otherwise. */
export function spreadsheetTime(at: number): string {
  if (!(Math.abs(at) <= MAX_TIME_MS)) return '';
  return `${dateOf(at)} ${clockOf(at)}`;
}

function dateOf(at: number): string {
  const day = Math.floor(at / DAY_MS);
  if (day !== lastDay) {
    const text = new Date(day * DAY_MS).toISOString();
    lastDate = text.slice(0, text.indexOf('T'));
    lastDay = day;
  }
  return lastDate;
}

function clockOf(at: number): string {
  const seconds = Math.floor((at - Math.floor(at / DAY_MS) * DAY_MS) / 1000);
  const hour = TWO_DIGITS[Math.floor(seconds / 3600)]!;
  const minute = TWO_DIGITS[Math.floor(seconds / 60) % 60]!;
  return `${hour}:${minute}:${TWO_DIGITS[seconds % 60]!}`;
}
