/**
 * `conntape export`: every report and every table of a recording, as CSV files or a workbook in a
 * folder.
 * Owns the files' names; their rows are reports/'s and the recording's.
 */
import { mkdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
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
import { ConntapeError, messageOf } from '../error.ts';
import type { SheetForm } from '../output/csv.ts';
import type { Table } from '../output/table.ts';
import { writeTable } from '../output/write.ts';
import { charted } from '../reports/overTime.ts';
import { REPORTS } from '../reports/reports.ts';

const FORMATS = ['csv', 'xlsx'] as const;

interface Options extends WindowOptions, ReportingOptions, SelectionOptions, SheetOptions {
  readonly format: (typeof FORMATS)[number];
}

export function addExportCommand(program: Command, io: Io): void {
  const command = program
    .command('export')
    .summary('every report as a CSV file, or all as a workbook')
    .description(
      'Every report as DIR/NAME.csv, or as a sheet of one workbook, with charts; snapshots, info, gaps and runs too, those of the whole recording.',
    )
    .argument('<recording>', 'a recording')
    .argument('<dir>', 'a folder, made where it is not there');
  addSheetOptions(addSelectionOptions(addReportingOptions(addWindowOptions(command))))
    .addOption(
      new Option('--format <format>', 'csv, or xlsx: one workbook, DIR/RECORDING.xlsx')
        .choices(FORMATS)
        .default('csv'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ conntape export relay.tape incident --from -1h --excel
  $ conntape export relay.tape incident --from -1d --format xlsx`,
    )
    .action((path: string, dir: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const window = resolveWindow(recording, options, io);
        const write = writingOf(options, path, dir, io);
        const selection = selectionOf(options, recording);
        const question = { ...questionOf(recording, window, options), selection };
        await withShownTables(REPORTS, question, io, (reports) =>
          write([...reports, ...recordingTables(recording)]),
        );
      }),
    );
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

/** Throws `usage` where it cannot be. */
function makeFolder(dir: string): void {
  try {
    makeWithAbove(resolve(dir));
  } catch (thrown) {
    const cause = messageOf(thrown);
    const hint = 'name a folder that is there, or that can be made';
    const parts = { operation: 'making the folder', object: dir, cause, hint };
    throw new ConntapeError('usage', parts, { cause: thrown });
  }
}

/** Node's own way, `recursive`, never ends where a file system has no room for it. */
function makeWithAbove(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) makeWithAbove(above);
  mkdirSync(path);
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
