/**
 * `conntape report`: one report on a recording.
 * Owns its options; the reports are reports/'s.
 */
import { Argument, type Command } from 'commander';
import { Recording } from '../recording/reader.ts';
import { REPORTS } from '../reports/reports.ts';
import type { Io } from './io.ts';
import {
  addReportingOptions,
  questionOf,
  type ReportingOptions,
  shownTables,
} from './reporting.ts';
import { addTableOptions, printTable, type TableOptions } from './tables.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from './window.ts';

type Options = WindowOptions & TableOptions & ReportingOptions;

export function addReportCommand(program: Command, io: Io): void {
  const command = program
    .command('report')
    .summary('one report on a recording')
    .description(
      `One report on a recording:\n${REPORTS.map(({ name, question }) => `  ${name.padEnd(13)}${question}`).join('\n')}`,
    )
    .addArgument(
      new Argument('<name>', 'which report').choices(REPORTS.map((report) => report.name)),
    )
    .argument('<recording>', 'a recording');
  addTableOptions(addReportingOptions(addWindowOptions(command)))
    .addHelpText(
      'after',
      `
Examples:
  $ conntape report churn relay.tape --bucket 1h
  $ conntape report connections relay.tape --from 03:40 --to 03:50 --format csv > incident.csv
  $ conntape report circuits relay.tape --excel --output circuits.csv`,
    )
    .action(async (name: string, path: string, options: Options) => {
      const recording = Recording.open(path);
      try {
        const report = REPORTS.find((candidate) => candidate.name === name)!;
        const window = resolveWindow(recording, options, io);
        const [table] = shownTables([report], questionOf(recording, window, options), io);
        await printTable(table!, options, io);
      } finally {
        recording.close();
      }
    });
}
