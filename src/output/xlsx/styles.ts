/**
 * How the cells of a workbook are shown (ECMA-376, Part 1, 18.8).
 * Owns the styles and their numbers.
 */
import type { ColumnKind } from '../table.ts';
import { SPREADSHEET, XML } from './xml.ts';

/** By their places in `cellXfs` below. */
export const STYLES = { general: 0, header: 1, text: 2, integer: 3, time: 4, boolean: 5 } as const;

export const STYLE_OF: Readonly<Record<ColumnKind, number>> = {
  ...{ text: STYLES.text, integer: STYLES.integer, time: STYLES.time },
  ...{ decimal: STYLES.general, seconds: STYLES.general, boolean: STYLES.boolean },
};

/** Built in: `0`, as `General` shows twelve digits with an exponent; and `@`, which is text for good. */
const WHOLE = 1;
const TEXT = 49;

/** The first numbers for formats that are not built in. */
const TIME = 164;
/** By this LibreOffice knows that 1 and 0 are true and false; Excel shows them in its language anyway. */
const BOOLEAN = 165;

const cell = (format: number, font = 0) =>
  `<xf numFmtId="${format}" fontId="${font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>`;

export const STYLES_XML =
  `${XML}<styleSheet xmlns="${SPREADSHEET}">` +
  '<numFmts count="2">' +
  `<numFmt numFmtId="${TIME}" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>` +
  `<numFmt numFmtId="${BOOLEAN}" formatCode="&quot;TRUE&quot;;&quot;TRUE&quot;;&quot;FALSE&quot;"/></numFmts>` +
  '<fonts count="2"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font>' +
  '<font><b/><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>' +
  '<fills count="2"><fill><patternFill patternType="none"/></fill>' +
  '<fill><patternFill patternType="gray125"/></fill></fills>' +
  '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>' +
  '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
  `<cellXfs count="6">${cell(0)}${cell(TEXT, 1)}${cell(TEXT)}${cell(WHOLE)}${cell(TIME)}${cell(BOOLEAN)}</cellXfs>` +
  '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>' +
  '</styleSheet>';
