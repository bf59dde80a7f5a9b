/**
 * `conntape report`: one report on a recording.
 * Owns its options; the reports are reports/'s.
 */
import { Argument, type Command } from 'commander';
import type { Io } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import {
  addReportingOptions,
  questionOf,
  type ReportingOptions,
  shownTables,
} from '../cli/reporting.ts';
import {
  addTableOptions,
  type PrintOptions,
  printTable,
  printTables,
  printTargetOf,
} from '../cli/tables.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from '../cli/window.ts';
import { REPORTS } from '../reports/reports.ts';

type Options = WindowOptions & PrintOptions & ReportingOptions;

/** Every report, one after another. */
const ALL = 'all';

export function addReportCommand(program: Command, io: Io): void {
  const command = program
    .command('report')
    .summary('one report on a recording')
    .description('One report on a recording, or all of them.')
    .addArgument(
      new Argument('<name>', 'which report, or all').choices([
        ...REPORTS.map((report) => report.name),
        ALL,
      ]),
    )
    .argument('<recording>', 'a recording');
  addTableOptions(addReportingOptions(addWindowOptions(command)))
    .addHelpText(
      'after',
      `
Reports:
${questionLines().join('\n')}

Examples:
  $ conntape report churn relay.tape --bucket 1h
  $ conntape report connections relay.tape --from 03:40 --to 03:50 --format csv > incident.csv
  $ conntape report circuits relay.tape --excel --output circuits.csv
  $ conntape report destinations relay.tape --from -1d --baseline 7d
  $ conntape report all relay.tape --from -1h --format ndjson`,
    )
    .action((name: string, path: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const reports = REPORTS.filter((report) => name === ALL || report.name === name);
        const target = printTargetOf(options, [path], io);
        const window = resolveWindow(recording, options, io);
        const tables = shownTables(reports, questionOf(recording, window, options), io);
        if (name === ALL) await printTables(tables, options, target);
        else await printTable(tables[0]!, options, target);
      }),
    );
}

/** A line a report, where no help wraps it. */
function questionLines(): string[] {
  const width = Math.max(...REPORTS.map(({ name }) => name.length));
  return REPORTS.map(({ name, question }) => `  ${name.padEnd(width)}  ${question}`);
}
