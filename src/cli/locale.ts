/**
 * How CSV is written for the spreadsheets of a country: `--excel`, `--locale`.
 * Owns the options and what a locale says; how it is written is output/csv.ts's.
 */
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import { ENGLISH, type SheetForm } from '../output/csv.ts';
import { quoted } from './quoted.ts';

export interface SheetOptions {
  readonly excel?: boolean;
  readonly locale?: SheetForm;
}

export function addSheetOptions(command: Command): Command {
  return command
    .option(
      '--excel',
      'CSV for a spreadsheet: byte order mark, its form of times, text and long integers kept as they are',
    )
    .option(
      '--locale <locale>',
      'likewise, with the list separator and decimal mark of a locale, such as de',
      parseLocale,
    );
}

/** What a spreadsheet is to be given; undefined where it is not for one. */
export function sheetFormOf({ excel, locale }: SheetOptions): SheetForm | undefined {
  return locale ?? (excel === true ? ENGLISH : undefined);
}

/** `usage`, for another format with these options. */
export function formsOfCsv(format: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'reading --format',
    object: quoted(format),
    cause: '--excel and --locale are forms of CSV',
    hint: 'leave out one or the other; a workbook (xlsx) opens rightly in every country',
  });
}

/**
 * A locale's decimal mark, as `Intl` knows it, and its list separator: a semicolon where the comma is
 * the decimal mark, which is what spreadsheets take there. Each language has its own words for true
 * and false: all know 1 and 0.
 */
function parseLocale(text: string): SheetForm {
  const decimal = decimalIn(text);
  if (decimal === undefined) {
    throw new ConntapeError('usage', {
      operation: 'reading --locale',
      object: quoted(text),
      cause: 'no such locale is known',
      hint: 'a language, maybe with a country: de, fr, pt-BR, en-US',
    });
  }
  return {
    separator: decimal === ',' ? ';' : ',',
    decimal,
    booleans: /^en\b/i.test(text) ? ENGLISH.booleans : ['0', '1'],
  };
}

/** Undefined for a text that names no locale. Digits are 0 to 9 in all of them. */
function decimalIn(locale: string): string | undefined {
  try {
    if (Intl.NumberFormat.supportedLocalesOf(locale).length === 0) return undefined;
    const format = new Intl.NumberFormat(locale, { numberingSystem: 'latn' });
    return format.formatToParts(1.5).find(({ type }) => type === 'decimal')?.value;
  } catch {
    return undefined;
  }
}
