/**
 * Text within the XML of a workbook.
 * Owns what is escaped; which parts there are is workbook.ts's.
 */

export const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';

/** The namespaces of its parts (ECMA-376, Part 1). */
export const SPREADSHEET = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main';
export const RELATIONSHIPS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

const MARKUP: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const HAS_MARKUP = /[&<>"]/;

/** What XML cannot hold, a CR, which its readers take for a LF, and what looks like an escape itself. */
const UNHELD = /[\0-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)/g;

/** For an attribute, and for a text of a drawing. */
export function xmlText(text: string): string {
  return HAS_MARKUP.test(text) ? text.replace(/[&<>"]/g, (sign) => MARKUP[sign]!) : text;
}

/**
 * For a cell: what XML cannot hold as `_xHHHH_` (ECMA-376, Part 1, 22.9.2.19), half of a surrogate
 * pair as U+FFFD.
 */
export function cellXmlText(text: string): string {
  return xmlText(text.toWellFormed().replace(UNHELD, escaped));
}

function escaped(character: string): string {
  return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
}
