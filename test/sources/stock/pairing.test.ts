import fc from 'fast-check';
import { expect, it } from 'vitest';
import { matchUp, pairUp } from '../../../src/sources/stock/pairing.ts';

type Keyed = { readonly name: string; readonly keys: readonly string[] };

function pairsOf(lefts: readonly Keyed[], rights: readonly Keyed[]) {
  const { pairs, contested } = pairUp(
    lefts,
    rights,
    (left) => left.keys,
    (right) => right.keys,
  );
  return {
    pairs: [...pairs].map(([left, right]) => `${left.name}${right.name}`),
    contested: [...contested].map(({ name }) => name),
  };
}

const keyed = (name: string, ...keys: string[]): Keyed => ({ name, keys });

it('pairs what has one possible partner on both sides', () => {
  const found = pairsOf(
    [keyed('a', 'k'), keyed('b', 'm')],
    [keyed('x', 'm', 'n'), keyed('y', 'k')],
  );
  expect(found).toEqual({ pairs: ['ay', 'bx'], contested: [] });
});

it('leaves two that could both belong to one', () => {
  const found = pairsOf([keyed('a', 'k'), keyed('b', 'k')], [keyed('x', 'k')]);
  expect(found).toEqual({ pairs: [], contested: ['a', 'b'] });
});

it('leaves one that could belong to two', () => {
  const found = pairsOf([keyed('a', 'k')], [keyed('x', 'k'), keyed('y', 'k')]);
  expect(found).toEqual({ pairs: [], contested: ['a'] });
});

it('counts a partner once that shares several keys', () => {
  expect(pairsOf([keyed('a', 'k', 'm')], [keyed('x', 'k', 'm')]).pairs).toEqual(['ax']);
});

it('calls what has no possible partner neither', () => {
  expect(pairsOf([keyed('a', 'k')], [keyed('x', 'm')])).toEqual({ pairs: [], contested: [] });
});

it('pairs exactly those whose only possible partner each is', () => {
  const side = fc.array(fc.array(fc.constantFrom('k', 'l', 'm', 'n'), { maxLength: 2 }));
  fc.assert(
    fc.property(side, side, (lefts, rights) => {
      const share = (a: readonly string[], b: readonly string[]) =>
        a.some((key) => b.includes(key));
      const { pairs } = pairUp(
        lefts,
        rights,
        (a) => a,
        (b) => b,
      );
      for (const left of lefts) {
        const partners = rights.filter((right) => share(left, right));
        const isCertain =
          partners.length === 1 && lefts.filter((other) => share(other, partners[0]!)).length === 1;
        expect(pairs.get(left)).toBe(isCertain ? partners[0] : undefined);
      }
    }),
  );
});

/** Every way in which each left has a right of its own. */
function waysOf(lefts: readonly string[], rights: readonly string[]): string[][] {
  const [left, ...rest] = lefts;
  if (left === undefined) return [[]];
  return rights.flatMap((right, place) =>
    left.includes(right)
      ? waysOf(rest, rights.toSpliced(place, 1)).map((way) => [right, ...way])
      : [],
  );
}

it('matches those that hang together where there is only one way for all of them', () => {
  expect([...matchUp(['xy', 'x'], ['x', 'y'], (left, right) => left.includes(right))]).toEqual([
    ['xy', 'y'],
    ['x', 'x'],
  ]);
  const side = fc.uniqueArray(fc.constantFrom('w', 'x', 'y', 'z', 'wx', 'xy', 'yz', 'wz', 'wxyz'), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(side, (lefts) => {
      const rights = ['w', 'x', 'y', 'z'].slice(0, lefts.length);
      const pairs = matchUp(lefts, rights, (left, right) => left.includes(right));
      const ways = waysOf(lefts, rights);
      // Whatever is matched is so in every way that there is.
      for (const [left, right] of pairs) {
        for (const way of ways) expect(way[lefts.indexOf(left)]).toBe(right);
      }
      if (ways.length === 1) expect([...pairs.values()].length).toBe(lefts.length);
    }),
  );
});
