/**
 * The language of sizes (contract, section 1): `500MB`, `20GiB`.
 * Owns reading and writing them; which sizes an option takes is its command's.
 */
import { ConntapeError } from '../error.ts';
import { quoted } from './quoted.ts';

const DECIMAL_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes of each unit, by its name in lower case: nobody means bits or distinguishes `Mb` here. */
const UNITS = new Map<string, number>([['', 1]]);
DECIMAL_UNITS.forEach((unit, power) => {
  UNITS.set(unit.toLowerCase(), 1000 ** power);
  if (power > 0) UNITS.set(`${unit[0]!.toLowerCase()}ib`, 1024 ** power);
});

/**
 * A whole number with or without a unit: B, kB, MB, GB, TB, PB are powers of 1000; KiB, MiB, GiB,
 * TiB, PiB powers of 1024; upper and lower case alike, no space.
 * @returns bytes, an integer from 0 to 2^53 − 1.
 * Throws `usage` for any other text, the empty one too.
 */
export function parseSize(text: string): number {
  const fault = (cause: string) =>
    new ConntapeError('usage', {
      operation: 'reading the size',
      object: quoted(text),
      cause,
      hint: 'write it as 500MB (decimal), 20GiB (binary) or 1024 (bytes)',
    });
  const match = /^(\d+)([A-Za-z]*)$/.exec(text);
  if (match === null) throw fault('it is no whole number with a unit');
  const unit = UNITS.get(match[2]!.toLowerCase());
  if (unit === undefined) throw fault(`${quoted(match[2]!)} is no unit of size`);
  const bytes = Number(match[1]) * unit;
  if (bytes > Number.MAX_SAFE_INTEGER) throw fault('it is too large');
  return bytes;
}

/**
 * A size for people, three significant digits and a decimal unit: `0 B`, `1.5 kB`, `20.5 GB`.
 * @param bytes 0 or more.
 */
export function formatSize(bytes: number): string {
  let value = bytes;
  let power = 0;
  // 999.5 would round to four digits.
  while (value >= (power === 0 ? 1000 : 999.5) && power < DECIMAL_UNITS.length - 1) {
    value /= 1000;
    power++;
  }
  const places = power === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${Number(value.toFixed(places))} ${DECIMAL_UNITS[power]!}`;
}
