/**
 * Sizes for people.
 * Owns reading and writing them.
 */
import { ConntapeError } from '../error.ts';
import { quoted } from './quoted.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/**
 * A size for people, three significant digits and a decimal unit: `0 B`, `1.5 kB`, `20.5 GB`.
 * @param bytes 0 or more.
 */
export function formatSize(bytes: number): string {
  let value = bytes;
  let power = 0;
  // 999.5 would round to four digits.
  while (value >= (power === 0 ? 1000 : 999.5) && power < UNITS.length - 1) {
    value /= 1000;
    power++;
  }
  const places = power === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${Number(value.toFixed(places))} ${UNITS[power]!}`;
}

const SIZE = /^(\d+(?:\.\d+)?) ?([KMGT])(i?)B$/i;

const POWERS = 'KMGT';

/**
 * A number with a unit, decimal or binary, in either case: `500MB`, `20GiB`, `1.5 GB`.
 * @returns bytes, an integer from 0 to 2^53 − 1. Throws `usage` for any other text.
 */
export function parseSize(text: string): number {
  const [, number, unit, binary] = SIZE.exec(text) ?? [];
  const power = POWERS.indexOf(unit?.toUpperCase() ?? '-') + 1;
  const bytes = Math.floor(
    Number(number) * (binary === 'i' || binary === 'I' ? 1024 : 1000) ** power,
  );
  if (Number.isSafeInteger(bytes) && power > 0) return bytes;
  throw new ConntapeError('usage', {
    operation: 'reading the size',
    object: quoted(text),
    cause: number === undefined ? 'it is not a number with a unit' : 'it is too large',
    hint: 'write it as 500MB or 20GiB',
  });
}
