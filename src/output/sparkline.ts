/**
 * A row of numbers as a line of text.
 * Owns the signs; what the numbers are is the caller's.
 */

/** Block Elements (Unicode, 2581 to 2588), the lowest first. */
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** What is not known is no bar at all. */
const UNKNOWN = ' ';

/**
 * A sign a number: 0 is the lowest bar, the greatest of them the highest, any other above 0 at least
 * one higher than the lowest. What is not known is a space; no numbers are an empty text. Numbers
 * below 0 are as 0.
 */
export function sparkline(values: readonly (number | null)[]): string {
  const most = values.reduce<number>((max, value) => Math.max(max, value ?? 0), 0);
  return values.map((value) => barOf(value, most)).join('');
}

function barOf(value: number | null, most: number): string {
  if (value === null || Number.isNaN(value)) return UNKNOWN;
  if (value <= 0 || most === 0) return BARS[0]!;
  return BARS[Math.max(1, Math.round((value / most) * (BARS.length - 1)))]!;
}
