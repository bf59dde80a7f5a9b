/**
 * What every command that runs reports shares: their options, and their progress.
 * Owns `--bucket`; which reports run is the command's, how they run reports/'s.
 */
import { type Command, Option } from 'commander';
import type { Recording, Window } from '../recording/reader.ts';
import type { Report, Table } from '../reports/report.ts';
import { type Question, tablesOf } from '../reports/tables.ts';
import { parseDuration } from './duration.ts';
import type { Io } from './io.ts';
import { counted, progressOn } from './progressOn.ts';

export interface ReportingOptions {
  readonly bucket: number;
}

/** Ten minutes (contract, section 1). */
const DEFAULT_BUCKET = '10m';

/** What an operator gets who asks for nothing else. */
export const DEFAULTS: ReportingOptions = { bucket: parseBucket(DEFAULT_BUCKET) };

export function addReportingOptions(command: Command): Command {
  return command.addOption(
    new Option('--bucket <duration>', 'length of a bucket of time')
      .argParser(parseBucket)
      .default(DEFAULTS.bucket, DEFAULT_BUCKET),
  );
}

/** A bucket is at least a second: finer than any poll, and a million a fortnight. */
function parseBucket(text: string): number {
  return Math.max(1000, parseDuration(text));
}

export function questionOf(
  recording: Recording,
  window: Window | undefined,
  options: ReportingOptions,
): Question {
  return {
    recording,
    window,
    bucketMs: options.bucket,
    baselineMs: Number.POSITIVE_INFINITY,
    thresholds: new Map(),
  };
}

/** A table for each report, with progress while the tape is played and while rows are read. */
export function shownTables(reports: readonly Report[], question: Question, io: Io): Table[] {
  const { recording, window } = question;
  const { extent } = recording;
  const from = Math.max(window?.from ?? 0, extent?.from ?? 0);
  const to = Math.min(window?.to ?? 0, extent?.to ?? 0);
  const progress = progressOn(io, 'playing the tape', to - from);
  const tables = tablesOf(reports, question, (at) => {
    progress.advance(at - from);
    if (at >= to) progress.finish();
  });
  return tables.map((table) => ({
    ...table,
    rows: counted(table.rows, `rows of ${table.name}`, io),
  }));
}
