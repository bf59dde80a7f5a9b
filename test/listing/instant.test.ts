import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoTime, spreadsheetTime } from '../../src/listing/instant.ts';

const moments = fc.integer({ min: -8.64e15, max: 8.64e15 });

describe('isoTime', () => {
  it('is what Date says, in any order of days', () => {
    fc.assert(
      fc.property(fc.array(moments), (times) => {
        for (const at of times) expect(isoTime(at)).toBe(new Date(at).toISOString());
      }),
    );
  });

  it('keeps the last millisecond of a day on that day', () => {
    const midnight = Date.UTC(2026, 10, 23);
    expect(isoTime(midnight - 1)).toBe('2026-11-22T23:59:59.999Z');
    expect(isoTime(midnight)).toBe('2026-11-23T00:00:00.000Z');
    expect(isoTime(midnight - 0.5)).toBe('2026-11-22T23:59:59.999Z');
  });

  it('is empty for what no calendar holds', () => {
    for (const at of [Number.NaN, Number.POSITIVE_INFINITY, 8.64e15 + 1, -8.64e15 - 1]) {
      expect(isoTime(at)).toBe('');
      expect(spreadsheetTime(at)).toBe('');
    }
  });
});

describe('spreadsheetTime', () => {
  it('is the ISO time to the second, without T and Z', () => {
    expect(spreadsheetTime(1_795_405_466_901)).toBe('2026-11-23 03:44:26');
    fc.assert(
      fc.property(moments, (at) => {
        const iso = new Date(at).toISOString();
        expect(spreadsheetTime(at)).toBe(iso.replace('T', ' ').replace(/\.\d+Z$/, ''));
      }),
    );
  });
});
