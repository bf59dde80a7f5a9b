/**
 * Tables as a workbook for spreadsheets (Office Open XML, ECMA-376): a sheet a table, and charts on
 * one of their own.
 * Owns which parts the file has and how they are tied together; a sheet's text is sheet.ts's, a
 * chart's chart.ts's, the archive around them yazl's.
 */
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { Table } from '../table.ts';
import { type Chart, type ChartCells, chartXml, drawingXml } from './chart.ts';
import { lettersOf, SheetXml, type Shortened, serialDays } from './sheet.ts';
import { STYLES_XML } from './styles.ts';
import { RELATIONSHIPS, SPREADSHEET, XML, xmlText } from './xml.ts';

/** What is drawn of one of a workbook's tables, whose first column has times. */
export interface Charts {
  readonly of: Table;
  readonly charts: readonly Chart[];
  /** The first and the last of the times, milliseconds; asked for when the table has been read. */
  readonly span: () => readonly [from: number, to: number] | undefined;
}

export interface Workbook {
  /** One at least, of different names; read one after another. */
  readonly tables: readonly Table[];
  /** Drawn on the first sheet. */
  readonly charts?: Charts | undefined;
}

/** The name of the sheet that has no cells. */
const CHART_SHEET = 'charts';

const PACKAGE = 'http://schemas.openxmlformats.org/package/2006';
const CONTENT = 'application/vnd.openxmlformats-officedocument.';

/** Of every part, so that the same tables make the same file: the first that an archive can say. */
const WRITTEN_AT = { mtime: new Date(1980, 0, 1), forceDosTimestamp: true } as const;

interface Part {
  readonly path: string;
  /** Behind `CONTENT`; the relationships have none of their own. */
  readonly type?: string;
  /** Begun when all parts before have been read. */
  readonly text: () => Iterable<string>;
}

/**
 * The file's bytes, made as they are read; when reading ends early, the tables are closed.
 * Calls `shortened` for each table that is not whole on its sheet, when that has been read.
 * Throws what the tables' rows throw.
 */
export async function* workbookBytes(
  workbook: Workbook,
  shortened: (what: Shortened) => void,
): AsyncGenerator<Uint8Array, void> {
  const zip = new ZipFile();
  // It is one, whatever its type says.
  const bytes = zip.outputStream as Readable;
  const fail = (error: Error) => bytes.destroy(error);
  zip.on('error', fail);
  let reading: Readable | undefined;
  for (const { path, text } of partsOf(workbook, shortened)) {
    zip.addReadStreamLazy(path, WRITTEN_AT, (take) => {
      reading = Readable.from(text()).on('error', fail);
      take(null, reading);
    });
  }
  zip.end();
  try {
    yield* bytes;
  } finally {
    reading?.destroy();
  }
}

function* partsOf(
  { tables, charts }: Workbook,
  shortened: (what: Shortened) => void,
): Generator<Part, void> {
  const sheets = tables.map((table) => ({ table, xml: new SheetXml(table) }));
  const parts: Part[] = [
    { path: 'xl/styles.xml', type: 'spreadsheetml.styles', text: () => [STYLES_XML] },
    ...sheets.map(
      ({ xml }, place): Part => ({
        path: sheetPath(place + 1),
        type: 'spreadsheetml.worksheet',
        *text() {
          yield* xml.text();
          if (xml.shortened !== undefined) shortened(xml.shortened);
        },
      }),
    ),
    ...(charts === undefined ? [] : chartParts(charts, sheets)),
    {
      path: 'xl/workbook.xml',
      type: 'spreadsheetml.sheet.main',
      text: () => [workbookXml(sheets, charts !== undefined)],
    },
  ];
  const relationships = [
    ...(charts === undefined ? [] : [['worksheet', 'worksheets/sheet0.xml'] as const]),
    ...sheets.map((_, place) => ['worksheet', `worksheets/sheet${place + 1}.xml`] as const),
    ['styles', 'styles.xml'] as const,
  ];
  // First the two by which programs tell what the file is.
  yield { path: '[Content_Types].xml', text: () => [contentTypesXml(parts)] };
  yield relationshipsPart('_rels/.rels', [['officeDocument', 'xl/workbook.xml']]);
  yield relationshipsPart('xl/_rels/workbook.xml.rels', relationships);
  yield* parts;
}

