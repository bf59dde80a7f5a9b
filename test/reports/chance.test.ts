/** The tails of laws, against sums of exact fractions. */
import { describe, expect, it } from 'vitest';
import { binomialTail, logGamma, poissonTail } from '../../src/reports/rhythm/chance.ts';

/** ln of a factorial, term by term. */
function logFactorial(n: number): number {
  let sum = 0;
  for (let factor = 2; factor <= n; factor++) sum += Math.log(factor);
  return sum;
}

describe('logGamma', () => {
  it.each([1, 2, 3, 10, 14, 15, 16, 100, 1000])('of %d is that of a factorial', (x) => {
    expect(logGamma(x)).toBeCloseTo(logFactorial(x - 1), 9);
  });

  it('of halves is that of a root of π', () => {
    expect(logGamma(1.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI) / 2), 10);
  });
});

describe('poissonTail', () => {
  it.each([
    [0, 3],
    [1, 3],
    [3, 3],
    [4, 3],
    [10, 3],
    [5, 0.5],
    [60, 50],
    [40, 50],
  ])('of %d or more, with a mean of %d, is one less what is below', (least, mean) => {
    let below = 0;
    for (let count = 0; count < least; count++) {
      below += Math.exp(count * Math.log(mean) - mean - logFactorial(count));
    }
    expect(poissonTail(least, mean)).toBeCloseTo(1 - below, 12);
  });

  it('is told where it is far too small to be a difference', () => {
    // e^−1 (1/20! + 1/21! + …) = 1.5873e-19
    expect(poissonTail(20, 1) / 1.5873e-19).toBeCloseTo(1, 3);
    expect(poissonTail(1_000_000, 100_000)).toBe(0);
  });
});

describe('binomialTail', () => {
  it.each([
    [0, 10, 0.3],
    [1, 10, 0.3],
    [3, 10, 0.3],
    [7, 10, 0.3],
    [10, 10, 0.3],
    [11, 10, 0.3],
    [30, 40, 0.9],
    [39, 40, 0.9],
  ])('of %d or more of %d at %d is the sum of its terms', (least, trials, share) => {
    let sum = 0;
    for (let count = least; count <= trials; count++) {
      const ways = logFactorial(trials) - logFactorial(count) - logFactorial(trials - count);
      sum += Math.exp(ways + count * Math.log(share) + (trials - count) * Math.log(1 - share));
    }
    expect(binomialTail(least, trials, share)).toBeCloseTo(sum, 12);
  });

  it('is told where it is small', () => {
    expect(binomialTail(100, 100, 0.01) / 1e-200).toBeCloseTo(1, 9);
  });
});
