/** LibreOffice reads what is written for a spreadsheet: every cell comes back as what it was. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { csvText } from '../../src/output/csv.ts';
import type { Row } from '../../src/output/table.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { LOOKING_LIKE_NUMBERS, MERE_TEXTS } from './lookalikes.ts';
import { SAMPLE_COLUMNS, SAMPLE_ROWS, tableOf, textColumn } from './sampleTable.ts';

function spreadsheetAvailable(): boolean {
  if (spawnSync('soffice', ['--version']).status === 0) return true;
  console.warn(
    'NOT TESTED: what a spreadsheet makes of the CSV. It needs LibreOffice (Debian: libreoffice-calc).',
  );
  return false;
}

/** English, German and French, which differ in decimal marks, grouping and dates: Windows' numbers. */
const LANGUAGES = [
  ['English', 1033],
  ['German', 1031],
  ['French', 1036],
] as const;

interface SheetCell {
  readonly type: string;
  readonly formula: boolean;
  readonly text: string;
}

/**
 * The cells that LibreOffice reads, with everything on that could spoil them: formulas, and numbers
 * in all their forms. Comma, double quotes, UTF-8, from line 1.
 */
function readByLibreOffice(csv: string, language: number): SheetCell[][] {
  const folder = temporaryFolder();
  const path = join(folder, 'table.csv');
  writeFileSync(path, csv);
  const profile = join(folder, 'profile');
  mkdirSync(profile);
  const { status, stderr } = spawnSync(
    'soffice',
    [
      ...['--headless', `-env:UserInstallation=${pathToFileURL(profile)}`],
      `--infilter=CSV:44,34,76,1,,${language},false,true,false,false,false,0,true`,
      ...['--convert-to', 'fods', '--outdir', folder, path],
    ],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return cellsOf(readFileSync(join(folder, 'table.fods'), 'utf8'));
}

/** The cells of a flat OpenDocument sheet; what is repeated at the edges is nothing. */
function cellsOf(xml: string): SheetCell[][] {
  return [...xml.matchAll(/<table:table-row[^>]*>(.*?)<\/table:table-row>/gs)].map((row) =>
    [...row[1]!.matchAll(/<table:table-cell([^>]*?)(?:\/>|>(.*?)<\/table:table-cell>)/gs)].map(
      ([, attributes = '', content = '']) => ({
        type: /office:value-type="([^"]*)"/.exec(attributes)?.[1] ?? '',
        formula: attributes.includes('table:formula='),
        text: textOf(content),
      }),
    ),
  );
}

function textOf(content: string): string {
  return [...content.matchAll(/<text:p[^>]*?(?:\/>|>(.*?)<\/text:p>)/gs)]
    .map(([, text = '']) =>
      text
        .replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, count = '1') => ' '.repeat(Number(count)))
        .replace(/<text:line-break\/>/g, '\n')
        .replace(/<text:tab\/>/g, '\t')
        .replace(/<[^>]*>/g, '')
        .replace(/&lt;/g, '<')
        .replace(/&gt;/g, '>')
        .replace(/&quot;/g, '"')
        .replace(/&apos;/g, "'")
        .replace(/&amp;/g, '&'),
    )
    .join('\n');
}

/** What a text looks like in a sheet, whose format has no control characters. */
function shown(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '');
}

const FORMULAS = ['=1+1', '+1+1', '-1-1', '@SUM(1)'].flatMap((formula) =>
  ['', '\0', '\r', '\n', '\t', ' ', '\u0001', '\u00a0', '\ufeff', '\u200b', '\u2028', '\u3000'].map(
    (unseen) => unseen + formula,
  ),
);

const LINES = ['a\nb', 'a\rb', 'a\r\nb', 'a,"b"', 'r x\ns Authority\nw'];

describe.skipIf(!spreadsheetAvailable())('LibreOffice', () => {
  it.each(LANGUAGES)('in %s takes no text for anything else', (_name, language) => {
    const texts = [...LOOKING_LIKE_NUMBERS, ...MERE_TEXTS, ...FORMULAS, ...LINES];
    const rows = texts.map((text): Row => ['before', text, 'after']);
    const columns = [textColumn('a'), textColumn('b'), textColumn('c')];
    const csv = [...csvText(tableOf(columns, rows), { excel: true })].join('');
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
    const csv = [...csvText(tableOf(SAMPLE_COLUMNS, SAMPLE_ROWS), { excel: true })].join('');
    const [, first, second] = readByLibreOffice(csv, 1033);
    const types = ['float', 'date', 'boolean', 'float', 'float', 'float', 'string'];
    expect(first!.map(({ type }) => type)).toEqual(types);
    // 2^53 + 1 is beyond what it keeps, and so a text with all its digits.
    expect(second![5]).toEqual({ type: 'string', formula: false, text: "'9007199254740993" });
    expect(second![4]!.type).toBe('float');
  });
});
