import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellText } from '../../src/output/cell.ts';
import { type CsvOptions, csvText, ENGLISH, type SheetForm } from '../../src/output/csv.ts';
import type { Column, Table } from '../../src/output/table.ts';
import { anyText } from './anyText.ts';
import { LOOKING_LIKE_NUMBERS, MERE_TEXTS } from './lookalikes.ts';
import { failingRows, SAMPLE, SAMPLE_COLUMNS, tableOf, textColumn } from './sampleTable.ts';

const csvOf = (table: Table, options?: CsvOptions) => [...csvText(table, options)].join('');

const bodyOf = (cell: string | number | bigint, options?: CsvOptions) =>
  csvOf(
    tableOf([{ name: 'x', kind: typeof cell === 'string' ? 'text' : 'integer' }], [[cell]]),
    options,
  ).split('\r\n')[1];

describe('csvText', () => {
  it('prints every kind of cell', () => {
    expect(csvOf(SAMPLE)).toBe(
      [
        'conn_id,opened_at,opened_known,lifetime_min_s,ratio,read_bytes,reason',
        '7,2026-11-23T03:44:26.901Z,true,9.901,0.25,1024,DONE',
        "12345,2026-11-23T03:44:27.001Z,false,10,-0.333333,9007199254740993,'=1+1",
        '13,,,,,,',
        '14,1970-01-01T00:00:00.000Z,false,0,0,-5,"\u001b[2J\u202e,""x"""',
        '',
      ].join('\r\n'),
    );
  });

  it('shapes for a spreadsheet', () => {
    expect(csvOf(SAMPLE, { excel: ENGLISH })).toBe(
      [
        '\ufeffconn_id,opened_at,opened_known,lifetime_min_s,ratio,read_bytes,reason',
        '7,2026-11-23 03:44:26,true,9.901,0.25,1024,DONE',
        "12345,2026-11-23 03:44:27,false,10,-0.333333,'9007199254740993,'=1+1",
        '13,,,,,,',
        '14,1970-01-01 00:00:00,false,0,0,-5,"\u001b[2J\u202e,""x"""',
        '',
      ].join('\r\n'),
    );
  });

  it('makes control characters visible on a terminal', () => {
    expect(csvOf(SAMPLE, { onTerminal: true })).toContain('"\\u001b[2J\\u202e,""x"""');
  });

  it('has a header where there are no rows', () => {
    expect(csvOf(tableOf(SAMPLE_COLUMNS.slice(0, 2), []))).toBe('conn_id,opened_at\r\n');
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\tx',
    '\rx',
    '\nx',
    ' =1',
    '\u00a0-1',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '\0=1',
    '\u0001=1',
    '\r=1',
    '\u007f=1',
    '\u0085=1',
    '\ufeff=1',
    '\u200b=1',
    '\u2060 \t\0=1',
    '\u202f=1',
    '\u3000=1',
    '\u202a=1',
  ])('guards the text %j', (text) => {
    const [[guarded]] = parse(csvOf(tableOf([textColumn('x')], [[text]])), { from: 2 }) as [
      [string],
    ];
    expect(guarded).toBe(`'${text}`);
  });

  it.each(['a\nb', 'a\rb', 'a\r\nb', '\n', 'r authority\ns Authority'])('quotes %j', (text) => {
    const [row] = parse(csvOf(tableOf([textColumn('x'), textColumn('y')], [[`a${text}`, 'z']])), {
      from: 2,
    });
    expect(row).toEqual([`a${text}`, 'z']);
    expect(csvOf(tableOf([textColumn('x')], [[`a${text}`]]))).toContain(`"a${text}"`);
  });

  it.each(['DONE', "'x", 'a=b', '0', '1-2', '0123', '1/2', '::1', ''])(
    'leaves the text %j alone',
    (text) => {
      expect(bodyOf(text)).toBe(text);
    },
  );

  it('guards no number, and for a spreadsheet only integers it would round', () => {
    expect(bodyOf(-5)).toBe('-5');
    expect(bodyOf(-5, { excel: ENGLISH })).toBe('-5');
    expect(bodyOf(999_999_999_999_999, { excel: ENGLISH })).toBe('999999999999999');
    expect(bodyOf(1_000_000_000_000_000, { excel: ENGLISH })).toBe("'1000000000000000");
    expect(bodyOf(-1_000_000_000_000_000n, { excel: ENGLISH })).toBe("'-1000000000000000");
    expect(bodyOf(1_000_000_000_000_000)).toBe('1000000000000000');
  });

  it.each(LOOKING_LIKE_NUMBERS)('for a spreadsheet guards the text %j', (text) => {
    const [[guarded]] = parse(csvOf(tableOf([textColumn('x')], [[text]]), { excel: ENGLISH }), {
      ...{ from: 2, bom: true },
    }) as [[string]];
    expect(guarded).toBe(`'${text}`);
  });

  it.each(MERE_TEXTS)('for a spreadsheet too leaves the text %j alone', (text) => {
    expect(bodyOf(text, { excel: ENGLISH })).toBe(text);
  });

  it('guards no number, however it is told', () => {
    const numbers = fc.oneof(
      fc.double({ noNaN: true, min: -1e14, max: 1e14 }),
      fc.integer(),
      fc.bigInt({ min: -(10n ** 14n), max: 10n ** 14n }),
    );
    fc.assert(
      fc.property(numbers, fc.constantFrom('integer', 'decimal', 'seconds'), (number, kind) => {
        const table = tableOf([{ name: 'x', kind }], [[number]]);
        for (const excel of [undefined, ENGLISH]) {
          expect(csvOf(table, { excel }).split('\r\n')[1]).toBe(cellText(number, kind));
        }
      }),
    );
  });

  const GERMAN: SheetForm = { separator: ';', decimal: ',', booleans: ['0', '1'] };
  const forms = fc.constantFrom(undefined, ENGLISH, GERMAN);

  it('has the separator, the decimal mark and the booleans of a country', () => {
    const columns: Column[] = [
      { name: 'a', kind: 'decimal' },
      { name: 'b', kind: 'boolean' },
      textColumn('c'),
    ];
    const rows = [
      [-0.25, true, 'x;y'],
      [1000, false, 'x,y'],
      [null, null, '1.5'],
    ];
    expect(csvOf(tableOf(columns, rows), { excel: GERMAN })).toBe(
      '\ufeffa;b;c\r\n-0,25;1;"x;y"\r\n1000;0;x,y\r\n;;\'1.5\r\n',
    );
  });

  it('is read back as it was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText)), forms, (rows, excel) => {
        const table = tableOf([textColumn('a'), textColumn('b')], rows);
        const read = parse(csvOf(table, { excel }), {
          ...{ bom: true, record_delimiter: '\r\n', delimiter: excel?.separator ?? ',' },
        });
        const unguarded = read.slice(1).map((record, row) =>
          (record as string[]).map((text, cell) => {
            const isGuarded = text === `'${rows[row]![cell]!}`;
            return isGuarded ? text.slice(1) : text;
          }),
        );
        expect(unguarded).toEqual(rows);
      }),
    );
  });

  it('has no row limit and takes the rows one after the other', () => {
    let taken = 0;
    function* rows() {
      for (; taken < 100_000; taken++) yield [taken];
    }
    const chunks = csvText(tableOf([{ name: 'n', kind: 'integer' }], rows()));
    chunks.next();
    expect(taken).toBe(0);
    chunks.next();
    expect(taken).toBeLessThan(1000);
    const rest = [...chunks].join('');
    expect(rest.endsWith('\r\n99999\r\n')).toBe(true);
  });

  it('throws what the rows throw', () => {
    const rows = failingRows([['a']], new Error('torn'));
    expect(() => csvOf(tableOf([textColumn('a')], rows))).toThrow('torn');
  });
});
