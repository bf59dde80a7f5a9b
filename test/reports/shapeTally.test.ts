import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/listing/shape.ts';
import { ShapeTally } from '../../src/reports/shapeTally.ts';

type Stretch = readonly [shape: Shape, snapshots: number, latest: number];

function prevailingOf(...stretches: readonly Stretch[]): Shape {
  const tally = new ShapeTally();
  for (const [shape, snapshots, latest] of stretches) tally.add(shape, snapshots, latest);
  return tally.prevailing;
}

describe('the shape that prevails', () => {
  it('is the one of most snapshots, however they lie', () => {
    expect(prevailingOf(['relay', 2, 2], ['blocked', 3, 5], ['relay', 2, 7])).toBe('relay');
    expect(prevailingOf(['relay', 3, 3], ['blocked', 2, 5])).toBe('relay');
  });

  it('is the later one on a tie', () => {
    expect(prevailingOf(['relay', 2, 2], ['blocked', 2, 4])).toBe('blocked');
    expect(prevailingOf(['relay', 1, 1], ['blocked', 2, 3], ['relay', 1, 4])).toBe('relay');
  });

  it('is pending where there were no snapshots', () => {
    expect(prevailingOf()).toBe('pending');
    expect(prevailingOf(['relay', 0, 3])).toBe('pending');
    // No snapshots make no shape later either.
    expect(prevailingOf(['relay', 1, 1], ['blocked', 1, 2], ['relay', 0, 3])).toBe('blocked');
  });

  it('is what a list of all snapshots says', () => {
    const shape = fc.constantFrom<Shape[]>('relay', 'blocked', 'outbound-only', 'pending');
    const stretch = fc.tuple(shape, fc.nat(3));
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 12 }), (stretches) => {
        const all = stretches.flatMap(([name, count]) => new Array<Shape>(count).fill(name));
        fc.pre(all.length > 0);
        const countOf = (name: Shape) => all.filter((other) => other === name).length;
        const most = Math.max(...all.map(countOf));
        let next = 0;
        const told = stretches.map(([name, count]): Stretch => {
          next += count;
          return [name, count, next - 1];
        });
        expect(prevailingOf(...told)).toBe(all.findLast((name) => countOf(name) === most));
      }),
    );
  });
});
