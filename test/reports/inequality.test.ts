/** The measures of inequality: by hand, and what must hold of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inequalityOf } from '../../src/reports/inequality.ts';

const amounts = fc
  .array(fc.nat(1000), { minLength: 1, maxLength: 20 })
  .filter((all) => all.some((amount) => amount > 0));

/** Room for the rounding of sums of shares. */
const DIGITS = 9;

describe('inequality', () => {
  it.each([
    // Shares 1/2, 1/4, 1/4: 1/4 + 2/16; (−2 + 0 + 2·2) / (3·4); 3/2 bits of log2 3.
    [[2, 1, 1], 1 / 2, 3 / 8, 1 / 6, 1.5 / Math.log2(3)],
    // All alike.
    [[7, 7, 7, 7], 1 / 4, 1 / 4, 0, 1],
    // All in one place of four: (3·9) / (4·9).
    [[0, 9, 0, 0], 1, 1, 3 / 4, 0],
    // Shares 0.1, 0.2, 0.7: 0.01 + 0.04 + 0.49; (−2·0.1 + 2·0.7) / 3.
    [[7, 1, 2], 0.7, 0.54, 0.4, 0.729847],
    // A single place is all of it, and nothing to compare.
    [[5], 1, 1, 0, null],
  ])('of %j', (all, topShare, herfindahl, gini, entropy) => {
    const measured = inequalityOf(all)!;
    expect(measured.topShare).toBeCloseTo(topShare, DIGITS);
    expect(measured.herfindahl).toBeCloseTo(herfindahl, DIGITS);
    expect(measured.gini).toBeCloseTo(gini, DIGITS);
    if (entropy === null) expect(measured.entropy).toBeNull();
    else expect(measured.entropy).toBeCloseTo(entropy, 6);
  });

  it('is that of nothing where there is nothing', () => {
    expect(inequalityOf([])).toBeNull();
    expect(inequalityOf([0, 0])).toBeNull();
  });

  it('stays in its bounds', () => {
    fc.assert(
      fc.property(amounts, (all) => {
        const { topShare, herfindahl, gini, entropy } = inequalityOf(all)!;
        const slack = 10 ** -DIGITS;
        const least = 1 / all.length;
        for (const share of [topShare, herfindahl]) {
          expect(share).toBeGreaterThanOrEqual(least - slack);
          expect(share).toBeLessThanOrEqual(1 + slack);
        }
        expect(gini).toBeGreaterThanOrEqual(-slack);
        expect(gini).toBeLessThanOrEqual(1 - least + slack);
        if (all.length === 1) return;
        expect(entropy).toBeGreaterThanOrEqual(-slack);
        expect(entropy).toBeLessThanOrEqual(1 + slack);
      }),
    );
  });

  it('asks neither for order nor for unit', () => {
    fc.assert(
      fc.property(amounts, fc.constantFrom(2, 1024, 2 ** 40), (all, unit) => {
        const scaled = all.map((amount) => amount * unit).reverse();
        expect(inequalityOf(scaled)).toEqual(inequalityOf(all));
      }),
    );
  });

  it('falls where the richest gives to the poorest', () => {
    fc.assert(
      fc.property(amounts, (all) => {
        const sorted = [...all].sort((a, b) => a - b);
        const [least, most] = [sorted[0]!, sorted.at(-1)!];
        if (most - least < 2) return;
        const fairer = sorted.with(0, least + 1).with(-1, most - 1);
        const [before, after] = [inequalityOf(sorted)!, inequalityOf(fairer)!];
        expect(after.herfindahl).toBeLessThan(before.herfindahl);
        expect(after.gini).toBeLessThan(before.gini);
        expect(after.entropy!).toBeGreaterThan(before.entropy!);
        expect(after.topShare).toBeLessThanOrEqual(before.topShare);
      }),
    );
  });
});
