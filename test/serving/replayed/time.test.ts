/** Replayed time: never back, never past its end, and there when it said it would be. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayedTime } from '../../../src/serving/replayed/time.ts';

describe('replayed time', () => {
  it('comes to a moment after the wait that it asked for, and not a whole one later', () =>
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        fc.integer({ min: 0, max: 1e9 }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (speed, ahead, begun) => {
          let real = begun;
          const start = 1_795_392_000_000;
          const time = new ReplayedTime({ start, end: start + 1e9, speed, monotonic: () => real });
          const moment = start + ahead;
          const wait = time.until(moment);
          expect(Number.isInteger(wait)).toBe(true);
          // Adding to the clock may lose the last bit of it.
          real += wait + 1e-6;
          expect(time.now()).toBeGreaterThanOrEqual(moment);
          if (wait < 1) return;
          real -= 1.001;
          expect(time.now()).toBeLessThan(moment);
        },
      ),
    ));

  it('stays at its end, and begins nowhere else', () => {
    let real = 0;
    const time = new ReplayedTime({ start: 50, end: 10, speed: 1, monotonic: () => real });
    expect([time.start, time.now()]).toEqual([10, 10]);
    real = 1000;
    expect([time.now(), time.until(10), time.until(11)]).toEqual([10, 0, Number.POSITIVE_INFINITY]);
  });

  it('stands still at no speed', () => {
    let real = 0;
    const time = new ReplayedTime({ start: 5, end: 10, speed: 0, monotonic: () => real });
    real = 1e9;
    expect([time.now(), time.until(5), time.until(6)]).toEqual([5, 0, Number.POSITIVE_INFINITY]);
  });
});
