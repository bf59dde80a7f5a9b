/** What waits in queues comes back as it was, in its order. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ascending, Runs } from '../../src/recording/ascending.ts';
import { readNear, writeNear } from '../../src/recording/index/packedLives.ts';
import { mergedBy } from '../../src/recording/merging.ts';
import { type Packing, Queues } from '../../src/recording/queues.ts';

/** So long that a few fill a block. */
const TEXTS: Packing<string> = {
  write: (text, into) => into.block(Buffer.from(text.padEnd(5000))),
  read: (from) => Buffer.from(from.block()).toString().trimEnd(),
};

describe('queues', () => {
  it('give what was added first first, each its own, from memory and from the file', () => {
    const adds = fc.array(fc.tuple(fc.nat(3), fc.stringMatching(/^[a-z]{0,9}$/)), {
      maxLength: 40,
      size: 'max',
    });
    fc.assert(
      fc.property(adds, fc.constantFrom(undefined, 0, 1), (added, closed) => {
        const queues = new Queues(TEXTS);
        for (const [number, text] of added) {
          queues.add(number, text);
          if (number === closed) queues.close(number);
        }
        for (const number of [2, 0, 3, 1]) {
          const due = added.filter(([other]) => other === number);
          expect([...queues.take(number)]).toEqual(due.map(([, text]) => text));
          expect([...queues.take(number)]).toEqual([]);
        }
      }),
    );
  });

  it('keep any number, be it near another or not', () => {
    const numbers: Packing<readonly [number, number]> = {
      write: ([value, other], into) => writeNear(into, value, other),
      read: (from) => [readNear(from, 7), 7],
    };
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.maxSafeInteger(), fc.double(), fc.integer({ min: -9, max: 9 }))),
        (values) => {
          const queues = new Queues(numbers);
          for (const value of values) queues.add(0, [value, 7]);
          // −0 is a number of milliseconds as 0 is.
          const due = values.map((value) => (value === 0 ? 0 : value));
          expect(Array.from(queues.take(0), ([value]) => (value === 0 ? 0 : value))).toEqual(due);
        },
      ),
    );
  });
});

describe('numbers in ascending order', () => {
  it('are those that were added, in whatever runs they waited', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { maxLength: 40, size: 'max' }),
        fc.nat(4),
        (added, size) => {
          const runs = new Runs(size + 1);
          const [one, other] = [new Ascending(runs), new Ascending(runs)];
          for (const number of added) {
            one.add(number);
            other.add(-number);
          }
          const due = added.toSorted((a, b) => a - b);
          expect(one.count).toBe(added.length);
          expect([...one.take()]).toEqual(due);
          expect([...other.take()].map((number) => 0 - number).reverse()).toEqual(due);
        },
      ),
    );
  });
});

describe('several that are sorted', () => {
  it('are one that is, equal ones in the order of those that they come from', () => {
    const item = fc.nat(9);
    fc.assert(
      fc.property(fc.array(fc.array(item)), (lists) => {
        const sorted = lists.map((list, place) =>
          list.toSorted((a, b) => a - b).map((key) => ({ key, place })),
        );
        const merged = mergedBy(
          sorted.map((list) => list.values()),
          (a, b) => a.key - b.key,
        );
        expect([...merged]).toEqual(sorted.flat().sort((a, b) => a.key - b.key));
      }),
    );
  });
});
