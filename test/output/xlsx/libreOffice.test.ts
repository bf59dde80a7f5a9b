/** LibreOffice opens workbooks: every cell is what it was, and the charts are drawn. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { Row, Table } from '../../../src/output/table.ts';
import { LINE_COLOURS } from '../../../src/output/xlsx/chart.ts';
import { churn } from '../../../src/reports/churn.ts';
import { load } from '../../../src/reports/load.ts';
import { charted } from '../../../src/reports/overTime.ts';
import type { Report } from '../../../src/reports/report.ts';
import { run } from '../../commands/running.ts';
import { temporaryFolder } from '../../recording/tapes.ts';
import { cellsOf, converted, fileOf, shown, spreadsheetAvailable } from '../libreOffice.ts';
import { LOOKING_LIKE_NUMBERS, MERE_TEXTS } from '../lookalikes.ts';
import { SAMPLE_COLUMNS, tableOf, textColumn } from '../sampleTable.ts';
import { written } from './unzipped.ts';

const AT = Date.parse('2026-11-23T03:44:26Z');

const ROWS: readonly Row[] = [
  [12_345, AT, true, 9.901, -0.333333, 123_456_789_012_345, '203.0.113.7'],
  [-7, null, 0, 1000, 0.000001, 9_007_199_254_740_993n, '=1+1'],
];

const FORMULAS = ['=1+1', '+1+1', '@SUM(1)', '\t=1', "'=1", 'a\nb', 'a\r\nb', '_x0041_', ' x '];

/** Debian's own, for which its packages are; another may come first on the path. */
const PYTHON = '/usr/bin/python3';

/** A sheet of a flat OpenDocument text. */
function sheetIn(xml: string, name: string): string {
  const start = xml.indexOf(`<table:table table:name="${name}"`);
  return xml.slice(start, xml.indexOf('</table:table>', start));
}

describe.skipIf(!spreadsheetAvailable())('LibreOffice', () => {
  it.each(['en-US', 'de-DE'])(
    'in %s reads every cell of a workbook as what it is',
    async (locale) => {
      const texts = [...LOOKING_LIKE_NUMBERS, ...MERE_TEXTS, ...FORMULAS];
      const { bytes } = await written({
        tables: [
          tableOf(SAMPLE_COLUMNS, ROWS),
          {
            ...tableOf(
              [textColumn('text')],
              texts.map((text) => [text]),
            ),
            name: 'texts',
          },
        ],
      });
      const xml = readFileSync(converted(fileOf('book.xlsx', bytes), 'fods', { locale }), 'utf8');
      const [header, first, second] = cellsOf(sheetIn(xml, 'sample')).map((row) =>
        row.slice(0, SAMPLE_COLUMNS.length),
      );
      expect(header!.map(({ text }) => text)).toEqual(SAMPLE_COLUMNS.map(({ name }) => name));
      expect(
        first!.map(({ type, value, text }) => [type, type === 'string' ? text : value]),
      ).toEqual([
        ['float', '12345'],
        ['date', '2026-11-23T03:44:26'],
        ['boolean', 'true'],
        ['float', '9.901'],
        ['float', '-0.333333'],
        ['float', '123456789012345'],
        ['string', '203.0.113.7'],
      ]);
      expect(first![1]!.text).toBe('2026-11-23 03:44:26');
      expect(first![5]!.text).toBe('123456789012345');
      expect(
        second!.map(({ type, value, text }) => [type, type === 'string' ? text : value]),
      ).toEqual([
        ['float', '-7'],
        ['', ''],
        ['boolean', 'false'],
        ['float', '1000'],
        ['float', '0.000001'],
        ['string', '9007199254740993'],
        ['string', '=1+1'],
      ]);
      const cells = cellsOf(sheetIn(xml, 'texts')).slice(1, texts.length + 1);
      expect(cells.map(([cell]) => [cell!.type, cell!.formula, cell!.text])).toEqual(
        texts.map((text) => ['string', false, shown(text)]),
      );
      expect(xml).toMatch(
        /<table:database-range [^>]*target-range-address="sample.A1:sample.G3"[^>]*display-filter-buttons="true"/,
      );
    },
  );

  it.skipIf(!runs('pdftoppm', ['-v'], 'how charts look', 'poppler-utils'))(
    'draws a line for each column, and none where nothing is known',
    async () => {
      const { bytes } = await written(charted([ofMinutes(churn), ofMinutes(load)], 60_000));
      const pages = converted(fileOf('book.xlsx', bytes), 'pdf');
      const picture = pictureOf(pages);
      const charts = 4;
      const found = Array.from({ length: charts }, (_, chart) =>
        LINE_COLOURS.slice(0, 2).map((colour) =>
          picture.columnsOf(colour, chart / charts, (chart + 1) / charts),
        ),
      );
      // Asymmetry has no rows here: its chart is there, with no line but those of its legend.
      const [asymmetry, opened, open, rates] = found;
      const wide = picture.width / 2;
      for (const columns of [...opened!, open![0]!, ...rates!])
        expect(columns.size).toBeGreaterThan(wide / 2);
      for (const columns of [...asymmetry!, open![1]!]) expect(columns.size).toBeLessThan(wide / 4);
      // Twenty of sixty minutes are missing in the midst.
      const [of] = opened!;
      const gap = longestWithout(of!);
      expect(gap / (Math.max(...of!) - Math.min(...of!))).toBeCloseTo(22 / 60, 1);
    },
  );

  it.skipIf(!runs(PYTHON, ['-c', 'import uno'], 'README’s pivot table', 'python3-uno'))(
    'makes the pivot table of README, with a row a bucket',
    async () => {
      const folder = temporaryFolder();
      await run(['demo', folder]);
      const tape = join(folder, 'demo.tape');
      const { code, stderr } = await run(['export', tape, folder, '--format', 'xlsx']);
      expect(code, stderr).toBe(0);
      const { stdout } = await run(['report', 'asymmetry', tape, '--format', 'csv']);
      const rows = parse(stdout, { columns: true }) as Record<string, string>[];
      const buckets = Map.groupBy(rows, (row) => row['bucket_start']!);
      const total = (of: readonly Record<string, string>[], column: string) =>
        of.reduce((all, row) => all + Number(row[column]), 0);
      const pivot = spawnSync(
        PYTHON,
        [
          fileURLToPath(new URL('pivot.py', import.meta.url)),
          pathToFileURL(join(folder, 'demo.xlsx')).href,
          pathToFileURL(join(folder, 'profile')).href,
        ],
        { encoding: 'utf8' },
      );
      expect(pivot.status, pivot.stderr).toBe(0);
      const { cells, shown: times } = JSON.parse(pivot.stdout) as {
        cells: unknown[][];
        shown: string[];
      };
      const first = times.findIndex((time) => /^\d{4}/.test(time));
      expect(times.slice(first, -1)).toEqual(
        [...buckets.keys()].map((time) => time.slice(0, 19).replace('T', ' ')),
      );
      expect(cells.slice(first, -1).map(([, ...values]) => values)).toEqual(
        [...buckets.values()].map((of) => [
          ...[total(of, 'read_bytes'), total(of, 'written_bytes')],
          Math.max(...of.map((row) => Number(row['pcr']))),
        ]),
      );
    },
  );
});

