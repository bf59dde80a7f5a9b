import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatSize, parseSize } from '../../src/commands/size.ts';
import { ConntapeError } from '../../src/error.ts';

describe('parseSize', () => {
  it.each([
    ['1024', 1024],
    ['0', 0],
    ['5B', 5],
    ['500MB', 500_000_000],
    ['20GiB', 21_474_836_480],
    ['1kB', 1000],
    ['1KB', 1000],
    ['1KiB', 1024],
    ['3tb', 3_000_000_000_000],
    ['1PiB', 2 ** 50],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    ['', /no whole number/],
    ['MB', /no whole number/],
    ['1.5GB', /no whole number/],
    ['-1', /no whole number/],
    ['1 GB', /no whole number/],
    ['500M', /^reading the size "500M": "M" is no unit of size$/],
    ['1BiB', /"BiB" is no unit/],
    ['9007199254740992', /too large/],
    ['8PiB', /too large/],
  ])('refuses %j', (text, message) => {
    expect(() => parseSize(text)).toThrow(message);
    expect(() => parseSize(text)).toThrow(ConntapeError);
  });

  it('gives a usage error with an example', () => {
    try {
      parseSize('much');
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ kind: 'usage', hint: expect.stringContaining('20GiB') });
    }
  });
});

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
        const read = Number(number) * parseSize(`1${unit}`);
        expect(Math.abs(read - bytes)).toBeLessThanOrEqual(bytes * 0.00501);
      }),
    );
  });
});
