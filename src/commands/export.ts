/**
 * `conntape export`: every report and every table of a recording, as CSV files in a folder.
 * Owns the files' names; their rows are reports/'s and the recording's.
 */
import { mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { addSheetOptions, type SheetOptions, sheetFormOf } from '../cli/locale.ts';
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
import { addWindowOptions, resolveWindow, type WindowOptions } from '../cli/window.ts';
import { ConntapeError, messageOf } from '../error.ts';
import type { SheetForm } from '../output/csv.ts';
import type { Table } from '../output/table.ts';
import { writeTable } from '../output/write.ts';
import { REPORTS } from '../reports/reports.ts';

interface Options extends WindowOptions, ReportingOptions, SelectionOptions, SheetOptions {}

export function addExportCommand(program: Command, io: Io): void {
  const command = program
    .command('export')
    .summary('every report as a CSV file')
    .description(
      'Every report as DIR/NAME.csv; snapshots, info, gaps and runs too, those of the whole recording.',
    )
    .argument('<recording>', 'a recording')
    .argument('<dir>', 'a folder, made where it is not there');
  addSheetOptions(addSelectionOptions(addReportingOptions(addWindowOptions(command))))
    .addHelpText('after', '\nExample:\n  $ conntape export relay.tape incident --from -1h --excel')
    .action((path: string, dir: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const window = resolveWindow(recording, options, io);
        const files = tableFiles(dir, [path], io);
        const selection = selectionOf(options, recording);
        const question = { ...questionOf(recording, window, options), selection };
        await withShownTables(REPORTS, question, io, async (reports) => {
          const tables = [...reports, ...recordingTables(recording)];
          await writeTables(tables, files, sheetFormOf(options));
          tell(io, `wrote ${tables.length} files into ${dir}`);
        });
      }),
    );
}

/** A file for each report and each table of a recording, by its name. */
export type TableFiles = ReadonlyMap<string, OutputFile>;

/**
 * `DIR/NAME.csv` for every report and every table of a recording, the folder made, the files not
 * touched yet. Throws `usage` where one of them cannot be, or is a recording's.
 */
export function tableFiles(dir: string, recordings: readonly string[], io: Io): TableFiles {
  try {
    makeFolder(resolve(dir));
  } catch (thrown) {
    const cause = messageOf(thrown);
    const hint = 'name a folder that is there, or that can be made';
    const parts = { operation: 'making the folder', object: dir, cause, hint };
    throw new ConntapeError('usage', parts, { cause: thrown });
  }
  const names = [...REPORTS.map(({ name }) => name), ...RECORDING_TABLES];
  return new Map(
    names.map((name) => [name, OutputFile.at(join(dir, `${name}.csv`), recordings, io)]),
  );
}

/** With those above it. Node's own way, `recursive`, never ends where a file system has no room for it. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const above = dirname(path);
  if (above !== path) makeFolder(above);
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
