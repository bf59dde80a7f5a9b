/**
 * `conntape export`: every report and every table of a recording, as CSV files in a folder.
 * Owns the files' names; their rows are reports/'s and the recording's.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ConntapeError, messageOf } from '../error.ts';
import { writeTable } from '../output/write.ts';
import type { Table } from '../reports/report.ts';
import { REPORTS } from '../reports/reports.ts';
import { type Io, tell } from './io.ts';
import { withRecording } from './opened.ts';
import { recordingTables } from './recordingTables.ts';
import {
  addReportingOptions,
  questionOf,
  type ReportingOptions,
  shownTables,
} from './reporting.ts';
import { intoFile } from './tables.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from './window.ts';

interface Options extends WindowOptions, ReportingOptions {
  readonly excel?: boolean;
}

export function addExportCommand(program: Command, io: Io): void {
  const command = program
    .command('export')
    .summary('every report as a CSV file')
    .description(
      'Every report as DIR/NAME.csv; snapshots, info, gaps and runs too, those of the whole recording.',
    )
    .argument('<recording>', 'a recording')
    .argument('<dir>', 'a folder, made where it is not there');
  addReportingOptions(addWindowOptions(command))
    .option(
      '--excel',
      'for a spreadsheet: byte order mark, its form of times, long integers as text',
    )
    .addHelpText('after', '\nExample:\n  $ conntape export relay.tape incident --from -1h --excel')
    .action((path: string, dir: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const window = resolveWindow(recording, options, io);
        const question = questionOf(recording, window, options);
        const tables = [...shownTables(REPORTS, question, io), ...recordingTables(recording)];
        const files = await writeTables(tables, dir, options.excel === true);
        tell(io, `wrote ${files.length} files into ${dir}`);
      }),
    );
}

/** Writes `DIR/NAME.csv` for each table and gives the paths. Throws `usage` where it cannot. */
export async function writeTables(
  tables: readonly Table[],
  dir: string,
  excel: boolean,
): Promise<string[]> {
  try {
    mkdirSync(dir, { recursive: true });
  } catch (thrown) {
    const cause = messageOf(thrown);
    throw new ConntapeError('usage', { operation: 'making the folder', object: dir, cause });
  }
  const paths: string[] = [];
  for (const table of tables) {
    const path = join(dir, `${table.name}.csv`);
    await intoFile(path, (stream) => writeTable(table, 'csv', stream, { excel }));
    paths.push(path);
  }
  return paths;
}