/** Whether a program runs; loudly not, or a failure where CI requires it. */
function runs(program: string, args: readonly string[], what: string, debian: string): boolean {
  if (spawnSync(program, args).status === 0) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error(`${debian} is missing`);
  console.warn(`NOT TESTED: ${what}. It needs Debian's ${debian}.`);
  return false;
}

/** An hour without its second third, in which every column has other values than zero. */
function ofMinutes({ name, columns }: Report): Table {
  const minutes = Array.from({ length: 60 }, (_, n) => n).filter((n) => n < 20 || n > 40);
  const rows = minutes.map((n) =>
    columns.map(({ name: column }) => {
      if (column === 'bucket_start') return AT + n * 60_000;
      if (column === 'observed_s') return 60;
      const isOne = column === 'closed' || column === 'written_bytes';
      return isOne ? 20 + (n % 5) : 80 + (n % 7);
    }),
  );
  return { name, columns, rows };
}

/** The first page in plain pixels (netpbm's PPM), with all that is drawn in them. */
function pictureOf(pdf: string) {
  const { status, stdout } = spawnSync('pdftoppm', ['-r', '100', '-f', '1', '-l', '1', pdf], {
    maxBuffer: 1 << 28,
  });
  expect(status).toBe(0);
  const [header, width, height] = /^P6\n(\d+) (\d+)\n255\n/.exec(stdout.toString('latin1', 0, 64))!;
  const pixels = stdout.subarray(header.length);
  const rows = rowsDrawn(pixels, Number(width), Number(height));
  return {
    width: Number(width),
    /** The columns of pixels that have a colour, in a part of what is drawn from its top. */
    columnsOf(colour: string, from: number, to: number): Set<number> {
      const wanted = Buffer.from(colour, 'hex');
      const columns = new Set<number>();
      const span = rows.bottom - rows.top;
      for (let y = Math.ceil(rows.top + from * span); y < rows.top + to * span; y++) {
        for (let x = 0; x < Number(width); x++) {
          const at = 3 * (y * Number(width) + x);
          if (pixels.subarray(at, at + 3).equals(wanted)) columns.add(x);
        }
      }
      return columns;
    },
  };
}

/** From the first row that is not white to behind the last. */
function rowsDrawn(pixels: Buffer, width: number, height: number): { top: number; bottom: number } {
  const isDrawn = (y: number) =>
    pixels.subarray(3 * y * width, 3 * (y + 1) * width).some((value) => value < 250);
  const drawn = Array.from({ length: height }, (_, y) => y).filter(isDrawn);
  return { top: drawn[0]!, bottom: drawn.at(-1)! + 1 };
}

function longestWithout(columns: ReadonlySet<number>): number {
  const all = [...columns].toSorted((a, b) => a - b);
  return Math.max(...all.slice(1).map((column, index) => column - all[index]!));
}
