/** What a terminal shows of a table, and what it leaves out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableText } from '../../src/output/aligned.ts';
import { type ScreenView, screenView } from '../../src/output/screen.ts';
import type { Column, Row, Table } from '../../src/output/table.ts';
import { NAMED_REPORTS } from '../../src/reports/reports.ts';

const AT = Date.parse('2026-11-23T03:44:26.901Z');
const DAY_MS = 86_400_000;

const COLUMNS: readonly Column[] = [
  { name: 'bucket_end', kind: 'time' },
  { name: 'address', kind: 'text' },
  { name: 'bytes', kind: 'integer' },
  { name: 'share', kind: 'decimal' },
  { name: 'age_s', kind: 'seconds' },
];

function table(rows: readonly Row[], leading?: readonly string[]): Table {
  return { name: 'made-up', columns: COLUMNS, rows, ...(leading === undefined ? {} : { leading }) };
}

function view(rows: readonly Row[], width: number, leading?: readonly string[]): ScreenView {
  return screenView(table(rows, leading), rows, width);
}

const ROW: Row = [AT, '203.0.113.200', 9_007_199_254_740_991, 0.028531, 228.663];

describe('a table on a terminal', () => {
  it('has the columns that lead first, and names those for which there is no room', () => {
    // 13 + 2 + 16 are 31.
    const { columns, hidden } = view([ROW], 31, ['address', 'bytes', 'share']);
    expect(columns.map(({ name }) => name)).toEqual(['address', 'bytes']);
    expect(hidden).toEqual(['bucket_end', 'share', 'age_s']);
  });

  it('passes over one that is too wide, and shows the others only where all that lead are shown', () => {
    const few = view([ROW], 22, ['address', 'bytes', 'share']);
    expect(few.columns.map(({ name }) => name)).toEqual(['address', 'share']);
    const all = view([ROW], 47, ['address', 'bytes', 'share']);
    expect(all.columns.map(({ name }) => name)).toEqual(['address', 'bytes', 'share', 'age_s']);
    expect(all.hidden).toEqual(['bucket_end']);
  });

  it('shows one column on the narrowest', () => {
    expect(view([ROW], 1).columns).toHaveLength(1);
  });

  it('leaves the date out where all times have the same, and says which', () => {
    const { day, texts } = view([ROW, [AT + 7000, 'x', 1, 1, 1]], 80);
    expect(day).toBe('2026-11-23');
    expect(texts(ROW)[0]).toBe('03:44:26');
    // A row behind those that were looked at.
    expect(texts([AT + DAY_MS, 'x', 1, 1, 1])[0]).toBe('2026-11-24T03:44:26Z');
  });

  it('shows dates where there are several', () => {
    const { day, texts } = view([ROW, [AT + DAY_MS, 'x', 1, 1, 1]], 80);
    expect(day).toBeUndefined();
    expect(texts(ROW)[0]).toBe('2026-11-23T03:44:26Z');
  });

  it('shows milliseconds where most times follow within a second', () => {
    const rows = [0, 250, 500, 750, 1000].map((later): Row => [AT + later, 'x', 1, 1, 1]);
    expect(view(rows, 80).texts(ROW)[0]).toBe('03:44:26.901');
  });

  it('rounds what is no integer to three digits, and nothing else', () => {
    expect(view([ROW], 80).texts(ROW).slice(1)).toEqual([
      ...['203.0.113.200', '9007199254740991', '0.0285', '229'],
    ]);
    expect(view([ROW], 80).texts([null, '', 7, 12_345.678, 9.9]).slice(0)).toEqual([
      ...['', '', '7', '12346', '9.9'],
    ]);
  });

  it('never shows two times as one that are on different days, nor a line that is too long', () => {
    const times = fc.array(fc.integer({ min: AT - DAY_MS, max: AT + DAY_MS }), { minLength: 1 });
    fc.assert(
      fc.property(times, fc.integer({ min: 20, max: 120 }), (all, width) => {
        const rows = all.map((at): Row => [at, 'x', 1, 0.5, 2]);
        const { day, texts } = view(rows, width, ['bucket_end']);
        for (const row of rows) {
          const [shown] = texts(row);
          const whole = new Date(row[0] as number).toISOString();
          expect(whole).toContain(shown!.replace(/Z$/, ''));
          if (shown!.length < 'YYYY-MM-DD'.length) expect(whole.slice(0, 10)).toBe(day);
        }
        for (const line of tableText(table(rows, ['bucket_end']), { width })) {
          expect(line.length).toBeLessThanOrEqual(width + 1);
        }
      }),
    );
  });

  it.each(NAMED_REPORTS)('of $name begins with columns that it has, each once', (report) => {
    const names = report.columns.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining([...report.leading]));
    expect(new Set(report.leading).size).toBe(report.leading.length);
    expect(report.leading.length).toBeGreaterThan(3);
  });
});
