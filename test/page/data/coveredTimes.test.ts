import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CoveredTimes } from '../../../src/page/data/coveredTimes.ts';

const spans = fc.array(fc.tuple(fc.nat(60), fc.nat(12)), { maxLength: 20 });

it('covers every time, none that is further from all than they may be apart', () => {
  fc.assert(
    fc.property(spans, fc.nat(4), (some, apart) => {
      const inOrder = some.map(([from, length]) => [from, from + length] as const);
      inOrder.sort(([a], [b]) => a - b);
      const covered = new CoveredTimes(apart);
      for (const [from, to] of inOrder) covered.add(from, to);
      const { since, at } = covered.stretches;
      for (let place = 1; place < since.length; place++) {
        expect(since[place]! - at[place - 1]!).toBeGreaterThan(apart);
      }
      const isCovered = (time: number) =>
        since.some((begin, place) => begin <= time && time <= at[place]!);
      for (let time = 0; time <= 80; time++) {
        const isIn = inOrder.some(([from, to]) => from <= time && time <= to);
        const before = Math.max(...inOrder.map(([, to]) => (to < time ? to : -1000)));
        const after = Math.min(...inOrder.map(([from]) => (from > time ? from : 1000)));
        if (isIn) expect(isCovered(time)).toBe(true);
        else if (after - before > apart) expect(isCovered(time)).toBe(false);
      }
    }),
  );
});
