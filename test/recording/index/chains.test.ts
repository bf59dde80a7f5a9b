import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Chains } from '../../../src/recording/index/chains.ts';

const key = fc.oneof(fc.nat(5), fc.constantFrom(2 ** 32, 2 ** 32 + 1, 2 ** 53 - 1));

/** Every number with a key, the last first. */
function numbersWith(chains: Chains, asked: number): number[] {
  const numbers: number[] = [];
  for (let number = chains.last(asked); number >= 0; number = chains.before(number)) {
    numbers.push(number);
  }
  return numbers;
}

describe('numbers with a key', () => {
  it('are found, the last that was added first', () => {
    fc.assert(
      fc.property(fc.array(key), key, (keys, other) => {
        const chains = new Chains(keys.length);
        for (const [number, each] of keys.entries()) chains.add(number, each);
        for (const asked of [...keys, other]) {
          const expected = [...keys.keys()].filter((number) => keys[number] === asked).reverse();
          expect(numbersWith(chains, asked)).toEqual(expected);
        }
      }),
    );
  });
});
