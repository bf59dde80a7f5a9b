/** What waits in a file comes back as it was, in another order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Spill } from '../../src/recording/spill.ts';

describe('a spill', () => {
  it('gives those of a group by their order, those with the same one as they came', () => {
    const item = fc.record({
      group: fc.integer({ min: 0, max: 2 }),
      order: fc.integer({ min: -3, max: 3 }),
      text: fc.string({ unit: 'binary' }),
      value: fc.option(fc.integer()),
    });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 30 }), (items) => {
        const spill = new Spill<(typeof items)[number]>();
        for (const each of items) spill.add(each.group, each.order, each);
        for (const group of [0, 1, 2]) {
          const due = items.filter((each) => each.group === group);
          due.sort((a, b) => a.order - b.order);
          expect([...spill.inOrder(group)]).toEqual(due);
        }
        const sorted = [...items].sort((a, b) => a.group - b.group || a.order - b.order);
        expect([...spill.all()]).toEqual(
          sorted.map((each) => ({ group: each.group, order: each.order, item: each })),
        );
      }),
    );
  });

  it('can be read again, also where a reader stopped early', () => {
    const spill = new Spill<number>();
    for (const number of [2, 1, 3]) spill.add(0, number, number);
    for (const first of spill.inOrder(0)) {
      expect(first).toBe(1);
      break;
    }
    expect([...spill.inOrder(0)]).toEqual([1, 2, 3]);
  });
});
