/**
 * The language of durations (docs/reference.md, Durations): `500ms`, `10s`, `3d2h`.
 * Owns reading and writing them; which durations an option takes is its command's.
 */
import { ConntapeError } from '../error.ts';
import { quoted } from './quoted.ts';

/** Longest first. Written without weeks: days read better beside a calendar. */
const UNITS = [
  ['w', 604_800_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const DURATION = /^(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Whole numbers with the units w, d, h, m, s, ms, the larger first, each at most once, no spaces:
 * `500ms`, `1h30m`, `2w`.
 * @returns milliseconds, an integer from 0 to 2^53 − 1.
 * Throws `usage` for any other text, the empty one too.
 */
export function parseDuration(text: string): number {
  const fault = (cause: string) =>
    new ConntapeError('usage', {
      operation: 'reading the duration',
      object: quoted(text),
      cause,
      hint: 'write it as 500ms, 10s, 1h30m or 3d2h',
    });
  const match = DURATION.exec(text);
  if (/^\d+$/.test(text)) throw fault('it has no unit');
  if (match === null || text === '') {
    throw fault('it is not a list of numbers with units, the larger units first');
  }
  let milliseconds = 0;
  UNITS.forEach(([, length], index) => {
    milliseconds += Number(match[index + 1] ?? 0) * length;
  });
  if (milliseconds > Number.MAX_SAFE_INTEGER) throw fault('it is too long');
  return milliseconds;
}

/**
 * A duration of at least `least` milliseconds, for an option of that name.
 * Throws `usage` for a shorter one, and as `parseDuration` does.
 */
export function parseDurationFrom(least: number, option: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds >= least) return milliseconds;
  throw new ConntapeError('usage', {
    operation: `reading ${option}`,
    cause: `${formatDuration(milliseconds)} is too short`,
    hint: `it is at least ${formatDuration(least)}`,
  });
}

/**
 * The shortest text that `parseDuration` reads as this many milliseconds: `1h30m`, `0s`.
 * @param milliseconds an integer from 0 to 2^53 − 1.
 */
export function formatDuration(milliseconds: number): string {
  let text = '';
  let rest = milliseconds;
  for (const [unit, length] of UNITS.slice(1)) {
    const count = Math.floor(rest / length);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * length;
  }
  return text === '' ? '0s' : text;
}

/** To the nearest second, as a person reads it: `1h30m`, `0s`. */
export function formatSeconds(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000);
}
