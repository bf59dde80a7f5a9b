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
  withShownTables,
} from '../cli/reporting.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../cli/selecting.ts';
import {
  addTableOptions,
  type PrintOptions,
  printTable,
  printTables,
  printTargetOf,
} from '../cli/tables.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from '../cli/window.ts';
import { ConntapeError } from '../error.ts';
import { isEverything, type Selection } from '../listing/selection.ts';
import { NAMED_REPORTS, REPORTS } from '../reports/reports.ts';
import { timeline } from '../reports/timeline.ts';
import { checkHtmlOptions, HTML, reportHtml } from './reportHtml.ts';

type Options = WindowOptions & PrintOptions & ReportingOptions & SelectionOptions;

/** Every report but the timeline, which is of something, one after another. */
const ALL = 'all';

export function addReportCommand(program: Command, io: Io): void {
  const command = program
    .command('report')
    .summary('one report on a recording')
    .description('One report on a recording, or all of them.')
    .addArgument(
      new Argument('<name>', 'which report, all of them, or a page that shows them').choices([
        ...NAMED_REPORTS.map((report) => report.name),
        ALL,
        HTML,
      ]),
    )
    .argument('<recording>', 'a recording');
  addTableOptions(addSelectionOptions(addReportingOptions(addWindowOptions(command))))
    .addHelpText(
      'after',
      `
Reports:
${questionLines().join('\n')}

Examples:
  $ conntape report churn relay.tape --bucket 1h
  $ conntape report connections relay.tape --from 03:40 --to 03:50 --format csv > incident.csv
  $ conntape report peers relay.tape --from -12h --sort -read_bytes --limit 10
  $ conntape report circuits relay.tape --excel --output circuits.csv
  $ conntape report destinations relay.tape --from -1d --baseline 7d
  $ conntape report timeline relay.tape --connection 37
  $ conntape report all relay.tape --from -1h --format ndjson
  $ conntape report html relay.tape --from -1d --output incident.html`,
    )
    .action((name: string, path: string, options: Options) => {
      if (name === HTML) checkHtmlOptions(command, io);
      return withRecording(path, io, async (recording) => {
        if (name === HTML) {
          const window = resolveWindow(recording, options, io);
          await reportHtml({ path, recording, window, output: options.output, io });
          return;
        }
        const selection = selectionOf(options, recording);
        checkTimeline(name, selection);
        const reports = name === ALL ? REPORTS : NAMED_REPORTS.filter((one) => one.name === name);
        const target = printTargetOf(options, [path], io);
        const window = resolveWindow(recording, options, io);
        const question = { ...questionOf(recording, window, options), selection };
        await withShownTables(reports, question, io, (tables) =>
          name === ALL
            ? printTables(tables, options, question.bucketMs, target, io)
            : printTable(tables[0]!, options, target, io),
        );
      });
    });
}

/** Throws `usage` for a timeline of everything. */
function checkTimeline(name: string, selection: Selection): void {
  if (name !== timeline.name || !isEverything(selection)) return;
  throw new ConntapeError('usage', {
    operation: `reporting ${name}`,
    cause: 'a timeline is of a connection, a circuit or others, and none are named',
    hint: 'conntape report timeline RECORDING --connection ID',
  });
}

/** A line a report, where no help wraps it. */
function questionLines(): string[] {
  const width = Math.max(...NAMED_REPORTS.map(({ name }) => name.length));
  const page = { name: HTML, question: 'All of it as a picture: one file for any browser.' };
  return [...NAMED_REPORTS, page].map(
    ({ name, question }) => `  ${name.padEnd(width)}  ${question}`,
  );
}
