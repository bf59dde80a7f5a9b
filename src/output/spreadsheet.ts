/**
 * What a spreadsheet makes of a text that is only a text, a formula, a number, a date, and of a long
 * integer.
 * Owns recognising them; how they are guarded is csv.ts's and xlsx/sheet.ts's.
 *
 * What is recognised was tried with LibreOffice 7.4 in English, German and French, with its
 * recognition of "special numbers" on, and follows what Excel is known to do where that is more.
 */
import { isIPv6 } from 'node:net';
import type { Cell } from './table.ts';

/**
 * The signs that begin a formula (OWASP, "CSV Injection"), full width too, which some fold. They
 * count behind anything that is not seen: LibreOffice drops NUL wherever it stands, others drop
 * spaces, line ends, a byte order mark.
 */
const FORMULA = /^[\p{Cc}\p{Cf}\p{Z}]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;

/** White space that some readers take for the end of the cell. */
const MOVES_ON = /^[\t\r\n]/;

/** An integer as conntape writes one: whoever takes it for a number takes it for the right one. */
const INTEGER = /^(?:0|[1-9]\d*)$/;

/** Spreadsheets keep so many digits of a number and put zeros for the rest. */
const KEPT_DIGITS = 15;

/** The first integer that a spreadsheet would round. */
const FIRST_TOO_LONG = 10 ** KEPT_DIGITS;

const UNSEEN = /[\p{Cc}\p{Cf}]/gu;
const BOOLEAN = /^(?:true|false)$/i;

/** What a spreadsheet shows in place of a value; read back, it is an error again. */
const ERROR_VALUE = /^#(?:n\/a|ref!|value!|div\/0!|name\?|num!|null!)$/i;

/** Four numbers, and maybe a port: no number and no date anywhere, but see `GROUPED`. */
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?$/;

/** Digits in groups as German and others write a number: 192.168.100.200 is one there. */
const GROUPED = /^\d{1,3}(?:\.\d{3})+$/;

/** Nothing but digits and what numbers, fractions, currencies, percentages, dates, times have between. */
const FIGURES = /^[\p{Nd}\p{Sc}\s.,:/'’()+\-\u2212\u2013\u2044%]+$/u;

/** The words that may stand in a date, a time or a number, one of each. */
const EXPONENT = /(?<=[\d.,])e(?=[+\-\u2212]?\d)/i;
const HALF_OF_DAY = /(?<=\d)\s*[ap](?:\.?m\.?)?$/i;
const DATE_AND_CLOCK = /(?<=\d)t(?=\d)/i;
const ZULU = /(?<=\d)z$/i;
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[,\s]+/i;
const MONTH =
  /(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)/i;
const WORDS = [EXPONENT, HALF_OF_DAY, ZULU, DATE_AND_CLOCK, WEEKDAY, MONTH];

/** Whether a spreadsheet would round a cell: an integer of more than 15 digits. */
export function isTooLong(cell: Cell | undefined): boolean {
  if (typeof cell !== 'number' && typeof cell !== 'bigint') return false;
  const isWhole = typeof cell === 'bigint' || Number.isInteger(cell);
  return isWhole && (cell >= FIRST_TOO_LONG || cell <= -FIRST_TOO_LONG);
}

/** Whether a spreadsheet might calculate the text, or put a part of it into another cell. */
export function isTakenForFormula(text: string): boolean {
  return FORMULA.test(text) || MOVES_ON.test(text);
}

/**
 * Whether a spreadsheet might show something else for the text, because it takes it for a number, a
 * date, a time, a boolean or an error: `0123`, `1111E10`, `1/2`, `12:30`, `1,5`, `50%`, `Mar 1`. An
 * integer of up to 15 digits stays what it is, and so do addresses that no country reads as a
 * number. Names of months and booleans are known in English only.
 */
export function isTakenForNumber(text: string): boolean {
  if (INTEGER.test(text)) return text.length > KEPT_DIGITS;
  // Full width digits and fractions such as ½ become the ordinary ones.
  const seen = text.replace(UNSEEN, '').normalize('NFKC').trim();
  if (BOOLEAN.test(seen) || ERROR_VALUE.test(seen)) return true;
  if (!/\p{Nd}/u.test(seen)) return false;
  if (isIPv6(seen) || (IPV4.test(seen) && !GROUPED.test(seen))) return false;
  return FIGURES.test(WORDS.reduce((rest, word) => rest.replace(word, ' '), seen));
}
