/**
 * Lines over time, drawn by the spreadsheet from the cells of a sheet (DrawingML, ECMA-376, Part 1,
 * 21.2), and where they lie on theirs (20.5).
 * Owns the XML of charts; what is drawn is the caller's.
 *
 * They are scatter charts: the axes of dates that line charts have know days and nothing between.
 */
import { RELATIONSHIPS, XML, xmlText } from './xml.ts';

export interface Chart {
  readonly title: string;
  /** What the upward axis counts, such as `bytes a second`. */
  readonly unit: string;
  /** The columns drawn, each a line that its header names. */
  readonly columns: readonly string[];
}

/** Where the cells are. */
export interface ChartCells {
  readonly sheet: string;
  /** The last row; the first is the header's. */
  readonly lastRow: number;
  /** The letters of a column's cells; the times are in A. */
  readonly lettersOf: (column: string) => string;
  /** The first and the last time, in a spreadsheet's days; undefined where there are not two. */
  readonly span: readonly [from: number, to: number] | undefined;
}

const DRAWING = 'http://schemas.openxmlformats.org/drawingml/2006/main';
const CHART = 'http://schemas.openxmlformats.org/drawingml/2006/chart';
const ANCHORS = 'http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing';

/** Told apart without red and green (Okabe and Ito, 2008): blue, vermilion, black. */
export const LINE_COLOURS = ['0072B2', 'D55E00', '000000'] as const;

/** A pixel and a half, in English Metric Units. */
const LINE_WIDTH = 14_288;

/** Cells of a sheet of no contents. */
const CHART_COLUMNS = 12;
const CHART_ROWS = 18;

const TIMES = 1;
const VALUES = 2;

/** Places charts below each other; a relationship `rIdN` leads to the Nth, from 1. */
export function drawingXml(charts: readonly Chart[]): string {
  const anchors = charts.map(({ title }, place) => {
    const from = place * CHART_ROWS;
    return (
      `<xdr:twoCellAnchor>${corner('from', 0, from)}${corner('to', CHART_COLUMNS, from + CHART_ROWS - 1)}` +
      '<xdr:graphicFrame macro=""><xdr:nvGraphicFramePr>' +
      `<xdr:cNvPr id="${place + 2}" name="${xmlText(title)}"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr>` +
      '<xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm>' +
      `<a:graphic><a:graphicData uri="${CHART}"><c:chart r:id="rId${place + 1}"/></a:graphicData></a:graphic>` +
      '</xdr:graphicFrame><xdr:clientData/></xdr:twoCellAnchor>'
    );
  });
  return (
    `${XML}<xdr:wsDr xmlns:xdr="${ANCHORS}" xmlns:a="${DRAWING}" xmlns:c="${CHART}" ` +
    `xmlns:r="${RELATIONSHIPS}">${anchors.join('')}</xdr:wsDr>`
  );
}

function corner(name: string, column: number, row: number): string {
  return (
    `<xdr:${name}><xdr:col>${column}</xdr:col><xdr:colOff>0</xdr:colOff>` +
    `<xdr:row>${row}</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:${name}>`
  );
}

/** A line breaks where a cell is empty: what is not known is not drawn. */
export function chartXml({ title, unit, columns }: Chart, cells: ChartCells): string {
  const lines = columns.map((column, place) => lineXml(column, place, cells));
  return (
    `${XML}<c:chartSpace xmlns:c="${CHART}" xmlns:a="${DRAWING}" xmlns:r="${RELATIONSHIPS}">` +
    `<c:roundedCorners val="0"/><c:chart>${titleXml(title, 1400)}<c:autoTitleDeleted val="0"/>` +
    '<c:plotArea><c:layout/><c:scatterChart><c:scatterStyle val="lineMarker"/><c:varyColors val="0"/>' +
    `${lines.join('')}<c:axId val="${TIMES}"/><c:axId val="${VALUES}"/></c:scatterChart>` +
    axisXml([TIMES, VALUES], 'b', 'mm\\-dd\\ hh:mm', '', limitsXml(cells.span)) +
    axisXml(
      [VALUES, TIMES],
      'l',
      '#,##0',
      `<c:majorGridlines>${strokeXml(9525, 'D9D9D9')}</c:majorGridlines>${titleXml(unit, 900)}`,
    ) +
    '</c:plotArea><c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>' +
    '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>'
  );
}

function lineXml(column: string, place: number, { sheet, lastRow, lettersOf }: ChartCells): string {
  const colour = LINE_COLOURS[place % LINE_COLOURS.length]!;
  const cells = (letters: string, from: number, to: number) =>
    `<c:f>${xmlText(`'${sheet}'!$${letters}$${from}:$${letters}$${to}`)}</c:f>`;
  const letters = lettersOf(column);
  return (
    `<c:ser><c:idx val="${place}"/><c:order val="${place}"/>` +
    `<c:tx><c:strRef>${cells(letters, 1, 1)}</c:strRef></c:tx>${strokeXml(LINE_WIDTH, colour)}` +
    '<c:marker><c:symbol val="circle"/><c:size val="3"/><c:spPr>' +
    `<a:solidFill><a:srgbClr val="${colour}"/></a:solidFill><a:ln><a:noFill/></a:ln></c:spPr></c:marker>` +
    `<c:xVal><c:numRef>${cells('A', 2, lastRow)}</c:numRef></c:xVal>` +
    `<c:yVal><c:numRef>${cells(letters, 2, lastRow)}</c:numRef></c:yVal><c:smooth val="0"/></c:ser>`
  );
}

function axisXml(
  [id, across]: readonly [number, number],
  side: 'b' | 'l',
  format: string,
  within: string,
  limits = '',
): string {
  return (
    `<c:valAx><c:axId val="${id}"/><c:scaling><c:orientation val="minMax"/>${limits}</c:scaling><c:delete val="0"/>` +
    `<c:axPos val="${side}"/>${within}<c:numFmt formatCode="${format}" sourceLinked="0"/>` +
    '<c:majorTickMark val="out"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>' +
    `<c:crossAx val="${across}"/><c:crosses val="autoZero"/><c:crossBetween val="midCat"/></c:valAx>`
  );
}

function limitsXml(span: ChartCells['span']): string {
  return span === undefined ? '' : `<c:max val="${span[1]}"/><c:min val="${span[0]}"/>`;
}

/** @param size hundredths of a point. */
function titleXml(text: string, size: number): string {
  return (
    `<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:r><a:rPr lang="en-US" sz="${size}" b="0"/>` +
    `<a:t>${xmlText(text)}</a:t></a:r></a:p></c:rich></c:tx><c:overlay val="0"/></c:title>`
  );
}

function strokeXml(width: number, colour: string): string {
  return `<c:spPr><a:ln w="${width}"><a:solidFill><a:srgbClr val="${colour}"/></a:solidFill></a:ln></c:spPr>`;
}
