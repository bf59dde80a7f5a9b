/** Workbooks: which parts there are, what a sheet cannot hold, and what becomes of failures. */
import { describe, expect, it } from 'vitest';
import type { Row, Table } from '../../../src/output/table.ts';
import { MAX_CELL_LENGTH, SheetXml, type Shortened } from '../../../src/output/xlsx/sheet.ts';
import { workbookBytes } from '../../../src/output/xlsx/workbook.ts';
import { failingRows, SAMPLE, tableOf, textColumn } from '../sampleTable.ts';
import { written } from './unzipped.ts';

const NUMBERS: Table['columns'] = [{ name: 'n', kind: 'integer' }];

function sheetOf(table: Table, maxRows?: number): { text: string; shortened?: Shortened } {
  const sheet = new SheetXml(table, maxRows);
  const text = [...sheet.text()].join('');
  return { text, ...(sheet.shortened && { shortened: sheet.shortened }) };
}

function cellsOf(text: string): string[] {
  return [
    ...text.matchAll(/<c r="([A-Z]+\d+)"[^>]*>(?:<v>(.*?)<\/v>|.*?<t [^>]*>(.*?)<\/t>)/gs),
  ].map(([, at, value, string]) => `${at} ${value ?? string}`);
}

function* numbers(count: number): Generator<Row> {
  for (let n = 1; n <= count; n++) yield [n];
}

describe('a sheet', () => {
  it('holds as many rows as it can, and says nothing of it', () => {
    const { text, shortened } = sheetOf(tableOf(NUMBERS, numbers(3)), 4);
    expect(cellsOf(text)).toEqual(['A1 n', 'A2 1', 'A3 2', 'A4 3']);
    expect(text).toContain('<autoFilter ref="A1:A4"/>');
    expect(shortened).toBeUndefined();
  });

  it('ends with a word on the rows that are one more, or many, and counts them', () => {
    for (const count of [4, 1000]) {
      const { text, shortened } = sheetOf(tableOf(NUMBERS, numbers(count)), 4);
      const missing = count - 2;
      const word = `A4 ${missing} more rows: more than a sheet holds; CSV has them all`;
      expect(cellsOf(text)).toEqual(['A1 n', 'A2 1', 'A3 2', word]);
      expect(shortened).toEqual({ sheet: 'sample', rows: missing, cells: 0 });
    }
  });

  it('cuts a text that is longer than a cell, says how long it is, and counts it', () => {
    const texts = ['x'.repeat(MAX_CELL_LENGTH), 'y'.repeat(MAX_CELL_LENGTH + 1)];
    const { text, shortened } = sheetOf(
      tableOf(
        [textColumn('t')],
        texts.map((one) => [one]),
      ),
    );
    const [, whole, cut] = cellsOf(text);
    expect(whole).toBe(`A2 ${texts[0]}`);
    expect(cut!.length - 'A3 '.length).toBe(MAX_CELL_LENGTH);
    expect(cut).toMatch(/y… \(32768 characters\)$/);
    expect(shortened).toEqual({ sheet: 'sample', rows: 0, cells: 1 });
  });

  it('is well-formed whatever a text has', () => {
    const texts = ['a<b>&"c"', '\0\u0001\u000b\r', '\ud800x', '_x0041_', '\ufffe', ' \t\n'];
    const { text } = sheetOf(
      tableOf(
        [textColumn('<"&>')],
        texts.map((one) => [one]),
      ),
    );
    expect(cellsOf(text)).toEqual([
      ...['A1 &lt;&quot;&amp;&gt;', 'A2 a&lt;b&gt;&amp;&quot;c&quot;'],
      ...[
        'A3 _x0000__x0001__x000B__x000D_',
        'A4 \ufffdx',
        'A5 _x005F_x0041_',
        'A6 _xFFFE_',
        'A7  \t\n',
      ],
    ]);
  });

  it('has times that no spreadsheet shows as texts, and no cell for what is not known', () => {
    const rows: Row[] = [[-1e15], [Date.UTC(10_000, 0)], [Number.NaN], [null], [0]];
    const { text } = sheetOf(tableOf([{ name: 'at', kind: 'time' }], rows));
    expect(cellsOf(text)).toEqual([
      ...['A1 at', 'A2 -029719-04-05T22:13:20.000Z', 'A3 +010000-01-01T00:00:00.000Z', 'A6 25569'],
    ]);
  });

  it('keeps its header in sight, with a filter, and columns wide enough for their names', () => {
    const { text } = sheetOf(SAMPLE);
    expect(text).toContain(
      '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>',
    );
    expect(text).toContain('<autoFilter ref="A1:G5"/>');
    const widths = [...text.matchAll(/<col min="(\d+)" max="\1" width="(\d+)"/g)];
    for (const [place, { name }] of SAMPLE.columns.entries()) {
      expect(Number(widths[place]![2])).toBeGreaterThan(name.length);
    }
  });

  it('names columns beyond Z', () => {
    const columns = Array.from({ length: 28 }, (_, place) => textColumn(`c${place}`));
    const { text } = sheetOf(tableOf(columns, []));
    expect(text).toContain('<c r="Z1"');
    expect(text).toContain('<c r="AB1"');
    expect(text).toContain('<autoFilter ref="A1:AB1"/>');
  });
});

