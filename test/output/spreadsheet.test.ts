/** LibreOffice reads what is written for a spreadsheet: every cell comes back as what it was. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addSheetOptions, sheetFormOf } from '../../src/cli/locale.ts';
import { csvText, ENGLISH, type SheetForm } from '../../src/output/csv.ts';
import type { Row } from '../../src/output/table.ts';
import {
  cellsOf,
  converted,
  fileOf,
  type SheetCell,
  shown,
  spreadsheetAvailable,
} from './libreOffice.ts';
import { LOOKING_LIKE_NUMBERS, MERE_TEXTS } from './lookalikes.ts';
import { SAMPLE_COLUMNS, SAMPLE_ROWS, tableOf, textColumn } from './sampleTable.ts';

/** English, German and French, which differ in decimal marks, grouping and dates: Windows' numbers. */
const LANGUAGES = [
  ['English', 1033],
  ['German', 1031],
  ['French', 1036],
] as const;

/**
 * The cells that LibreOffice reads, with everything on that could spoil them: formulas, and numbers
 * in all their forms. The separator, double quotes, UTF-8, from line 1.
 */
function readByLibreOffice(csv: string, language: number, separator = ','): SheetCell[][] {
  const infilter = `CSV:${separator.charCodeAt(0)},34,76,1,,${language},false,true,false,false,false,0,true`;
  const sheet = converted(fileOf('table.csv', csv), 'fods', { infilter });
  return cellsOf(readFileSync(sheet, 'utf8'));
}

const FORMULAS = ['=1+1', '+1+1', '-1-1', '@SUM(1)'].flatMap((formula) =>
  ['', '\0', '\r', '\n', '\t', ' ', '\u0001', '\u00a0', '\ufeff', '\u200b', '\u2028', '\u3000'].map(
    (unseen) => unseen + formula,
  ),
);

const LINES = ['a\nb', 'a\rb', 'a\r\nb', 'a,"b"', 'r x\ns Authority\nw'];

/** What `--locale` makes of a locale. */
function formOf(locale: string): SheetForm {
  const command = addSheetOptions(new Command());
  command.parse(['--locale', locale], { from: 'user' });
  return sheetFormOf(command.opts())!;
}

describe.skipIf(!spreadsheetAvailable())('LibreOffice', () => {
  it.each(LANGUAGES)('in %s takes no text for anything else', (_name, language) => {
    const texts = [...LOOKING_LIKE_NUMBERS, ...MERE_TEXTS, ...FORMULAS, ...LINES];
    const rows = texts.map((text): Row => ['before', text, 'after']);
    const columns = [textColumn('a'), textColumn('b'), textColumn('c')];
    const csv = [...csvText(tableOf(columns, rows), { excel: ENGLISH })].join('');
    const [header, ...cells] = readByLibreOffice(csv, language);
    expect(header!.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    expect(cells).toHaveLength(texts.length);
    for (const [row, text] of texts.entries()) {
      const [before, cell, after] = cells[row]!;
      expect([before!.text, after!.text]).toEqual(['before', 'after']);
      expect([text, cell!.formula]).toEqual([text, false]);
      // An integer may be one: it has its own digits.
      const type = /^\d+$/.test(text) && MERE_TEXTS.includes(text) ? 'float' : 'string';
      expect([text, cell!.type]).toEqual([text, type]);
      expect([`'${shown(text)}`, shown(text)]).toContain(cell!.text);
    }
  });

  it('takes numbers for numbers, booleans and times for what they are', () => {
    const csv = [...csvText(tableOf(SAMPLE_COLUMNS, SAMPLE_ROWS), { excel: ENGLISH })].join('');
    const [, first, second] = readByLibreOffice(csv, 1033);
    const types = ['float', 'date', 'boolean', 'float', 'float', 'float', 'string'];
    expect(first!.map(({ type }) => type)).toEqual(types);
    // 2^53 + 1 is beyond what it keeps, and so a text with all its digits.
    expect(second![5]).toEqual({
      ...{ type: 'string', value: '', formula: false, text: "'9007199254740993" },
    });
    expect(second![4]!.type).toBe('float');
  });

  it.each([
    ['de', 1031],
    ['fr', 1036],
    ['en-US', 1033],
  ])('with --locale %s reads numbers, booleans and times as they are', async (locale, language) => {
    const numbers: Row[] = [
      [
        12345,
        Date.parse('2026-11-23T03:44:26Z'),
        true,
        9.901,
        -0.333333,
        123456789012345,
        '203.0.113.7',
      ],
      [-7, null, false, 1000, 0.000001, 9_007_199_254_740_993n, '1;2'],
    ];
    const form = formOf(locale);
    const isEnglish = locale.startsWith('en');
    const csv = [...csvText(tableOf(SAMPLE_COLUMNS, numbers), { excel: form })];
    const [, first, second] = readByLibreOffice(csv.join(''), language, form.separator);
    expect(first!.map(({ type }) => type)).toEqual([
      ...['float', 'date', isEnglish ? 'boolean' : 'float', 'float', 'float', 'float', 'string'],
    ]);
    expect(first!.map(({ value }) => value)).toEqual([
      ...[
        '12345',
        '2026-11-23T03:44:26',
        isEnglish ? 'true' : '1',
        '9.901',
        '-0.333333',
        '123456789012345',
        '',
      ],
    ]);
    expect(first![6]!.text).toBe('203.0.113.7');
    expect(second!.map(({ value }) => value)).toEqual([
      '-7',
      '',
      isEnglish ? 'false' : '0',
      '1000',
      '0.000001',
      '',
      '',
    ]);
    expect([second![1]!.type, second![6]!.text]).toEqual(['', '1;2']);
    expect(second![5]!.text).toBe("'9007199254740993");
  });
});
