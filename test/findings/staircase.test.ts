/** Points that lie below others in both measures, against a look at each. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Point, Staircase } from '../../src/reports/findings/staircase.ts';

const measures = fc.record({
  a: fc.integer({ min: -5, max: 5 }),
  b: fc.integer({ min: -5, max: 5 }),
});

describe('the staircase', () => {
  it('gives a point that is not above, wherever there is one', () => {
    fc.assert(
      fc.property(fc.array(measures, { maxLength: 20 }), fc.array(measures), (added, asked) => {
        const staircase = new Staircase();
        const points: Point[] = [];
        const check = () => {
          for (const { a, b } of asked) {
            const below = staircase.below({ a, b });
            const all = points.filter((point) => point.a <= a && point.b <= b);
            if (all.length === 0) expect(below).toBeUndefined();
            else expect(all).toContain(below);
          }
        };
        for (const [place, each] of added.entries()) {
          check();
          const point = { place, ...each };
          points.push(point);
          staircase.add(point);
        }
        check();
      }),
    );
  });

  it('takes a difference below a byte for none', () => {
    const staircase = new Staircase();
    staircase.add({ place: 0, a: 0.1 + 0.2, b: 0 });
    expect(staircase.below({ a: 0.3, b: 0 })?.place).toBe(0);
    expect(staircase.below({ a: 0.29, b: 0 })).toBeUndefined();
  });
});
