import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REMEMBERED, Remembered } from '../../src/listing/remembered.ts';

test('what is added again is the latest, and past the bound the oldest goes', () => {
  const remembered = new Remembered<string>();
  for (let key = 0; key < REMEMBERED; key++) remembered.add(key, 7, `first ${key}`);
  remembered.add(0, 7, 'again');
  remembered.add(REMEMBERED, 7, 'one more');
  expect(remembered.get(0, 7)).toBe('again');
  expect(remembered.get(1, 7)).toBeUndefined();
  expect(remembered.get(2, 7)).toBe('first 2');
  expect(remembered.take(2, 7)).toBe('first 2');
  remembered.add(REMEMBERED + 1, 7, 'in its place');
  expect(remembered.get(3, 7)).toBe('first 3');
  remembered.add(REMEMBERED + 2, 7, 'one too many');
  expect(remembered.get(3, 7)).toBeUndefined();
});

/** Some that differ in one number only, and some that a hash of 32 bits may take for one. */
const pairs: [number, number][] = [0, 1, 2 ** 32, 2 ** 53 - 1, 5].flatMap((first) => [
  [first, 0],
  [first, 2 ** 32 + 1],
]);

test('it holds what a map does, whatever is added, taken and cleared', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('add' as const), fc.nat(9)) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('take' as const), fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('clear' as const), fc.constant(0)) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const remembered = new Remembered<number>();
      const map = new Map<number, number>();
      for (const [place, [what, key]] of steps.entries()) {
        if (what === 'add') {
          remembered.add(...pairs[key]!, place);
          map.set(key, place);
        } else if (what === 'take') {
          expect(remembered.take(...pairs[key]!)).toBe(map.get(key));
          map.delete(key);
        } else {
          remembered.clear();
          map.clear();
        }
        for (const [other, pair] of pairs.entries())
          expect(remembered.get(...pair)).toBe(map.get(other));
      }
    }),
  );
});
