/** Stretches in which one circuit leads in every part, against a search through all of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Lead, Leads, type MovedStep } from '../../src/reports/findings/leading.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 300);

const LIMITS = { share: 0.75, partMs: 2000, movers: 2 };

type Name = 'a' | 'b' | 'c';

const bytes = fc.constantFrom(0, 0, 0, 1, 2, 9);

const steps = fc
  .array(
    fc.record({ afterMs: fc.constantFrom(500, 1000, 1500, 2500), a: bytes, b: bytes, c: bytes }),
    {
      maxLength: 25,
      size: 'max',
    },
  )
  .map((all) => {
    let at = 0;
    return all.map(({ afterMs, ...moved }, index): MovedStep<Name> => {
      const own = new Map((['a', 'b'] as const).map((name) => [name as Name, moved[name]]));
      const movers = (['a', 'b', 'c'] as const).filter((name) => moved[name] > 0);
      const since = at;
      at += afterMs;
      // What c moved is known of all, and of none.
      const total = moved.a + moved.b + moved.c;
      return { since, at, number: index + 2, total, own, movers: new Set(movers) };
    });
  });

/** Who leads in the shortest part that ends with a step. */
function leaderAt(all: readonly MovedStep<Name>[], last: number): Name | undefined {
  for (let first = last - 1; first >= 0; first--) {
    if (all[last]!.at - all[first]!.since < LIMITS.partMs) continue;
    const part = all.slice(first, last + 1);
    if (new Set(part.flatMap(({ movers }) => [...movers])).size < LIMITS.movers) return undefined;
    const total = part.reduce((sum, step) => sum + step.total, 0);
    return (['a', 'b'] as const).find((name) => {
      const own = part.reduce((sum, step) => sum + step.own.get(name)!, 0);
      return own > 0 && own >= LIMITS.share * total;
    });
  }
  return undefined;
}

describe('leads', () => {
  it('are all stretches in which every part has the same leader', () => {
    fc.assert(
      fc.property(steps, (all) => {
        const leads = new Leads<Name>(LIMITS);
        const found: (Lead<Name> | undefined)[] = all.map((step) => leads.take(step));
        found.push(leads.cut());
        const told = found
          .filter((lead) => lead !== undefined)
          .map(({ circuit, toNumber }) => `${circuit} to ${toNumber}`);
        const leaders = all.map((_, last) => leaderAt(all, last));
        const expected = leaders.flatMap((leader, last) =>
          leader !== undefined && leaders[last + 1] !== leader ? [`${leader} to ${last + 2}`] : [],
        );
        expect(told).toEqual(expected);
        for (const lead of found) {
          if (lead === undefined) continue;
          const within = all.filter(({ since, at }) => since >= lead.from && at <= lead.to);
          const sum = (of: (step: MovedStep<Name>) => number) =>
            within.reduce((all, step) => all + of(step), 0);
          expect(lead.own).toBe(sum(({ own }) => own.get(lead.circuit)!));
          expect(lead.total).toBe(sum(({ total }) => total));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('do not reach over a cut', () => {
    const leads = new Leads<Name>(LIMITS);
    const own = new Map<Name, number>([['a', 5]]);
    const step = (number: number): MovedStep<Name> => {
      const at = number * 1000;
      return { since: at - 1000, at, number, total: 5, own, movers: new Set(['a', 'b']) };
    };
    for (const number of [2, 3, 4]) expect(leads.take(step(number))).toBeUndefined();
    expect(leads.cut()).toMatchObject({ from: 1000, to: 4000, own: 15 });
    expect(leads.take(step(9))).toBeUndefined();
    expect(leads.cut()).toBeUndefined();
  });
});
