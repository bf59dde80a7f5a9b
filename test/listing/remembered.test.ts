import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REMEMBERED, Remembered } from '../../src/listing/remembered.ts';

test('what is added again is the latest, and past the bound the oldest goes', () => {
  const remembered = new Remembered<number, string>();
  for (let key = 0; key < REMEMBERED; key++) remembered.add(key, `first ${key}`);
  remembered.add(0, 'again');
  remembered.add(REMEMBERED, 'one more');
  expect(remembered.get(0)).toBe('again');
  expect(remembered.get(1)).toBeUndefined();
  expect(remembered.get(2)).toBe('first 2');
  expect(remembered.take(2)).toBe('first 2');
  remembered.add(REMEMBERED + 1, 'in its place');
  expect(remembered.get(3)).toBe('first 3');
  remembered.add(REMEMBERED + 2, 'one too many');
  expect(remembered.get(3)).toBeUndefined();
});

test('it holds what a map does, whatever is added, taken and cleared', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(fc.constant('add' as const), fc.nat(9)) },
    { weight: 4, arbitrary: fc.tuple(fc.constant('take' as const), fc.nat(9)) },
    { weight: 1, arbitrary: fc.tuple(fc.constant('clear' as const), fc.constant(0)) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const remembered = new Remembered<number, number>();
      const map = new Map<number, number>();
      for (const [place, [what, key]] of steps.entries()) {
        if (what === 'add') {
          remembered.add(key, place);
          map.set(key, place);
        } else if (what === 'take') {
          expect(remembered.take(key)).toBe(map.get(key));
          map.delete(key);
        } else {
          remembered.clear();
          map.clear();
        }
        for (let other = 0; other < 10; other++) expect(remembered.get(other)).toBe(map.get(other));
      }
    }),
  );
});
