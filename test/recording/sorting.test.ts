/** Rows in the order of a cell: held against sorting in memory. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sorted } from '../../src/recording/sorting.ts';

const ROWS = [
  ['b', 2, true],
  ['a', null, false],
  ['c', 10, true],
  ['a', 2.5, null],
] as const;

describe('sorted', () => {
  it('puts the least first, or the greatest, and what is not known last', () => {
    expect([...sorted(ROWS, 1, false)].map((row) => row[1])).toEqual([2, 2.5, 10, null]);
    expect([...sorted(ROWS, 1, true)].map((row) => row[1])).toEqual([10, 2.5, 2, null]);
    expect([...sorted(ROWS, 2, true)].map((row) => row[2])).toEqual([true, true, false, null]);
  });

  it('leaves equal ones as they came, and gives no more than are wanted', () => {
    expect([...sorted(ROWS, 0, false, 2)]).toEqual([ROWS[1], ROWS[3]]);
  });

  it('reads nothing until it is asked', () => {
    let read = 0;
    function* rows() {
      read++;
      yield [1];
    }
    const all = sorted(rows(), 0, false);
    expect(read).toBe(0);
    expect([...all]).toEqual([[1]]);
  });

  it('gives every row back as it was', () => {
    const cell = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }),
      fc.maxSafeInteger(),
      fc.boolean(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constant(null),
    );
    const number = fc.oneof(fc.integer(), fc.double({ noNaN: true }));
    fc.assert(
      fc.property(fc.array(fc.tuple(number, cell)), fc.boolean(), (rows, descending) => {
        const sign = descending ? -1 : 1;
        const expected = rows.toSorted(([a], [b]) => sign * (a === b ? 0 : a < b ? -1 : 1));
        expect([...sorted(rows, 0, descending)]).toEqual(expected);
      }),
    );
  });
});
