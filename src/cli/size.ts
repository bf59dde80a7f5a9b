/**
 * Sizes for people.
 * Owns writing them.
 */

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
