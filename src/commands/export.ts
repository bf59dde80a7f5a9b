/**
 * `conntape export`: every report and every table of a recording, as CSV files or a workbook in a
 * folder.
 * Owns the files' names; their rows are reports/'s and the recording's.
 */
import { basename, join } from 'node:path';
import { type Command, Option } from 'commander';
import { EXIT } from '../cli/exit.ts';
import { makeFolder } from '../cli/folder.ts';
import { type Io, tell } from '../cli/io.ts';
import { addSheetOptions, formsOfCsv, type SheetOptions, sheetFormOf } from '../cli/locale.ts';
import { withRecording } from '../cli/opened.ts';
import { OutputFile } from '../cli/outputFile.ts';
import { RECORDING_TABLES, recordingTables } from '../cli/recordingTables.ts';
import {
  addReportingOptions,
  questionOf,
  type ReportingOptions,
  withShownTables,
} from '../cli/reporting.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../cli/selecting.ts';
import { printWorkbook } from '../cli/tables.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from '../cli/window.ts';
import { ConntapeError } from '../error.ts';
import type { SheetForm } from '../output/csv.ts';
import type { Table } from '../output/table.ts';
import { writeTable } from '../output/write.ts';
import { charted } from '../reports/overTime.ts';
import { REPORTS } from '../reports/reports.ts';
import { exportParts, type PartsOptions } from './exportParts.ts';

const FORMATS = ['csv', 'xlsx', 'parquet'] as const;

interface Options
  extends WindowOptions,
    ReportingOptions,
    SelectionOptions,
    SheetOptions,
    PartsOptions {
  readonly format: (typeof FORMATS)[number];
}

export function addExportCommand(program: Command, io: Io, end: (code: number) => void): void {
  const command = program
    .command('export')
    .summary('every report as a CSV file, or all as a workbook')
    .description(
      'Every report as DIR/NAME.csv, or as a sheet of one workbook, with charts; snapshots, info, gaps and runs too, those of the whole recording.\nOr as the files of a fleet, which any engine reads: DIR/TABLE/relay=FINGERPRINT/day=YYYY-MM-DD/part.parquet. Again into the same folder it writes only what has changed.',
    )
    .argument('<recording>', 'a recording')
    .argument('<dir>', 'a folder, made where it is not there');
  addSheetOptions(addSelectionOptions(addReportingOptions(addWindowOptions(command))))
    .addOption(
      new Option(
        '--format <format>',
        'csv; xlsx: one workbook, DIR/RECORDING.xlsx; or parquet: the files of a fleet',
      )
        .choices(FORMATS)
        .default('csv'),
    )
    .option('--observations', 'parquet: every line of every snapshot, too')
    .option('--exact', 'parquet: times and bytes as recorded, not to the second and to 1024 bytes')
    .addHelpText(
      'after',
      `
Examples:
  $ conntape export relay.tape incident --from -1h --excel
  $ conntape export relay.tape incident --from -1d --format xlsx
  $ conntape export relay.tape fleet --format parquet`,
    )
    .action((path: string, dir: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        checkOptions(options.format, command);
        const window = resolveWindow(recording, options, io);
        if (options.format === 'parquet') {
          if (!(await exportParts({ recording, window, dir }, options, io))) end(EXIT.failure);
          return;
        }
        const write = writingOf(options, path, dir, io);
        const selection = selectionOf(options, recording);
        const question = { ...questionOf(recording, window, options), selection };
        await withShownTables(REPORTS, question, io, (reports) =>
          write([...reports, ...recordingTables(recording)]),
        );
      }),
    );
}

/** Throws `usage` for an option that a format has no use for. */
function checkOptions(format: Options['format'], command: Command): void {
  const given = command.options.filter(
    (option) => command.getOptionValueSource(option.attributeName()) === 'cli',
  );
  const others = given.filter((option) =>
    format === 'parquet'
      ? !OF_EVERY_FORMAT.includes(option.attributeName()) && !isOfParts(option)
      : isOfParts(option),
  );
  if (others.length === 0) return;
  throw new ConntapeError('usage', {
    operation: `exporting as ${format}`,
    cause: `${others.map((option) => option.long).join(', ')} does not go with --format ${format}`,
    hint:
      format === 'parquet'
        ? 'a fleet’s files have one form, whatever the relay; --from and --to choose days'
        : 'that is for --format parquet',
  });
}

const OF_EVERY_FORMAT: readonly string[] = ['from', 'to', 'format'];

function isOfParts(option: Option): boolean {
  return ['observations', 'exact'].includes(option.attributeName());
}

/** Writes the tables as the options ask, where they have been found to be writable. */
function writingOf(
  options: Options,
  path: string,
  dir: string,
  io: Io,
): (tables: readonly Table[]) => Promise<void> {
  const form = sheetFormOf(options);
  if (options.format === 'csv') {
    const files = tableFiles(dir, [path], io);
    return async (tables) => {
      await writeTables(tables, files, form);
      tell(io, `wrote ${tables.length} files into ${dir}`);
    };
  }
  if (form !== undefined) throw formsOfCsv(options.format);
  makeFolder(dir);
  const name = join(dir, `${basename(path).replace(/\.tape$/, '')}.xlsx`);
  const file = OutputFile.at(name, [path], io);
  return async (tables) => {
    const workbook = charted(tables, options.bucket);
    await file.fill((stream) => printWorkbook(workbook, stream, io));
    tell(io, `wrote ${tables.length} tables and their charts into ${name}`);
  };
}

/** A file for each report and each table of a recording, by its name. */
export type TableFiles = ReadonlyMap<string, OutputFile>;

/**
 * `DIR/NAME.csv` for every report and every table of a recording, the folder made, the files not
 * touched yet. Throws `usage` where one of them cannot be, or is a recording's.
 */
export function tableFiles(dir: string, recordings: readonly string[], io: Io): TableFiles {
  makeFolder(dir);
  const names = [...REPORTS.map(({ name }) => name), ...RECORDING_TABLES];
  return new Map(
    names.map((name) => [name, OutputFile.at(join(dir, `${name}.csv`), recordings, io)]),
  );
}

/** Writes each table into its file, one after another: at a failure those before are whole. */
export async function writeTables(
  tables: readonly Table[],
  files: TableFiles,
  excel: SheetForm | undefined,
): Promise<void> {
  for (const table of tables) {
    await files.get(table.name)!.fill((stream) => writeTable(table, 'csv', stream, { excel }));
  }
}
