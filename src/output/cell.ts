/**
 * One cell as text, the same in every format and on every machine.
 * Owns how numbers, times and booleans are printed; not quoting, guarding or alignment.
 */

import { isoTime } from '../listing/instant.ts';
import type { Cell, ColumnKind } from './table.ts';

/** Ratios and shares: a millionth is finer than anything a rule asks for. */
const DECIMAL_PLACES = 6;

/** Seconds: the recorder's clock has milliseconds. */
const SECOND_PLACES = 3;

/**
 * @param cell a value of the column's kind. A string is returned as it is. A number has a point, at
 *   most 6 digits behind it (seconds 3), no exponent, no grouping, no trailing zeros, and is never
 *   `-0`; integers are exact at any size. For times see `isoTime`.
 * @returns the text, empty for `null`, for a cell the row does not have and for a number that is
 *   not finite: none of them is known.
 */
export function cellText(cell: Cell | undefined, kind: ColumnKind): string {
  switch (typeof cell) {
    case 'string':
      return cell;
    case 'boolean':
    case 'bigint':
      return String(cell);
    case 'number':
      return numberText(cell, kind);
    default:
      return '';
  }
}

function numberText(value: number, kind: ColumnKind): string {
  if (kind === 'time') return isoTime(value);
  if (kind === 'boolean') return String(value !== 0);
  return decimalText(value, kind === 'seconds' ? SECOND_PLACES : DECIMAL_PLACES);
}

/** With a point, no exponent, no grouping, no trailing zeros, never `-0`; integers are exact. */
function decimalText(value: number, places: number): string {
  if (!Number.isFinite(value)) return '';
  if (Number.isSafeInteger(value)) return String(value);
  // Beyond 2^53 String rounds the last digits, and from 1e21 on it prints an exponent.
  if (Number.isInteger(value)) return BigInt(value).toString();
  return shortText(value, places) ?? longText(value, places);
}

function longText(value: number, places: number): string {
  const text = value.toFixed(places).replace(/\.?0+$/, '');
  return text === '-0' ? '0' : text;
}

/**
 * The same in a tenth of the time, from the value as a whole number of its last place; undefined
 * where that is too close to the middle between two to say which is nearer.
 */
function shortText(value: number, places: number): string | undefined {
  const size = Math.abs(value);
  if (size > MOST_SHORT) return undefined;
  const scale = 10 ** places;
  const scaled = size * scale;
  const rounded = Math.round(scaled);
  if (Math.abs(scaled - rounded) > SURELY_NEARER) return undefined;
  if (rounded === 0) return '0';
  const whole = Math.floor(rounded / scale);
  const rest = rounded - whole * scale;
  const sign = value < 0 ? '-' : '';
  if (rest === 0) return `${sign}${whole}`;
  let digits = String(rest + scale);
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === ZERO) end--;
  digits = digits.slice(1, end);
  return `${sign}${whole}.${digits}`;
}

/** Nine digits before the point and six behind are 15, which a double holds. */
const MOST_SHORT = 1e9;

/** The scaled value is off by a sixteenth at most, up to 10^15. */
const SURELY_NEARER = 0.4;

const ZERO = 48;
