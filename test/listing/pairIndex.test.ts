import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PairIndex } from '../../src/listing/pairIndex.ts';

test('it finds what a map does, however full it is and whatever was taken out', () => {
  const id = fc.oneof(fc.nat(40), fc.maxSafeNat());
  const step = fc.record({ first: id, second: fc.oneof(fc.constant(0), id), stays: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const index = new PairIndex();
      const map = new Map<string, number>();
      const free: number[] = [];
      let next = 0;
      for (const { first, second, stays } of steps) {
        const pair = `${first} ${second}`;
        const known = map.get(pair);
        expect(index.find(first, second)).toBe(known ?? -1);
        if (known === undefined) {
          const number = free.pop() ?? next++;
          index.add(number, first, second);
          map.set(pair, number);
        } else if (!stays) {
          index.remove(known);
          map.delete(pair);
          free.push(known);
        }
      }
      expect(index.size).toBe(map.size);
      for (const [pair, number] of map) {
        const [first, second] = pair.split(' ').map(Number);
        expect(index.find(first!, second!)).toBe(number);
      }
      index.clear();
      for (const pair of map.keys()) {
        const [first, second] = pair.split(' ').map(Number);
        expect(index.find(first!, second!)).toBe(-1);
      }
    }),
  );
});