describe('a workbook', () => {
  it('ties every part to the others, and says what each is', async () => {
    const of = { ...SAMPLE, name: 'over_time' };
    const chart = { title: 'A & B', unit: 'bytes', columns: ['ratio', 'read_bytes'] };
    const charts = { of, charts: [chart, chart], span: () => undefined };
    const { parts } = await written({ tables: [SAMPLE, of], charts });
    const types = parts.get('[Content_Types].xml')!;
    for (const path of parts.keys()) {
      expect(
        path.endsWith('.rels') || path === '[Content_Types].xml' || types.includes(`"/${path}"`),
        path,
      ).toBe(true);
    }
    for (const [path, text] of parts) {
      for (const [, target] of text.matchAll(/Target="([^"]*)"/g)) {
        const from = new URL(path.replace('_rels/', ''), 'file:///');
        expect([...parts.keys()]).toContain(new URL(target!, from).pathname.slice(1));
      }
    }
    const sheets = [...parts.get('xl/workbook.xml')!.matchAll(/<sheet name="([^"]*)"/g)];
    expect(sheets.map(([, name]) => name)).toEqual(['charts', 'sample', 'over_time']);
    expect(parts.get('xl/workbook.xml')).toContain("'over_time'!$A$1:$G$5");
    expect(parts.get('xl/charts/chart1.xml')).toContain("'over_time'!$E$2:$E$5");
  });

  it('is the same file for the same tables', async () => {
    const [one, other] = [await written({ tables: [SAMPLE] }), await written({ tables: [SAMPLE] })];
    expect(one.bytes.equals(other.bytes)).toBe(true);
  });

  it('fails as its rows do', async () => {
    const table = tableOf(NUMBERS, failingRows([[1]], new Error('the disk is gone')));
    await expect(written({ tables: [SAMPLE, table] })).rejects.toThrow('the disk is gone');
  });

  it('closes the rows when nobody reads on', async () => {
    let isClosed = false;
    function* endless(): Generator<Row> {
      try {
        for (let n = 0; ; n++) yield [`${n} ${Math.sin(n)}`];
      } finally {
        isClosed = true;
      }
    }
    const tables = [tableOf([textColumn('t')], endless())];
    let taken = 0;
    for await (const chunk of workbookBytes({ tables }, () => {})) {
      taken += chunk.length;
      if (taken > 100_000) break;
    }
    await new Promise(setImmediate);
    expect(isClosed).toBe(true);
  });
});
