import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlindTimes, type Stretch } from '../../../src/recording/index/blind.ts';
import { MIDNIGHT } from '../../oracle/cases.ts';
import { withRecording } from '../tapes.ts';

function blind(...gaps: readonly (readonly [from: number, to: number])[]): BlindTimes {
  return new BlindTimes(gaps.map(([from, to]) => ({ from, to })));
}

describe('blind times', () => {
  it('are the gaps, joined where they overlap or touch', () => {
    const { stretches } = blind([0, 10], [5, 8], [8, 12], [12, 15], [20, 20], [21, 22]);
    expect(stretches).toEqual([
      { from: 0, to: 15 },
      { from: 21, to: 22 },
    ]);
  });

  it('share some of the time between two moments, not an instant of it', () => {
    const times = blind([10, 20], [30, 40]);
    expect(times.overlaps(0, 10)).toBe(false);
    expect(times.overlaps(20, 30)).toBe(false);
    expect(times.overlaps(40, 50)).toBe(false);
    expect(times.overlaps(0, 11)).toBe(true);
    expect(times.overlaps(19, 30)).toBe(true);
    expect(times.overlaps(13, 14)).toBe(true);
    expect(times.overlaps(0, 50)).toBe(true);
    expect(blind().overlaps(0, 50)).toBe(false);
  });

  it('hide what lies inside, not on their edges', () => {
    const times = blind([10, 20], [30, 40]);
    expect([9, 10, 11, 19, 20, 25, 30, 31, 40, 41].filter((at) => times.hides(at))).toEqual([
      11, 19, 31,
    ]);
    // Nobody saw the moment at which one gap followed another.
    expect(blind([10, 20], [20, 30]).hides(20)).toBe(true);
  });

  it('are taken off what was observed', () => {
    const times = blind([10, 20], [30, 40]);
    expect(times.within(0, 50)).toBe(20);
    expect(times.within(15, 35)).toBe(10);
    expect(times.within(12, 13)).toBe(1);
    expect(times.within(20, 30)).toBe(0);
    expect(times.within(40, 50)).toBe(0);
    expect(times.within(15, 15)).toBe(0);
  });

  it('are what counting millisecond by millisecond finds', () => {
    const moment = fc.nat(30);
    const gaps = fc
      .array(fc.tuple(moment, moment), { maxLength: 5 })
      .map((all): Stretch[] =>
        all
          .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
          .sort((a, b) => a.from - b.from),
      );
    fc.assert(
      fc.property(gaps, moment, moment, (all, a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        const isBlind = (at: number) => all.some((gap) => gap.from <= at && at < gap.to);
        const hidden = Array.from({ length: to - from }, (_, at) => from + at).filter(isBlind);
        const times = new BlindTimes(all);
        expect(times.within(from, to)).toBe(hidden.length);
        if (from < to) expect(times.overlaps(from, to)).toBe(hidden.length > 0);
        expect(times.hides(a)).toBe(isBlind(a) && isBlind(a - 1));
      }),
    );
  });

  it('of a recording are its gaps, told and implied', async () => {
    const iso = (second: number) => new Date(MIDNIGHT + second * 1000).toISOString();
    const lines = [
      { transcript: 1, source: 'native', interval_s: 10 },
      { at: iso(0), conn: '' },
      { gap: { from: iso(2), to: iso(4), reason: 'a nap' } },
      { at: iso(10), conn: '' },
      // Longer than 25 s, and told of in part.
      { gap: { from: iso(15), to: iso(20), reason: 'a nap' } },
      { at: iso(36), conn: '' },
      { at: iso(61), conn: '' },
    ].map((item) => JSON.stringify(item));
    const stretches = await withRecording(
      lines,
      (recording) => recording.index.blindTimes().stretches,
    );
    const seconds = stretches.map(({ from, to }) => [from, to].map((at) => (at - MIDNIGHT) / 1000));
    expect(seconds).toEqual([
      [2, 4],
      [10, 36],
    ]);
  });
});
