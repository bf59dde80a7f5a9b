/**
 * `conntape report`: one report on a recording.
 * Owns its options; the reports are reports/'s.
 */
import { Argument, type Command } from 'commander';
import type { Io } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { quoted } from '../cli/quoted.ts';
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
import { ConntapeError } from '../error.ts';
import type { Subject } from '../reports/report.ts';
import { NAMED_REPORTS, REPORTS } from '../reports/reports.ts';
import { timeline } from '../reports/timeline.ts';

type Options = WindowOptions & PrintOptions & ReportingOptions & Subject;

/** Every report but the timeline, which is of something, one after another. */
const ALL = 'all';

export function addReportCommand(program: Command, io: Io): void {
  const command = program
    .command('report')
    .summary('one report on a recording')
    .description('One report on a recording, or all of them.')
    .addArgument(
      new Argument('<name>', 'which report, or all').choices([
        ...NAMED_REPORTS.map((report) => report.name),
        ALL,
      ]),
    )
    .argument('<recording>', 'a recording');
  addTableOptions(addReportingOptions(addWindowOptions(command)))
    .option('--connection <id>', 'timeline: of the connection with this CONN_ID', parseId)
    .option('--circuit <id>', 'timeline: of the circuit with this CIRC_ID', parseId)
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
  $ conntape report all relay.tape --from -1h --format ndjson`,
    )
    .action((name: string, path: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const subject = subjectOf(name, options);
        const reports = name === ALL ? REPORTS : NAMED_REPORTS.filter((one) => one.name === name);
        const target = printTargetOf(options, [path], io);
        const window = resolveWindow(recording, options, io);
        const question = { ...questionOf(recording, window, options), subject };
        const tables = shownTables(reports, question, io);
        if (name === ALL) await printTables(tables, options, target, io);
        else await printTable(tables[0]!, options, target, io);
      }),
    );
}

/** Throws `usage` for a timeline of nothing, and for what no other report is of. */
function subjectOf(name: string, { connection, circuit }: Subject): Subject {
  const isAsked = connection !== undefined || circuit !== undefined;
  if (isAsked === (name === timeline.name)) {
    return {
      ...(connection === undefined ? {} : { connection }),
      ...(circuit === undefined ? {} : { circuit }),
    };
  }
  throw new ConntapeError('usage', {
    operation: `reporting ${name}`,
    cause: isAsked
      ? '--connection and --circuit are for the timeline'
      : 'a timeline is of one connection or circuit, and none is named',
    hint: 'conntape report timeline RECORDING --connection ID',
  });
}

function parseId(text: string): number {
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw new ConntapeError('usage', {
    operation: 'reading an id',
    object: quoted(text),
    cause: 'it is not an unsigned integer below 2^53',
    hint: 'CONN_ID and CIRC_ID stand first in the lines of conn/all',
  });
}

/** A line a report, where no help wraps it. */
function questionLines(): string[] {
  const width = Math.max(...NAMED_REPORTS.map(({ name }) => name.length));
  return NAMED_REPORTS.map(({ name, question }) => `  ${name.padEnd(width)}  ${question}`);
}
