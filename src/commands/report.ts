/**
 * `conntape report`: one report on a recording.
 * Owns its options; the reports are reports/'s.
 */
import { Argument, type Command, Option } from 'commander';
import { Recording } from '../recording/reader.ts';
import type { Report } from '../reports/report.ts';
import { REPORTS } from '../reports/reports.ts';
import { parseDuration } from './duration.ts';
import type { Io } from './io.ts';
import { counted } from './progressOn.ts';
import { addTableOptions, printTable, type TableOptions } from './tables.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from './window.ts';

interface Options extends WindowOptions, TableOptions {
  readonly bucket: number;
}

/** Ten minutes (contract, section 1). */
export const DEFAULT_BUCKET = '10m';

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
  addTableOptions(addBucketOption(addWindowOptions(command)))
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
        const rows = report.rows({ recording, window, bucketMs: options.bucket });
        const label = `rows of ${name}`;
        await printTable({ ...tableOf(report), rows: counted(rows, label, io) }, options, io);
      } finally {
        recording.close();
      }
    });
}

export function addBucketOption(command: Command): Command {
  return command.addOption(
    new Option('--bucket <duration>', 'length of a bucket of time')
      .argParser(parseBucket)
      .default(parseBucket(DEFAULT_BUCKET), DEFAULT_BUCKET),
  );
}

/** A bucket is at least a second: finer than any poll, and a million a fortnight. */
function parseBucket(text: string): number {
  return Math.max(1000, parseDuration(text));
}

/** A report's table without its rows. */
export function tableOf({ name, columns }: Report) {
  return { name, columns };
}
