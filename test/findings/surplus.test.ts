/**
 * No window is overlooked: what is found of two sums against a brute force over all pairs of
 * snapshots. Owns the generated sums; limits are small, so that these often just meet them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Growth, type Sums, Surplus } from '../../src/reports/findings/surplus.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 300);

const LIMITS = { ratio: 2, bytes: 6, rate: 2, windowMs: 8000 };

const step = fc.record({
  afterMs: fc.constantFrom(500, 1000, 1000, 2000, 2999),
  more: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 })),
  less: fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 1, max: 12 })),
});

const snapshots = fc.array(step, { maxLength: 25, size: 'max' }).map((steps) => {
  const sums: Sums[] = [{ at: 0, number: 1, more: 0, less: 0 }];
  for (const { afterMs, more, less } of steps) {
    const { at, number, ...last } = sums.at(-1)!;
    const next = { more: last.more + more, less: last.less + less };
    sums.push({ at: at + afterMs, number: number + 1, ...next });
  }
  return sums;
});

/** Every window as asked that ends with a snapshot. */
function windowsTo(to: Sums, sums: readonly Sums[], wrapping: number): Growth[] {
  return sums
    .filter(({ at }) => at < to.at && to.at - at <= LIMITS.windowMs)
    .filter((from) => {
      const [more, less] = [to.more - from.more, to.less - from.less];
      const bytes = more - (1 + wrapping) * less;
      return (
        more >= LIMITS.ratio * less &&
        bytes >= LIMITS.bytes &&
        1000 * bytes >= LIMITS.rate * (to.at - from.at)
      );
    })
    .map((from) => {
      const [more, less] = [to.more - from.more, to.less - from.less];
      return { from, to, ratio: less > 0 ? more / less : Number.POSITIVE_INFINITY };
    });
}

describe('a surplus', () => {
  it('is found at each snapshot that ends a window as asked, and the worst of them', () => {
    fc.assert(
      fc.property(snapshots, fc.constantFrom(0, 0.5), (sums, wrapping) => {
        const surplus = new Surplus(LIMITS, wrapping);
        for (const now of sums) {
          const asked = windowsTo(now, sums, wrapping);
          const found = surplus.endingAt(now);
          expect(found?.worst.ratio).toBe(
            asked.length === 0 ? undefined : Math.max(...asked.map(({ ratio }) => ratio)),
          );
          if (found !== undefined) {
            expect(asked.map(({ from }) => from)).toContainEqual(found.worst.from);
            expect(asked.map(({ from }) => from)).toContainEqual(found.first);
          }
          surplus.add(now.at, now.number, now.more, now.less);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is kept for no longer than a window, however long it grows', () => {
    const surplus = new Surplus(LIMITS);
    for (let number = 1; number <= 1000; number++) {
      surplus.add(number * 1000, number, number * 10, number);
      expect(surplus.size).toBeLessThanOrEqual(LIMITS.windowMs / 1000 + 1);
    }
    expect(
      surplus.endingAt({ at: 1_001_000, number: 1001, more: 10_010, less: 1001 })?.first,
    ).toEqual({ at: 993_000, number: 993, more: 9930, less: 993 });
  });

  it('is one incident as long as windows overlap', () => {
    const at = (number: number, more: number): Sums => ({
      at: number * 1000,
      number,
      more,
      less: 0,
    });
    const surplus = new Surplus(LIMITS);
    const incidents: unknown[] = [];
    // Nine bytes at once, twice within a window; then nothing for long, and nine again.
    for (const now of [at(1, 0), at(2, 9), at(3, 9), at(4, 18), at(40, 18), at(41, 27)]) {
      const found = surplus.endingAt(now);
      const over = found === undefined ? undefined : surplus.join(found);
      if (over !== undefined) incidents.push([over.from.number, over.to.number]);
      surplus.add(now.at, now.number, now.more, now.less);
    }
    expect(incidents).toEqual([[1, 4]]);
    expect([surplus.open?.from.number, surplus.open?.to.number]).toEqual([40, 41]);
  });

  it('is not looked for before a restart', () => {
    const surplus = new Surplus(LIMITS);
    surplus.add(0, 1, 0, 0);
    const now = { at: 1000, number: 2, more: 100, less: 0 };
    expect(surplus.endingAt(now)).toBeDefined();
    surplus.restart();
    expect(surplus.endingAt(now)).toBeUndefined();
  });
});