interface Sheet {
  readonly table: Table;
  readonly xml: SheetXml;
}

/** The sheet of the charts is the 0th, the tables' are numbered from 1. */
function sheetPath(number: number): string {
  return `xl/worksheets/sheet${number}.xml`;
}

function chartParts({ of, charts, span }: Charts, sheets: readonly Sheet[]): Part[] {
  const { table, xml } = sheets.find((sheet) => sheet.table === of)!;
  const names = table.columns.map(({ name }) => name);
  return [
    {
      path: sheetPath(0),
      type: 'spreadsheetml.worksheet',
      text: () => [
        `${XML}<worksheet xmlns="${SPREADSHEET}" xmlns:r="${RELATIONSHIPS}">` +
          '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>' +
          '<sheetView showGridLines="0" tabSelected="1" workbookViewId="0"/></sheetViews>' +
          '<sheetData/><pageSetup orientation="portrait"/><drawing r:id="rId1"/></worksheet>',
      ],
    },
    relationshipsPart('xl/worksheets/_rels/sheet0.xml.rels', [
      ['drawing', '../drawings/drawing1.xml'],
    ]),
    { path: 'xl/drawings/drawing1.xml', type: 'drawing', text: () => [drawingXml(charts)] },
    relationshipsPart(
      'xl/drawings/_rels/drawing1.xml.rels',
      charts.map((_, place) => ['chart', `../charts/chart${place + 1}.xml`]),
    ),
    ...charts.map(
      (chart, place): Part => ({
        path: `xl/charts/chart${place + 1}.xml`,
        type: 'drawingml.chart',
        text: () => [
          chartXml(chart, {
            sheet: table.name,
            // A range is of one row at least.
            lastRow: Math.max(2, xml.lastRow),
            lettersOf: (column) => lettersOf(names.indexOf(column)),
            span: daysOf(span()),
          }),
        ],
      }),
    ),
  ];
}

function daysOf(span: ReturnType<Charts['span']>): ChartCells['span'] {
  return span && [serialDays(span[0]), serialDays(span[1])];
}

function workbookXml(sheets: readonly Sheet[], hasCharts: boolean): string {
  const first = hasCharts ? 1 : 0;
  const names = [...(hasCharts ? [CHART_SHEET] : []), ...sheets.map(({ table }) => table.name)];
  const tabs = names.map(
    (name, place) =>
      `<sheet name="${xmlText(name)}" sheetId="${place + 1}" r:id="rId${place + 1}"/>`,
  );
  // What Excel itself writes beside a filter.
  const filters = sheets.map(({ table, xml }, place) => {
    const cells = xml.extent.replace(/[A-Z]+|\d+/g, '$$$&');
    return (
      `<definedName name="_xlnm._FilterDatabase" localSheetId="${place + first}" hidden="1">` +
      `${xmlText(`'${table.name}'!${cells}`)}</definedName>`
    );
  });
  return (
    `${XML}<workbook xmlns="${SPREADSHEET}" xmlns:r="${RELATIONSHIPS}">` +
    '<bookViews><workbookView activeTab="0"/></bookViews>' +
    `<sheets>${tabs.join('')}</sheets><definedNames>${filters.join('')}</definedNames></workbook>`
  );
}

function contentTypesXml(parts: readonly Part[]): string {
  const types = parts.flatMap(({ path, type }) =>
    type === undefined
      ? []
      : [`<Override PartName="/${path}" ContentType="${CONTENT}${type}+xml"/>`],
  );
  return (
    `${XML}<Types xmlns="${PACKAGE}/content-types">` +
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
    `<Default Extension="xml" ContentType="application/xml"/>${types.join('')}</Types>`
  );
}

/** Those that lead from a part to others, each of a kind; the Nth, from 1, is `rIdN`. */
function relationshipsPart(
  path: string,
  leads: readonly (readonly [kind: string, target: string])[],
): Part {
  const all = leads.map(
    ([kind, target], place) =>
      `<Relationship Id="rId${place + 1}" Type="${RELATIONSHIPS}/${kind}" Target="${target}"/>`,
  );
  const text = `${XML}<Relationships xmlns="${PACKAGE}/relationships">${all.join('')}</Relationships>`;
  return { path, text: () => [text] };
}
