import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactSum, ExactSums } from '../../src/reports/exactSum.ts';

const MOST = Number.MAX_SAFE_INTEGER;

function sumOf(...amounts: readonly number[]): ExactSum {
  const sum = new ExactSum();
  for (const amount of amounts) sum.add(amount);
  return sum;
}

describe('an exact sum', () => {
  it('is a number as long as that is exact', () => {
    expect(sumOf().value).toBe(0);
    expect(sumOf(MOST - 1, 1).value).toBe(MOST);
    expect(sumOf(MOST, 0).value).toBe(MOST);
  });

  it('is a bigint from 2^53 on', () => {
    expect(sumOf(MOST, 1).value).toBe(2n ** 53n);
    // 2^54 − 2 + 1: as doubles this would round to 2^54 − 2 or 2^54.
    expect(sumOf(MOST, MOST, 1).value).toBe(2n ** 54n - 1n);
  });

  it('is the nearest number, if asked for', () => {
    expect(sumOf(MOST, MOST).approximate).toBe(2 ** 54 - 2);
    expect(sumOf(MOST, 2).approximate).toBe(2 ** 53);
    expect(sumOf(5).approximate).toBe(5);
  });

  it('equals the sum of bigints, whatever is added', () => {
    const amount = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 1, MOST - 1, MOST));
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 40 }), (amounts) => {
        const expected = amounts.reduce((total, bytes) => total + BigInt(bytes), 0n);
        const { value, approximate } = sumOf(...amounts);
        expect(BigInt(value)).toBe(expected);
        expect(typeof value).toBe(expected > BigInt(MOST) ? 'bigint' : 'number');
        expect(approximate).toBe(Number(expected));
      }),
    );
  });

  it('takes sums in, and leaves those that were taken at nothing', () => {
    const sums = new ExactSums();
    for (const bytes of [MOST, MOST, 1]) sums.add(3, bytes);
    sums.add(4, 5);
    const sum = sumOf(MOST);
    sum.addSum(sums.take(3));
    sum.addSum(sums.take(4));
    expect(sum.value).toBe(3n * BigInt(MOST) + 6n);
    expect([sums.value(3), sums.value(4)]).toEqual([0, 0]);
  });
});
