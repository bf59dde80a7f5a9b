import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../src/cli/duration.ts';
import { parseTime } from '../../src/cli/time.ts';
import { ConntapeError } from '../../src/error.ts';

const iso = (text: string) => Date.parse(text);

const NOW = iso('2026-11-24T15:00:00.250Z');
const FIRST = iso('2026-11-20T22:10:00.100Z');
const LAST = iso('2026-11-23T03:50:00.900Z');
const CONTEXT = { now: NOW, first: FIRST, last: LAST };

describe('parseTime', () => {
  it.each([
    ['2026-11-23T03:44:26Z', '2026-11-23T03:44:26Z'],
    ['2026-11-23T03:44:26.9Z', '2026-11-23T03:44:26.900Z'],
    ['2026-11-23T03:44:26,901999Z', '2026-11-23T03:44:26.901Z'],
    ['2026-11-23T03:44:26', '2026-11-23T03:44:26Z'],
    ['2026-11-23T03:44', '2026-11-23T03:44:00Z'],
    ['2026-11-23 03:44', '2026-11-23T03:44:00Z'],
    ['2026-11-23t03:44z', '2026-11-23T03:44:00Z'],
    ['2026-11-23', '2026-11-23T00:00:00Z'],
    ['2026-11-23T03:44+02:00', '2026-11-23T01:44:00Z'],
    ['2026-11-23T03:44:26-0530', '2026-11-23T09:14:26Z'],
    ['2026-11-23T00:30+01', '2026-11-22T23:30:00Z'],
    ['2024-02-29', '2024-02-29T00:00:00Z'],
    ['0000-01-01', '0000-01-01T00:00:00Z'],
    ['0099-06-01', '0099-06-01T00:00:00Z'],
    ['9999-12-31T23:59:59.999', '9999-12-31T23:59:59.999Z'],
    ['03:44', '2026-11-23T03:44:00Z'],
    ['03:44:26', '2026-11-23T03:44:26Z'],
    ['3:44', '2026-11-23T03:44:00Z'],
    ['2026-11-23 3:44', '2026-11-23T03:44:00Z'],
    ['03:44+02:00', '2026-11-23T01:44:00Z'],
    ['3:44:26-01', '2026-11-23T04:44:26Z'],
    ['03:44:26.5Z', '2026-11-23T03:44:26.500Z'],
    ['1795405466', '2026-11-23T03:44:26Z'],
    ['1795405466.9019', '2026-11-23T03:44:26.901Z'],
    ['100000000', '1973-03-03T09:46:40Z'],
    ['now', '2026-11-24T15:00:00.250Z'],
    ['today', '2026-11-24T00:00:00Z'],
    ['yesterday', '2026-11-23T00:00:00Z'],
    ['10m ago', '2026-11-24T14:50:00.250Z'],
    ['3d2h ago', '2026-11-21T13:00:00.250Z'],
    ['+1h', '2026-11-20T23:10:00.100Z'],
    ['+0s', '2026-11-20T22:10:00.100Z'],
    ['-1h', '2026-11-23T02:50:00.900Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseTime(text, CONTEXT)).toBe(iso(expected));
  });

  it.each([
    ['', /^reading the time "": it is not a time$/],
    ['soon', /it is not a time/],
    ['2026-02-30', /there is no 2026-02-30/],
    ['2025-02-29T10:00Z', /there is no 2025-02-29/],
    ['2026-13-01', /there is no 2026-13-01/],
    ['2026-00-10', /there is no 2026-00-10/],
    ['2026-11-23T24:00', /not a time/],
    ['2026-11-23T03:60', /not a time/],
    ['2026-11-23T03:44:60Z', /not a time/],
    ['2026-11-23T03:44+24:00', /not a time/],
    ['2026-11-23Z', /not a time/],
    ['2026-11', /not a time/],
    ['2026', /epoch seconds have 9 to 11 digits, this has 4/],
    ['20261123', /this has 8/],
    ['1795405466901', /this has 13/],
    ['25:00', /not a time/],
    ['Now', /not a time/],
    [' now', /not a time/],
    ['ago', /not a time/],
    [' ago', /reading the duration ""/],
    ['+1', /reading the duration "1": it has no unit/],
    ['-', /reading the duration ""/],
    ['5000w ago', undefined],
    ['999999w ago', /beyond the calendar/],
    ['+999999w', /beyond the calendar/],
    ['0000-01-01T00:00+01:00', /beyond the calendar/],
  ])('refuses %j', (text, message) => {
    if (message === undefined) {
      expect(parseTime(text, CONTEXT)).toBeLessThan(0);
      return;
    }
    expect(() => parseTime(text, CONTEXT)).toThrow(message);
    expect(() => parseTime(text, CONTEXT)).toThrow(ConntapeError);
  });

  it.each(['03:44', '+1h', '-1h'])('refuses %s where there is no recording', (text) => {
    expect(() => parseTime(text, { now: NOW })).toThrow(
      /it counts from a recording, and none is named/,
    );
  });

  it('gives a usage error with examples', () => {
    try {
      parseTime('soon', CONTEXT);
      expect.unreachable();
    } catch (thrown) {
      expect(thrown).toMatchObject({ kind: 'usage', hint: expect.stringContaining('10m ago') });
    }
  });

  it('reads every moment back from ISO 8601', () => {
    const moments = fc.date({
      min: new Date('0000-01-01T00:00:00.000Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(moments, (moment) => {
        const text = moment.toISOString();
        const at = moment.getTime();
        expect(parseTime(text, CONTEXT)).toBe(at);
        expect(parseTime(text.slice(0, -1).replace('T', ' '), CONTEXT)).toBe(at);
        expect(parseTime(text.slice(11, -1), { now: NOW, last: at })).toBe(at);
      }),
    );
  });

  it('reads every moment back from epoch seconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000_000, max: 99_999_999_999_999 }), (at) => {
        const milliseconds = String(at % 1000).padStart(3, '0');
        expect(parseTime(`${Math.floor(at / 1000)}.${milliseconds}`, CONTEXT)).toBe(at);
      }),
    );
  });

  it('counts any duration from now, the start and the end', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (milliseconds) => {
        const text = formatDuration(milliseconds);
        expect(parseTime(`${text} ago`, CONTEXT)).toBe(NOW - milliseconds);
        expect(parseTime(`+${text}`, CONTEXT)).toBe(FIRST + milliseconds);
        expect(parseTime(`-${text}`, CONTEXT)).toBe(LAST - milliseconds);
      }),
    );
  });

  it('gives a moment or a usage error for any text', () => {
    const pieces = fc.array(
      fc.constantFrom(
        ...'0123456789',
        '-',
        ':',
        '.',
        '+',
        'T',
        'Z',
        ' ',
        'ago',
        'h',
        'ms',
        '23',
        '2026-11-',
      ),
    );
    const texts = fc.oneof(
      fc.string(),
      pieces.map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(texts, (text) => {
        try {
          expect(Number.isSafeInteger(parseTime(text, CONTEXT))).toBe(true);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(ConntapeError);
          expect(thrown).toMatchObject({ kind: 'usage' });
        }
      }),
      { numRuns: 2000 },
    );
  });
});
