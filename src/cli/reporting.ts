/**
 * What every command that runs reports shares: their options, and their progress.
 * Owns `--bucket`, `--baseline` and `--set`; which reports run is the command's, how they run
 * reports/'s.
 */
import { type Command, Option } from 'commander';
import { ConntapeError } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import { isEverything, selectionText } from '../listing/selection.ts';
import type { Table } from '../output/table.ts';
import type { Recording, Window } from '../recording/reader.ts';
import { leftOut } from '../reports/buckets.ts';
import { THRESHOLDS } from '../reports/findings/rules.ts';
import { type Seeing, withTables } from '../reports/narrowed.ts';
import { LEAST_BUCKET_MS, type Report, type ReportInput } from '../reports/report.ts';
import { parseDuration, parseDurationFrom } from './duration.ts';
import { Breath, type Io, tell } from './io.ts';
import { counted, progressOn } from './progressOn.ts';
import { quoted } from './quoted.ts';

export interface ReportingOptions {
  readonly bucket: number;
  /** Milliseconds. */
  readonly baseline?: number;
  readonly set?: ReadonlyMap<string, number>;
}

/** See docs/reference.md, Buckets. */
const DEFAULT_BUCKET = '10m';

/** What an operator gets who asks for nothing else. */
export const DEFAULTS: ReportingOptions = { bucket: parseBucket(DEFAULT_BUCKET) };

export function addReportingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--bucket <duration>', 'length of a bucket of time')
        .argParser(parseBucket)
        .default(DEFAULTS.bucket, DEFAULT_BUCKET),
    )
    .option(
      '--baseline <duration>',
      'destinations: new is what was not there for this long before --from (default: ever before)',
      parseDuration,
    )
    .option(
      '--set <rule.name=value>',
      'a threshold of a rule, such as beacon.score=0.7; may be given several times',
      withThreshold,
    );
}

function parseBucket(text: string): number {
  return parseDurationFrom(LEAST_BUCKET_MS, '--bucket', text);
}

function withThreshold(
  text: string,
  before: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const fault = (cause: string, hint: string) =>
    new ConntapeError('usage', {
      operation: 'reading --set',
      object: quoted(text),
      cause,
      hint,
    });
  const [, name = '', value = ''] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === '') throw fault('it is not RULE.NAME=VALUE', 'such as --set beacon.score=0.7');
  const threshold = THRESHOLDS.get(name);
  if (threshold === undefined) {
    throw fault('no threshold has that name', `there are ${[...THRESHOLDS.keys()].join(', ')}`);
  }
  if (!/^\d+(?:\.\d+)?$/.test(value)) {
    throw fault('its value is not a number', 'write it as 20 or 0.9');
  }
  const { most = Number.POSITIVE_INFINITY, above = Number.NEGATIVE_INFINITY } = threshold;
  if (Number(value) > most) throw fault('the rule could never fire', `it is ${most} at most`);
  if (Number(value) <= above) throw fault('the rule could never fire', `it is above ${above}`);
  return new Map(before).set(name, Number(value));
}

export function questionOf(
  recording: Recording,
  window: Window,
  options: ReportingOptions,
): ReportInput {
  return {
    recording,
    window,
    bucketMs: options.bucket,
    baselineMs: options.baseline ?? Number.POSITIVE_INFINITY,
    thresholds: options.set ?? new Map(),
  };
}

/** How far the tape has been played, on standard error. */
export interface TapeProgress {
  /** Called as the tape goes by, with the time of the snapshot. */
  readonly advance: (at: number) => void;
  /** Clears the line, for something else to be written; it is drawn again when the tape goes on. */
  readonly clear: () => void;
}

export function tapeProgress(
  { recording, window }: ReportInput,
  io: Io,
  label = 'playing the tape',
): TapeProgress {
  const { extent } = recording;
  if (extent === undefined) return { advance: () => {}, clear: () => {} };
  const from = Math.max(window.from, extent.from);
  const last = recording.snapshotAt(window.to)?.at;
  const progress = progressOn(io, label, Math.min(window.to, extent.to) - from);
  const advance = (at: number) => {
    progress.advance(at - from);
    if (at === last) progress.finish();
  };
  return { advance, clear: () => progress.clear() };
}

/** The same rows, before each of which, where it is seen itself, and at the end the line is clear. */
function* clearing<Row>(rows: Iterable<Row>, playing: TapeProgress, io: Io): Generator<Row, void> {
  try {
    for (const row of rows) {
      if (io.stdout.isTTY === true) playing.clear();
      yield row;
    }
  } finally {
    playing.clear();
  }
}

/**
 * Calls `use` with a table for each report, with progress while the tape is played and while rows are
 * read. Where not all lines are asked about, standard error says so, and of which reports there is
 * none.
 */
export async function withShownTables(
  reports: readonly Report[],
  question: ReportInput,
  io: Io,
  use: (tables: Table[]) => Promise<void>,
): Promise<void> {
  tellLeftOut(reports, question, io);
  tellNarrowed(reports, question, io);
  const taking = tapeProgress({ ...question, window: upTo(question) }, io, 'taking lines');
  const breath = new Breath(io);
  const playing = tapeProgress(question, io);
  const seeing: Seeing = {
    taken: async (at) => {
      taking.advance(at);
      await breath.take();
    },
    played: playing.advance,
    guarded: (undo) => io.undoIfKilled(undo),
  };
  await withTables(reports, question, seeing, (tables) =>
    use(
      tables.map((table) => ({
        ...table,
        rows: counted(clearing(table.rows, playing, io), `rows of ${table.name}`, io),
      })),
    ),
  );
}

/** What is counted of some lines needs all that was before, too. */
function upTo({ window: { to } }: ReportInput): Window {
  return { from: Number.NEGATIVE_INFINITY, to };
}

function tellNarrowed(reports: readonly Report[], { selection = {} }: ReportInput, io: Io): void {
  if (isEverything(selection)) return;
  const asked = selectionText(selection);
  const left = reports.filter(({ narrowing }) => narrowing === 'none').map(({ name }) => name);
  if (left.length === reports.length) {
    throw new ConntapeError('usage', {
      operation: `reporting ${left.join(', ')}`,
      cause: `it is of the relay as a whole, and cannot be narrowed to ${asked}`,
      hint: 'leave that out, or narrow another report',
    });
  }
  const counting = reports.filter(({ narrowing }) => narrowing === 'counted');
  const alone = counting.map(({ name }) => name).join(', ');
  tell(io, `narrowed to ${asked}${alone === '' ? '' : `; ${alone}: of these lines alone`}`);
  if (left.length > 0) tell(io, `left out, being of the relay as a whole: ${left.join(', ')}`);
}

/** Says which time is in no bucket, where a report has a row a bucket. */
function tellLeftOut(reports: readonly Report[], question: ReportInput, io: Io): void {
  if (!reports.some(({ columns }) => columns[0]?.name === 'bucket_start')) return;
  const { recording, window, bucketMs } = question;
  for (const { from, to } of leftOut(recording, window, bucketMs)) {
    const count = (to - from) / bucketMs;
    tell(
      io,
      `${count} buckets are left out: nothing was recorded from ${isoTime(from)} to ${isoTime(to)}`,
    );
  }
}
