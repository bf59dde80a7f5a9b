/**
 * What output/csv.ts puts before a text that a spreadsheet would take for a formula.
 * Owns recognising it: an apostrophe before what isTakenForFormula (output/spreadsheet.ts) says yes to.
 */

/** A text that was such an apostrophe and a formula itself cannot be told from a guarded one. */
export const FORMULA_GUARD = /^'(?=[\t\r\n]|[\p{Cc}\p{Cf}\p{Z}]*[=+\-@\uff1d\uff0b\uff0d\uff20])/u;
