import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableText } from '../../src/output/aligned.ts';
import type { Column, Row } from '../../src/output/table.ts';
import { anyText } from './anyText.ts';
import { SAMPLE, SAMPLE_COLUMNS, tableOf, textColumn } from './sampleTable.ts';

const linesOf = (columns: readonly Column[], rows: Iterable<Row>, width?: number) =>
  [...tableText(tableOf(columns, rows), width === undefined ? undefined : { width, all: true })]
    .join('')
    .split('\n')
    .slice(0, -1);

describe('tableText', () => {
  it('aligns numbers to the right and everything else to the left', () => {
    expect([...tableText(SAMPLE)].join('')).toBe(
      `
conn_id  opened_at                 opened_known  lifetime_min_s      ratio        read_bytes  reason
      7  2026-11-23T03:44:26.901Z  true                   9.901       0.25              1024  DONE
  12345  2026-11-23T03:44:27.001Z  false                     10  -0.333333  9007199254740993  =1+1
     13
     14  1970-01-01T00:00:00.000Z  false                      0          0                -5  \\u001b[2J\\u202e,"x"
`.slice(1),
    );
  });

  it('is a header where there are no rows', () => {
    expect(linesOf(SAMPLE_COLUMNS.slice(0, 2), [])).toEqual(['conn_id  opened_at']);
  });

  it('cuts the longest texts until a line fits the terminal', () => {
    const columns = [
      textColumn('rule'),
      { name: 'n', kind: 'integer' } as const,
      textColumn('why'),
    ];
    const row = ['beacon-rule', 12, 'it opened a connection every ten seconds'];
    // 11 + 2 + 2 + 2 + 40 = 57 columns; 30 leave 13 for the explanation: 12 letters and the cut,
    // or fewer where the cut would follow a space.
    expect(linesOf(columns, [row], 30)).toEqual([
      'rule          n  why',
      'beacon-rule  12  it opened a…',
    ]);
    // What follows a text that was cut is still there and still aligned.
    expect(linesOf([textColumn('why'), columns[1]!], [[row[2]!, 12]], 24)).toEqual([
      'why                    n',
      'it opened a connect…  12',
    ]);
    expect(linesOf(columns, [row], 57)[1]).toBe(
      'beacon-rule  12  it opened a connection every ten seconds',
    );
    expect(linesOf(columns, [row])[1]).toBe(linesOf(columns, [row], 57)[1]);
  });

  it('ends a line that cannot fit with a cut, and cuts no number in the middle of a line', () => {
    const columns = ['a', 'b', 'c'].map((name): Column => ({ name, kind: 'integer' }));
    const row = [1_234_567_890, 1_234_567_890, 1_234_567_890];
    expect(linesOf(columns, [row], 26)).toEqual(
      ['         a           b   …', '1234567890  1234567890  1…'].map((line) =>
        line.replace(/ +…$/, '…'),
      ),
    );
  });

  it('leaves a terminal that claims no width to itself', () => {
    expect(linesOf([textColumn('a')], [['x'.repeat(40)]], 0)[1]).toBe(`${'x'.repeat(19)}…`);
  });

  it('takes the widths from the first 1,000 rows and no more', () => {
    let taken = 0;
    function* rows() {
      for (; taken < 3000; taken++) yield [taken < 1000 ? 'ab' : 'longer', taken];
    }
    const columns = [textColumn('t'), { name: 'n', kind: 'integer' } as const];
    const lines = tableText(tableOf(columns, rows()));
    expect(lines.next().value).toBe('t     n\n');
    expect(taken).toBeLessThanOrEqual(1000);
    const rest = [...lines];
    expect(rest).toHaveLength(3000);
    expect(rest[999]).toBe('ab  999\n');
    expect(rest[1000]).toBe('longer  1000\n');
  });

  it('never sends a terminal what it obeys, nor a line longer than it is wide', () => {
    const widths = fc.integer({ min: 20, max: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText)), widths, (rows, width) => {
        for (const line of linesOf([textColumn('a'), textColumn('b')], rows, width)) {
          expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
          expect(Array.from(line).length).toBeLessThanOrEqual(width);
        }
      }),
    );
  });
});
