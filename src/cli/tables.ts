/**
 * Tables to where the user wants them: `--format`, `--output`.
 * Owns the options and the stream; how a table becomes text is output/'s.
 */
import { type Command, Option } from 'commander';
import { ConntapeError } from '../error.ts';
import type { Screen } from '../output/aligned.ts';
import type { ScreenView } from '../output/screen.ts';
import type { Row, Table } from '../output/table.ts';
import {
  TABLE_FORMATS,
  type TableFormat,
  writeTable,
  writeText,
  writeWorkbook,
} from '../output/write.ts';
import type { Shortened } from '../output/xlsx/sheet.ts';
import type { Workbook } from '../output/xlsx/workbook.ts';
import { charted } from '../reports/overTime.ts';
import { type ArrangingOptions, addArrangingOptions, arranged } from './arranging.ts';
import { type Io, type Output, tell } from './io.ts';
import { addSheetOptions, formsOfCsv, type SheetOptions, sheetFormOf } from './locale.ts';
import { OutputFile } from './outputFile.ts';
import { addPagerOption, type PagerOptions, paged } from './pager.ts';

export interface PrintOptions extends ArrangingOptions, PagerOptions, SheetOptions {
  readonly format?: TableFormat;
  readonly output?: string;
}

export function addTableOptions(command: Command): Command {
  const printed = command
    .addOption(
      new Option(
        '--format <format>',
        'how to print it (default: table; csv with --output, --excel or --locale; xlsx with --output NAME.xlsx)',
      ).choices(TABLE_FORMATS),
    )
    .option('--output <file>', 'write to a file instead of standard output');
  return addPagerOption(addArrangingOptions(addSheetOptions(printed)));
}

/** Where tables are written: standard output, or a file that is there whole or not at all. */
export type PrintTarget = Pick<OutputFile, 'fill'>;

/**
 * Where the options want tables: to be asked for before they are computed. Throws `usage` where the
 * file cannot be, or is a recording's, one of `recordings` or another, and for a workbook on a
 * terminal.
 */
export function printTargetOf(
  options: PrintOptions,
  recordings: readonly string[],
  io: Io,
): PrintTarget {
  const { output, pager } = options;
  const format = formatOf(options);
  if (format === 'xlsx' && output === undefined && io.stdout.isTTY === true) {
    throw new ConntapeError('usage', {
      operation: 'printing a workbook',
      cause: 'a terminal cannot show one',
      hint: '--output FILE.xlsx',
    });
  }
  if (output !== undefined) return OutputFile.at(output, recordings, io);
  return { fill: (write) => paged(io, { pager }, write) };
}

const ALL_COLUMNS = '--columns names what is, --format csv has all';

/** Writes a table as the options ask. Throws `usage` for columns that it has not. */
export async function printTable(
  table: Table,
  options: PrintOptions,
  target: PrintTarget,
  io: Io,
): Promise<void> {
  const { columns } = options;
  const excel = sheetFormOf(options);
  const format = formatOf(options);
  const wanted = arranged(table, options);
  await target.fill((stream) => {
    if (format === 'xlsx') return printWorkbook({ tables: [wanted] }, stream, io);
    const screen = screenOf(stream, io, ALL_COLUMNS, columns !== undefined);
    return writeTable(wanted, format, stream, { excel, screen });
  });
}

/** What is asked for, or what is expected where nothing is. Throws `usage` where only CSV does. */
function formatOf(options: PrintOptions): TableFormat {
  const hasForm = sheetFormOf(options) !== undefined;
  const format = options.format ?? formatNamed(options.output) ?? (hasForm ? 'csv' : 'table');
  if (hasForm && format !== 'csv') throw formsOfCsv(format);
  return format;
}

/** Undefined where there is no file. */
function formatNamed(file: string | undefined): TableFormat | undefined {
  if (file === undefined) return undefined;
  return /\.xlsx$/i.test(file) ? 'xlsx' : 'csv';
}

/** Writes a workbook, and says which of its sheets are not the whole table. */
export async function printWorkbook(workbook: Workbook, stream: Output, io: Io): Promise<void> {
  await writeWorkbook(workbook, stream, (what) => tell(io, shortenedText(what)));
}

function shortenedText({ sheet, rows, cells }: Shortened): string {
  const texts = `${cells} ${cells === 1 ? 'text is' : 'texts are'} longer than a cell, and cut`;
  const missing = [
    ...(rows > 0 ? [`it ends ${rows} rows early, as no sheet holds more`] : []),
    ...(cells > 0 ? [texts] : []),
  ];
  return `sheet ${sheet}: ${missing.join('; ')} (--format csv has it all)`;
}

/**
 * Writes several tables, one after another: as tables under their names, as ndjson whose rows begin
 * with the name of theirs, or as a workbook, with charts unless rows are left out. Throws `usage` for
 * formats that hold one table only, and for columns where tables differ.
 * @param bucketMs the length of the reports' buckets.
 */
export async function printTables(
  tables: readonly Table[],
  options: PrintOptions,
  bucketMs: number,
  target: PrintTarget,
  io: Io,
): Promise<void> {
  const format = formatOf(options);
  if (format === 'csv' || format === 'json') {
    throw new ConntapeError('usage', {
      operation: 'printing all reports',
      cause: `${format} holds one table`,
      hint: 'conntape export writes a CSV file for each; --format table, ndjson and xlsx hold all',
    });
  }
  if (options.sort !== undefined || options.columns !== undefined) {
    throw new ConntapeError('usage', {
      operation: 'printing all reports',
      cause: 'their columns differ: --sort and --columns are for one',
      hint: 'conntape report NAME RECORDING',
    });
  }
  const wanted = tables.map((one) => arranged(one, options));
  await target.fill(async (stream) => {
    if (format === 'xlsx') {
      const whole = options.limit === undefined;
      return printWorkbook(whole ? charted(wanted, bucketMs) : { tables: wanted }, stream, io);
    }
    for (const table of wanted) {
      if (format === 'table') await writeText([`${table.name}\n`], stream);
      await writeTable(format === 'table' ? table : named(table), format, stream, {
        screen: screenOf(stream, io, 'conntape report NAME --format csv has all'),
      });
      if (format === 'table') await writeText(['\n'], stream);
    }
  });
}

/** The same with a first column that says which table it is. */
function named({ name, columns, rows }: Table): Table {
  function* namedRows(): Generator<Row> {
    for (const row of rows) yield [name, ...row];
  }
  return { name, columns: [{ name: 'report', kind: 'text' }, ...columns], rows: namedRows() };
}

/**
 * The terminal that a stream is, whose user is told what a table has besides what is shown; undefined
 * for a stream that is not one.
 * @param remedy where the columns are that it is too narrow for.
 * @param all whether every column is to be shown.
 */
export function screenOf(stream: Output, io: Io, remedy: string, all = false): Screen | undefined {
  if (stream.isTTY !== true) return undefined;
  return { width: stream.columns ?? 80, all, shows: (view) => tellView(view, remedy, io) };
}

function tellView({ hidden, day }: ScreenView, remedy: string, io: Io): void {
  if (day !== undefined) tell(io, `times of ${day}, UTC`);
  if (hidden.length === 0) return;
  tell(io, `not shown: ${hidden.join(', ')} (${remedy})`);
}
