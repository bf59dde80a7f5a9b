/**
 * A moment as text, in UTC.
 * Owns the two ways in which moments are printed; reading them is cli/time.ts's.
 */

/** The last moment a `Date` can hold, either side of the epoch (ECMA-262, 21.4.1.1). */
const MAX_TIME_MS = 8.64e15;

/**
 * The texts of seconds that were asked for last, each at its place: tables are full of the times of
 * the same few snapshots, and of others near them.
 */
const KEPT = 4096;
const keptSeconds = new Float64Array(KEPT).fill(Number.NaN);
const keptTexts: string[] = new Array(KEPT).fill('');

const MILLISECONDS = Array.from(
  { length: 1000 },
  (_, value) => `.${String(value).padStart(3, '0')}Z`,
);

/**
 * ISO 8601 with milliseconds: `2026-11-23T03:44:26.901Z`.
 * @param at milliseconds since the epoch; a fraction is cut off. A moment that no calendar holds
 *   (not finite, or beyond ±8.64e15) gives an empty text.
 */
export function isoTime(at: number): string {
  if (!(Math.abs(at) <= MAX_TIME_MS)) return '';
  const second = Math.floor(at / 1000);
  return secondText(second) + MILLISECONDS[Math.floor(at - second * 1000)]!;
}

/** The form that spreadsheets take for a moment: `2026-11-23 03:44:26`, as `isoTime` otherwise. */
export function spreadsheetTime(at: number): string {
  if (!(Math.abs(at) <= MAX_TIME_MS)) return '';
  return secondText(Math.floor(at / 1000)).replace('T', ' ');
}

/** `2026-11-23T03:44:26`. */
function secondText(second: number): string {
  const place = Math.abs(second) % KEPT;
  if (keptSeconds[place] !== second) {
    keptSeconds[place] = second;
    keptTexts[place] = new Date(second * 1000).toISOString().slice(0, -'.000Z'.length);
  }
  return keptTexts[place]!;
}
