import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/cli/duration.ts';
import { ConntapeError } from '../../src/error.ts';

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['10s', 10_000],
    ['10m', 600_000],
    ['1h30m', 5_400_000],
    ['3d2h', 266_400_000],
    ['2w', 1_209_600_000],
    ['1m500ms', 60_500],
    ['0s', 0],
    ['90m', 5_400_000],
    ['007s', 7000],
    ['9007199254740991ms', Number.MAX_SAFE_INTEGER],
  ])('%s is %d ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each([
    ['', /: it is not a list of numbers with units/],
    ['10', /^reading the duration "10": it has no unit$/],
    ['2h3d', /the larger units first/],
    ['1h1h', /not a list of numbers with units/],
    ['1.5h', /not a list of numbers with units/],
    ['-1h', /not a list of numbers with units/],
    ['1 h', /not a list of numbers with units/],
    ['1y', /not a list of numbers with units/],
    ['10S', /not a list of numbers with units/],
    ['9007199254740992ms', /too long/],
    ['99999999999999999999w', /too long/],
  ])('refuses %j', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
    expect(() => parseDuration(text)).toThrow(ConntapeError);
  });

  it('gives a usage error with an example', () => {
    try {
      parseDuration('soon');
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ kind: 'usage', hint: expect.stringContaining('1h30m') });
    }
  });

  it('shows no control character and no endless text in its error', () => {
    expect(() => parseDuration(`\u001b${'x'.repeat(1000)}`)).toThrow(/"\\u001bx{59}…": /);
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [500, '500ms'],
    [90_061_001, '1d1h1m1s1ms'],
    [1_209_600_000, '14d'],
  ])('%d ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  it('is read back as the same duration', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });
});
