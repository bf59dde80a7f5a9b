/** Which row continues which. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Label } from '../../src/listing/label.ts';
import { matchOf, matchRows, pairOf } from '../../src/listing/match.ts';

function labelOf(connId: number, circId: number): Label {
  const none = { orId: '0', ip: '0', port: 0, lPort: 0, flags: 'IRt' };
  return Label.of({ connId, circId, ...none });
}

const labels = Array.from({ length: 200 }, (_, index) => labelOf(index >> 1, index & 1));

/** What `matchRows` must give, without its walk side by side. */
function byPair(before: readonly Label[], after: readonly Label[]): number[] {
  const pairs = before.map(pairOf);
  return after.map((label) => pairs.indexOf(pairOf(label)));
}

describe('matching rows', () => {
  it('finds each pair, wherever it went, whether the label is the same object or not', () => {
    const rows = fc.shuffledSubarray(labels);
    fc.assert(
      fc.property(rows, rows, fc.func(fc.boolean()), (before, shuffled, isCopied) => {
        const after = shuffled.map((label) =>
          isCopied(label.connId) ? labelOf(label.connId, label.circId) : label,
        );
        expect([...matchRows(before, after)]).toEqual(byPair(before, after));
        const { others } = matchOf(before, after);
        expect(others).toEqual(others.toSorted((a, b) => a - b));
        for (const [row, label] of after.entries()) {
          if (!before.includes(label)) expect(others).toContain(row);
        }
      }),
    );
  });

  it('says of rows that kept their order that their labels are the same objects', () => {
    const after = [labelOf(0, 0), ...labels.slice(1, 100), labelOf(500, 0), ...labels.slice(110)];
    expect(matchOf(labels, after).others).toEqual([0, 100]);
  });

  it('finds each pair where rows went and came and the rest kept its order', () => {
    fc.assert(
      fc.property(fc.subarray(labels), fc.subarray(labels), (before, after) => {
        expect([...matchRows(before, after)]).toEqual(byPair(before, after));
      }),
    );
  });

  it.each([23, 24, 25, 26, 199])('finds what comes behind %i rows that went', (gone) => {
    expect([...matchRows(labels, labels.slice(gone))]).toEqual(
      Array.from({ length: 200 - gone }, (_, row) => gone + row),
    );
    expect([...matchRows(labels, labels.slice(gone).toReversed())]).toEqual(
      Array.from({ length: 200 - gone }, (_, row) => 199 - row),
    );
  });

  it('keeps none of the listings before the last two in memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const listings: WeakRef<readonly Label[]>[] = [];
    let before: readonly Label[] = [];
    for (let number = 0; number < 5; number++) {
      const after = labels.slice(number);
      matchRows(before, after);
      listings.push(new WeakRef(after));
      before = after;
      await new Promise(setImmediate);
    }
    collect();
    expect(listings.slice(0, 3).map((listing) => listing.deref())).toEqual([
      ...new Array(3).fill(undefined),
    ]);
    expect(before.length).toBe(196);
  });

  it('finds nothing where there is nothing', () => {
    expect([...matchRows([], [])]).toEqual([]);
    expect([...matchRows(labels, [])]).toEqual([]);
    expect([...matchRows([], labels.slice(0, 2))]).toEqual([-1, -1]);
  });
});
