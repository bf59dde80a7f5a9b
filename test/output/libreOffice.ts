/**
 * LibreOffice as a judge: what it reads in a file, and the picture it makes of one.
 * Owns how it is called, in a country of its user's; what should be read is the tests'.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { temporaryFolder } from '../recording/tapes.ts';

export function spreadsheetAvailable(): boolean {
  if (spawnSync('soffice', ['--version']).status === 0) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('soffice is missing');
  console.warn(
    'NOT TESTED: what a spreadsheet makes of the output. It needs LibreOffice (Debian: libreoffice-calc).',
  );
  return false;
}

export interface SheetCell {
  readonly type: string;
  /** Of a number, a time or a boolean, whatever it is shown as. */
  readonly value: string;
  readonly formula: boolean;
  readonly text: string;
}

/**
 * Has it convert a file, and gives the path of what it made.
 * @param infilter how it is to read it, where that is not plain from the file.
 * @param locale of its user, such as `de-DE`.
 */
export function converted(
  path: string,
  format: string,
  { infilter, locale = 'en-US' }: { infilter?: string; locale?: string } = {},
): string {
  const folder = temporaryFolder();
  const profile = join(folder, 'profile');
  mkdirSync(join(profile, 'user'), { recursive: true });
  writeFileSync(join(profile, 'user', 'registrymodifications.xcu'), settingsIn(locale));
  const { status, stderr } = spawnSync(
    'soffice',
    [
      ...['--headless', `-env:UserInstallation=${pathToFileURL(profile)}`],
      ...(infilter === undefined ? [] : [`--infilter=${infilter}`]),
      ...['--convert-to', format, '--outdir', folder, path],
    ],
    { encoding: 'utf8' },
  );
  expect([status, stderr]).toEqual([0, expect.any(String)]);
  return join(folder, `${basename(path, extname(path))}.${format}`);
}

function settingsIn(locale: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse">
<value>${locale}</value></prop></item>
</oor:items>`;
}

/** A file of a test's own, for it to read. */
export function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, content);
  return path;
}

/** The cells of a flat OpenDocument sheet; what is repeated at the edges is nothing. */
export function cellsOf(xml: string): SheetCell[][] {
  return [...xml.matchAll(/<table:table-row[^>]*>(.*?)<\/table:table-row>/gs)].map((row) =>
    [...row[1]!.matchAll(/<table:table-cell([^>]*?)(?:\/>|>(.*?)<\/table:table-cell>)/gs)].map(
      ([, attributes = '', content = '']) => ({
        type: /office:value-type="([^"]*)"/.exec(attributes)?.[1] ?? '',
        value: /office:(?:date-|boolean-)?value="([^"]*)"/.exec(attributes)?.[1] ?? '',
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
export function shown(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, '');
}
