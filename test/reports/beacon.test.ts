/** The beacon score: by hand, and what must hold of it. Times are seconds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlindTimes, type Stretch } from '../../src/recording/index/blind.ts';
import { beaconScore, openingsIn, type Watch } from '../../src/reports/beacon.ts';

/** Watched from 0 to `to`, polled every 10 s. */
function watch(to: number, gaps: readonly Stretch[] = [], intervalMs = 10_000): Watch {
  const blind = new BlindTimes(gaps.map((gap) => ({ from: gap.from * 1000, to: gap.to * 1000 })));
  return { from: 0, to: to * 1000, intervalMs, blind };
}

function scoreOf(openings: readonly number[], watched: Watch): number | null {
  return beaconScore(
    openings.map((second) => second * 1000),
    watched,
  );
}

/** Openings so many seconds apart, from 0. */
function spaced(...spacings: number[]): number[] {
  let second = 0;
  return [
    0,
    ...spacings.map((spacing) => {
      second += spacing;
      return second;
    }),
  ];
}

describe('the beacon score', () => {
  it.each<[string, number[], number, number | null]>([
    // Every spacing 100: symmetry, steadiness and coverage 1, cut to 1 − 10/100.
    ['a clock', spaced(100, 100, 100, 100, 100), 500, 0.9],
    // Watched twice as long: coverage 1/2. (0.9 + 0.9 + 0.5) / 3.
    ['a clock that ran half the time', spaced(100, 100, 100, 100, 100), 1000, 2.3 / 3],
    // 80, 90, 100, 110, 120: quartiles 90, 100, 110, MAD 10. Symmetry 1, steadiness 0.9.
    ['jitter of an interval', spaced(90, 110, 80, 120, 100), 500, 0.9],
    // 60, 80, 100, 120, 140: quartiles 80, 100, 120, MAD 20. Symmetry 0.9, steadiness 0.8.
    ['jitter of two intervals', spaced(80, 120, 60, 140, 100), 500, (0.9 + 0.8 + 0.9) / 3],
    // 40, 50, 60, 160, 190: quartiles 50, 60, 160. The lower half is 10, the upper 100: symmetry
    // 1 − 90/110 = 2/11. Deviations 0, 10, 20, 100, 130: steadiness 1 − 20/60. All at most 5/6.
    ['a lopsided spread', spaced(60, 160, 40, 190, 50), 500, (2 / 11 + 2 / 3 + 5 / 6) / 3],
    // 98, 99, 100, 130, 140: quartiles 99, 100, 130. The lower half, 1, counts as an interval:
    // symmetry 1 − 20/40. Deviations 0, 1, 2, 30, 40: steadiness 0.98. Coverage 1.
    ['a spread on one side', spaced(99, 130, 98, 140, 100), 567, (0.5 + 0.9 + 0.9) / 3],
    // 11, 11, 11, 200, 400: quartiles 11, 11, 200: symmetry 1 − 179/199 = 20/199, cut to 1/11.
    ['bursts', spaced(11, 200, 11, 400, 11), 633, 1 / 11],
    // 20, 20, 20, 100: quartiles 20, 20, 40; MAD 0. Symmetry 1 − 10/30, cut to 1/2 like the rest.
    ['a clock of two intervals that stopped', spaced(20, 20, 100, 20), 160, 0.5],
    // 20, 40, 100, 400: quartiles 35, 70, 175, as 25 % of the way from 20 to 40. Halves 35 and 105:
    // symmetry 1/2. Deviations 30, 30, 50, 330: MAD 40, steadiness 1 − 40/70. Cut to 6/7.
    ['quartiles between spacings', spaced(20, 40, 100, 400), 560, (1 / 2 + 3 / 7 + 6 / 7) / 3],
    // 20, 20, 20, 300, 300: quartiles 20, 20, 300, halves 10 and 280: 20/290. Cut to 1/2.
    ['a long tail', spaced(20, 300, 20, 300, 20), 660, (20 / 290 + 0.5 + 0.5) / 3],
    // 11 s are told from 10, 10 are not.
    ['a clock just above the interval', spaced(11, 11, 11, 11, 11), 55, 1 / 11],
    ['a clock at the interval', spaced(10, 10, 10, 10, 10), 50, 0],
    ['a clock below it', spaced(3, 3, 3, 3, 3), 15, 0],
    ['one moment', [7, 7, 7, 7, 7], 20, 0],
    ['four openings', spaced(100, 100, 100), 300, null],
    ['no openings', [], 300, null],
    // Two openings each time, 4 s apart, are one moment: as the clock.
    ['a clock that strikes twice', spaced(4, 96, 4, 96, 4, 96, 4, 96, 4, 96), 500, 0.9],
  ])('of %s', (_name, openings, watched, score) => {
    const found = scoreOf(openings, watch(watched));
    if (score === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(score, 12);
  });

  it('needs a period of five intervals for 0.8', () => {
    expect(scoreOf(spaced(...new Array(20).fill(50)), watch(1000))).toBeCloseTo(0.8, 12);
    expect(scoreOf(spaced(...new Array(20).fill(49)), watch(980))).toBeLessThan(0.8);
  });

  it('sees no spacing across a gap', () => {
    // 0, 100, 200, then a gap, 450, 550: three spacings of 100, and 250 that is none.
    const openings = [...spaced(100, 100), 450, 550];
    expect(scoreOf(openings, watch(550, [{ from: 300, to: 400 }]))).toBeCloseTo(0.9, 12);
    // Without the gap 250 counts: quartiles 100, 100, 137.5. Symmetry 1 − 27.5/47.5.
    const score = (20 / 47.5 + 0.9 + 0.9) / 3;
    expect(scoreOf(openings, watch(550))).toBeCloseTo(score, 12);
    // With gaps in all but two nobody knows, which is not 0.
    const gaps = [110, 310, 410].map((from) => ({ from, to: from + 10 }));
    expect(scoreOf(spaced(100, 100, 100, 100, 100), watch(500, gaps))).toBeNull();
    const fewer = gaps.slice(1);
    expect(scoreOf(spaced(100, 100, 100, 100, 100), watch(500, fewer))).toBeCloseTo(0.9, 12);
  });

  const openings = fc
    .array(fc.integer({ min: 0, max: 3600 }), { minLength: 5, maxLength: 40 })
    .map((all) => all.sort((a, b) => a - b));
  const intervals = fc.constantFrom(1, 10, 60, 300);

  it('is from 0 to 1, and no more than the longest spacing lets be seen', () => {
    fc.assert(
      fc.property(openings, intervals, (all, interval) => {
        const score = scoreOf(all, watch(3600, [], interval * 1000))!;
        const longest = all.at(-1)! - all[0]!;
        expect(score).toBeGreaterThanOrEqual(0);
        expect(score).toBeLessThanOrEqual(Math.max(0, 1 - interval / longest));
      }),
    );
  });

  it('asks neither when it was nor how fast time ran', () => {
    fc.assert(
      fc.property(openings, intervals, fc.integer({ min: 1, max: 9 }), (all, interval, speed) => {
        const later = all.map((second) => second * speed * 1000 + 5000);
        const watched = watch(3600, [], interval * 1000);
        const moved = {
          ...watched,
          from: 5000,
          to: watched.to * speed + 5000,
          intervalMs: watched.intervalMs * speed,
        };
        expect(beaconScore(later, moved)).toBeCloseTo(scoreOf(all, watched)!, 9);
      }),
    );
  });

  it('is the same for what follows within an interval', () => {
    fc.assert(
      fc.property(openings, intervals, (all, interval) => {
        const watched = watch(4000, [], interval * 1000);
        const echoed = all.flatMap((second) => [second, second + interval / 2]);
        const apart = all.every(
          (second, place) => place === 0 || second - all[place - 1]! > 1.5 * interval,
        );
        fc.pre(apart);
        expect(scoreOf(echoed, watched)).toBe(scoreOf(all, watched));
      }),
    );
  });

  it('is the same backwards', () => {
    fc.assert(
      fc.property(openings, (all) => {
        const moments = [...new Set(all.map((second) => Math.floor(second / 20) * 20))];
        const mirrored = moments.map((second) => 3600 - second).reverse();
        const [score, backwards] = [moments, mirrored].map((one) => scoreOf(one, watch(3600)));
        if (score === null) expect(backwards).toBeNull();
        else expect(backwards).toBeCloseTo(score!, 9);
      }),
    );
  });

  it('is that of a clock where the jitter is less than an interval', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 20, max: 900 }),
        fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 5, maxLength: 20 }),
        (period, jitter) => {
          const all = spaced(...jitter.map((seconds) => period + seconds));
          const sorted = jitter.toSorted((a, b) => a - b);
          const half = (sorted.length - 1) / 2;
          const median = period + (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2;
          expect(scoreOf(all, watch(all.at(-1)!))).toBeCloseTo(1 - 10 / median, 12);
        },
      ),
    );
  });
});

describe('openings', () => {
  it('are those in order, in the time watched and in no gap', () => {
    const watched = watch(100, [{ from: 40, to: 60 }]);
    const all = [60, 0, 50, 40, 100, -1, 101, 10].map((second) => second * 1000);
    expect(openingsIn(all, watched)).toEqual([0, 10_000, 40_000, 60_000, 100_000]);
  });
});
