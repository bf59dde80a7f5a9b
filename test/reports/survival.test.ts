/** The product-limit estimate on its own: by hand, and against its definition. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Runs } from '../../src/recording/ascending.ts';
import { agesAt, Sample } from '../../src/reports/survival.ts';
import { agesAt as agesByDefinition, type Watched } from '../oracle/productLimit.ts';

type Life = readonly [from: number, until: number, died: boolean];

function sampleOf(lives: readonly Life[]): Sample {
  const sample = new Sample(new Runs());
  for (const [from, until, died] of lives) sample.add(from, until, died);
  return sample;
}

/** The ages of the 10th, 50th and 90th percentile. */
function percentilesOf(lives: readonly Life[]): (number | null)[] {
  return agesAt([0.1, 0.5, 0.9], sampleOf(lives));
}

/** The same of lives that are each there ten times, so that never fewer than ten are at risk. */
function percentiles(...lives: Life[]): (number | null)[] {
  return percentilesOf(Array.from({ length: 10 }, () => lives).flat());
}

const died = (until: number, from = 0): Life => [from, until, true];
const lost = (until: number, from = 0): Life => [from, until, false];

describe('the product-limit estimate', () => {
  it('is the share still alive where everything was watched to its death', () => {
    // 0.9, 0.8, …: at or below 0.9 from the first of ten, 0.5 from the fifth, 0.1 from the ninth.
    const ten = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10].map((until) => died(until));
    expect(percentiles(...ten)).toEqual([10, 50, 90]);
  });

  it('takes what is lost from sight out of the numbers at risk', () => {
    // The six of Kaplan and Meier's kind: 10 of 6 at risk dies, 5/6; 20 lost; 30 of 4: 5/8;
    // 40 lost; 50 of 2: 5/16; 60 of 1: 0. At or below 0.9 at 10, 0.5 at 50, 0.1 at 60.
    expect(percentiles(died(10), lost(20), died(30), lost(40), died(50), died(60))).toEqual([
      10, 50, 60,
    ]);
    // The last is lost instead: the curve stays at 5/16, above 0.1.
    expect(percentiles(died(10), lost(20), died(30), lost(40), died(50), lost(60))).toEqual([
      10,
      50,
      null,
    ]);
  });

  it('counts what is watched later only from then on', () => {
    // 10: 1 of 2, 1/2. 30: 1 of 1 + 2 watched from 20: 1/2 · 2/3 = 1/3. 40: 1/6. 50: 0.
    expect(percentiles(died(10), died(30), died(40, 20), died(50, 20))).toEqual([10, 10, 50]);
    // From birth all four are at risk at 10: 3/4, 1/2, 1/4, 0.
    expect(percentiles(died(10), died(30), died(40), died(50))).toEqual([10, 30, 50]);
  });

  it('lets deaths come before what is lost, and before what comes under watch, at one age', () => {
    // At 10 both are at risk: 1/2. Lost before the death it would be 0.
    expect(percentiles(died(10), lost(10))).toEqual([10, 10, null]);
    // At 10 one of two is at risk of dying of those from birth, not the one watched from 10: 1/2,
    // then 20: 1 of 2, 1/4, then 30: 0. With it at risk at 10 it would be 2/3, 1/3, 0.
    expect(percentiles(died(10), died(20), died(30, 10))).toEqual([10, 10, 30]);
  });

  it('counts a death at the very age at which it was first seen', () => {
    // 20: of those watched then, two from birth and itself, one dies: 2/3. 30: 1/3. 40: 0.
    expect(percentiles(died(20, 20), died(30), died(40))).toEqual([20, 30, 40]);
    // What is lost at that age says nothing.
    expect(percentiles(lost(20, 20), died(30), died(40))).toEqual([30, 30, 40]);
  });

  it('has everything that was watched from birth at risk at age 0', () => {
    expect(percentiles(died(0), died(10))).toEqual([0, 0, 10]);
  });

  it('is 0 once all at risk have died, whoever comes under watch when it is older', () => {
    expect(percentiles(died(10), died(2000, 1000))).toEqual([10, 10, 10]);
    // 5: 1/2. 10: 0.
    expect(percentiles(died(5), died(10), lost(2000, 1000))).toEqual([5, 5, 10]);
  });

  it('says nothing of what is reached where fewer than ten are at risk, nor of what is above', () => {
    const many = (count: number, each: Life) => Array.from({ length: count }, () => each);
    // 10: 1 of 10, 9/10. 20: 8 of 9, 1/10, with 9 at risk.
    expect(percentilesOf([died(10), ...many(8, died(20)), lost(30)])).toEqual([10, null, null]);
    // With one more at risk at 20, 9 of 10: 10/11, then 1/11.
    expect(percentilesOf([died(10), ...many(9, died(20)), lost(30)])).toEqual([20, 20, 20]);
    // 10: 1 of 9, 8/9, among nine. The hundred of 50, watched from 40, bring nothing back.
    const late = many(100, died(50, 40));
    expect(percentilesOf([died(10), ...many(8, lost(60)), ...late])).toEqual([null, null, null]);
    // 10: 1 of 11, 10/11, reaches nothing. 50: 55 of 110, 5/11. 60: 46 of 55, 5/11 · 9/55 < 1/10.
    const half = [...many(55, died(50, 40)), ...many(45, died(60, 40))];
    expect(percentilesOf([died(10), ...many(9, lost(60)), died(60), ...half])).toEqual([
      50, 50, 60,
    ]);
  });

  it('knows nothing of nobody', () => {
    expect(percentiles()).toEqual([null, null, null]);
    expect(agesAt([0.5], sampleOf([]))).toEqual([null]);
  });

  it('meets a share exactly, whatever the rounding of the factors', () => {
    for (let size = 10; size <= 500; size += 10) {
      const lives = Array.from({ length: size }, (_, place) => died(place + 1));
      // The last nine die among fewer than ten.
      const p90 = size / 10 < 9 ? null : size * 0.9;
      expect(percentilesOf(lives)).toEqual([size / 10, size / 2 < 9 ? null : size / 2, p90]);
    }
  });

  const life: fc.Arbitrary<Life> = fc
    .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }), fc.boolean())
    .map(([a, b, isDead]) => [Math.min(a, b), Math.max(a, b), isDead]);

  it('equals its definition', () => {
    fc.assert(
      fc.property(fc.array(life, { maxLength: 60, size: 'max' }), (lives) => {
        const watched = lives.map(([from, until, isDead]): Watched => {
          return { from, until, died: isDead };
        });
        expect(percentilesOf(lives)).toEqual(agesByDefinition([1, 5, 9], watched));
      }),
      { numRuns: 2000 },
    );
  });
});
