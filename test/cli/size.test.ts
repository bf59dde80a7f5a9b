import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, parseSize } from '../../src/cli/size.ts';

const BYTES: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, PB: 1e15 },
};

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1 kB'],
    [1499, '1.5 kB'],
    [9994, '9.99 kB'],
    [9996, '10 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1 MB'],
    [20_480_000_000, '20.5 GB'],
    [Number.MAX_SAFE_INTEGER, '9.01 PB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });

  it('reads back to within half of its last digit', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        const [number, unit] = formatSize(bytes).split(' ') as [string, string];
        expect(Number(number)).toBeLessThan(1000);
        const read = Number(number) * BYTES[unit]!;
        expect(Math.abs(read - bytes)).toBeLessThanOrEqual(bytes * 0.00501);
      }),
    );
  });
});

describe('a size that is given', () => {
  it.each([
    ['500MB', 500_000_000],
    ['20GiB', 20 * 2 ** 30],
    ['1.5 GB', 1_500_000_000],
    ['1kb', 1000],
    ['2TiB', 2 * 2 ** 40],
  ])('%s is so many bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '500', 'MB', '1,5GB', '5 PB', '-1MB', '99999999TB', '1e3MB'])(
    '%s is none',
    (text) => {
      expect(() => parseSize(text)).toThrow('reading the size');
    },
  );
});
