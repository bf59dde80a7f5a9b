import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellText } from '../../src/output/cell.ts';
import type { Cell, ColumnKind } from '../../src/output/table.ts';

describe('cellText', () => {
  it.each<[Cell | undefined, ColumnKind, string]>([
    [null, 'integer', ''],
    [undefined, 'text', ''],
    ['as it is, -1', 'text', 'as it is, -1'],
    [true, 'boolean', 'true'],
    [false, 'boolean', 'false'],
    [1, 'boolean', 'true'],
    [0, 'boolean', 'false'],
    [0, 'integer', '0'],
    [-0, 'integer', '0'],
    [Number.MAX_SAFE_INTEGER, 'integer', '9007199254740991'],
    [18_446_744_073_709_551_615n, 'integer', '18446744073709551615'],
    [1e21, 'integer', '1000000000000000000000'],
    [9.901, 'seconds', '9.901'],
    [9.9, 'seconds', '9.9'],
    [9.9996, 'seconds', '10'],
    [0.0004, 'seconds', '0'],
    [-0.0004, 'seconds', '0'],
    [1 / 3, 'decimal', '0.333333'],
    [-2 / 3, 'decimal', '-0.666667'],
    [1e-7, 'decimal', '0'],
    [100, 'decimal', '100'],
    [100.5, 'decimal', '100.5'],
    [Number.NaN, 'decimal', ''],
    [Number.POSITIVE_INFINITY, 'decimal', ''],
    [Number.NaN, 'time', ''],
    [0, 'time', '1970-01-01T00:00:00.000Z'],
    [1_795_405_466_901, 'time', '2026-11-23T03:44:26.901Z'],
  ])('prints %s as %s: %j', (cell, kind, text) => {
    expect(cellText(cell, kind)).toBe(text);
  });

  it('prints every number so that it reads back to within half of the last place', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = cellText(value, 'decimal');
        expect(text).toMatch(/^-?\d+(?:\.\d{0,5}[1-9])?$/);
        expect(text).not.toBe('-0');
        expect(Math.abs(Number(text) - value)).toBeLessThanOrEqual(
          0.5e-6 + 1e-15 * Math.abs(value),
        );
      }),
    );
  });

  it('prints what has few digits as toFixed does, without the zeros', () => {
    const digits = fc.integer({ min: 0, max: 7 });
    fc.assert(
      fc.property(fc.maxSafeInteger(), digits, (units, places) => {
        const value = units / 10 ** places;
        fc.pre(!Number.isInteger(value));
        const shown = value.toFixed(6).replace(/\.?0+$/, '');
        expect(cellText(value, 'decimal')).toBe(shown === '-0' ? '0' : shown);
      }),
    );
  });

  it('prints every integer exactly', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const whole = Math.trunc(value);
        expect(cellText(whole, 'integer')).toBe(BigInt(whole).toString());
      }),
    );
  });
});
