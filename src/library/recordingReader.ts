/**
 * An open recording as other programs read it.
 * Owns what can be asked of it and that every error is a `ConntapeError` that names the file; the
 * shapes of the answers are shapes.ts's.
 */
import { ConntapeError, messageOf } from '../error.ts';
import type { Cell, Row, Table } from '../output/table.ts';
import { damageOf } from '../recording/damage.ts';
import { EVERYTHING, Recording, type Window } from '../recording/reader.ts';
import { THRESHOLDS } from '../reports/findings/rules.ts';
import { checkRecorded } from '../reports/recorded.ts';
import { LEAST_BUCKET_MS, type Report, type ReportInput } from '../reports/report.ts';
import { REPORTS } from '../reports/reports.ts';
import { tablesOf } from '../reports/tables.ts';
import {
  type RecordedGap,
  type RecordedSession,
  type RecordedSnapshot,
  type ReportQuestion,
  recordedSnapshot,
  type TimeSpan,
} from './shapes.ts';

/** As `--bucket` is where it is not given. */
const DEFAULT_BUCKET_MS = 600_000;

/** The names of all reports, in the order in which people read them. */
export const REPORT_NAMES: readonly string[] = REPORTS.map(({ name }) => name);

/**
 * Everything here throws a `ConntapeError` and nothing else: `damaged` where the recording is not
 * what was written (nothing is handed out that was not checked), `usage` for a question that cannot
 * be, and after `close`, `recording` for what the file's disk or another program does.
 */
export class RecordingReader {
  readonly #recording: Recording;
  /** SQLite closes no file of which rows are being read. */
  readonly #beingRead = new Set<Iterator<unknown>>();
  #reportBeingRead: string | undefined;
  #isClosed = false;

  private constructor(recording: Recording) {
    this.#recording = recording;
  }

  /** See `openRecording`. */
  static open(path: string): RecordingReader {
    try {
      return new RecordingReader(Recording.open(path));
    } catch (thrown) {
      throw namedError(thrown, path);
    }
  }

  get path(): string {
    return this.#recording.path;
  }

  /** What may be missing at its end, as a sentence; undefined where the file is all there. */
  get notice(): string | undefined {
    return this.#ask((recording) => recording.notice);
  }

  /** The link of the last item of the tape, 64 hex digits; undefined where there is none. */
  get head(): string | undefined {
    return this.#ask((recording) => recording.head);
  }

  /** The times of the first snapshot and of the last; undefined where there is none. */
  get extent(): { readonly from: number; readonly to: number } | undefined {
    return this.#ask((recording) => recording.extent);
  }

  /** What the source was from each time on, oldest first. */
  get sessions(): RecordedSession[] {
    return this.#ask(({ sessions }) => sessions.map(({ at, header }) => ({ at, header })));
  }

  /**
   * The snapshots of a time span, in order, read one by one as they are asked for; none where none
   * was taken. May be left at any time.
   */
  snapshots(span: TimeSpan = {}): Generator<RecordedSnapshot, void, undefined> {
    const window = this.#ask(() => windowOf(span));
    return this.#each((recording) => snapshotsIn(recording, window));
  }

  /**
   * Everything as it stood at a time: the last snapshot at or before it; undefined for a time
   * before the first. Where `gaps` says that nothing could be seen then, it is from before the gap.
   */
  snapshotAt(time: number): RecordedSnapshot | undefined {
    return this.#ask((recording) => {
      const { to } = windowOf({ to: time });
      const at = recording.snapshotAt(to)?.at;
      if (at === undefined) return undefined;
      for (const snapshot of snapshotsIn(recording, { from: at, to: at })) return snapshot;
      return undefined;
    });
  }

  /** The gaps that share time with a time span, in order. */
  gaps(span: TimeSpan = {}): RecordedGap[] {
    return this.#ask((recording) => recording.gapsIn(windowOf(span)));
  }

  /**
   * One report, by its name. Its rows can be read once; they are computed when the first is asked
   * for. They are read to their end, or left, before those of another: else these throw `usage`.
   * Throws `usage` for a name that is not in `REPORT_NAMES`, `recording` where no snapshot was taken
   * in the time span: no answer is better than one that looks clean.
   */
  report(name: string, question: ReportQuestion = {}): Table {
    return this.reports([name], question)[0]!;
  }

  /**
   * Several reports, in the order of their names, for which the tape is played once. Throws as
   * `report` does.
   */
  reports(names: readonly string[], question: ReportQuestion = {}): Table[] {
    return this.#ask((recording) => {
      const reports = names.map(reportNamed);
      const input = inputOf(recording, question);
      checkRecorded(recording, input.window);
      return tablesOf(reports, input).map((table) => {
        return { ...table, rows: this.#rowsOf(table) };
      });
    });
  }

  /** Closes the file; safe to call twice. What is still being read of it throws `usage` then. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const items of this.#beingRead) items.return?.();
    this.#recording.close();
  }

  #ask<Answer>(question: (recording: Recording) => Answer): Answer {
    if (this.#isClosed) throw wasClosed(this.path);
    try {
      return question(this.#recording);
    } catch (thrown) {
      throw namedError(thrown, this.path);
    }
  }

  /** SQLite prepares no report while it gives the rows of another. */
  *#rowsOf(table: Table): Generator<Row, void, undefined> {
    if (this.#reportBeingRead !== undefined) throw isBeingRead(this.#reportBeingRead, table.name);
    this.#reportBeingRead = table.name;
    try {
      yield* this.#each(() => plainRows(table));
    } finally {
      this.#reportBeingRead = undefined;
    }
  }

  /** The same for what is read one by one. */
  *#each<Item>(
    question: (recording: Recording) => Iterable<Item>,
  ): Generator<Item, void, undefined> {
    const items = this.#ask(question)[Symbol.iterator]();
    this.#beingRead.add(items);
    try {
      for (;;) {
        const next = this.#ask(() => items.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      this.#beingRead.delete(items);
      items.return?.();
    }
  }
}

function* snapshotsIn(recording: Recording, window: Window): Generator<RecordedSnapshot, void> {
  let info: ReadonlyMap<string, string> = new Map();
  for (const item of recording.items(window)) {
    if (item.kind !== 'snapshot') continue;
    if (item.info.size > 0) info = new Map([...info, ...item.info]);
    yield recordedSnapshot(item, info);
  }
}

/** Cells as their kinds say: SQLite has no booleans. */
function* plainRows({ columns, rows }: Table): Generator<Row, void> {
  const isBoolean = columns.map(({ kind }) => kind === 'boolean');
  const plain = (cell: Cell, place: number) =>
    isBoolean[place] === true && cell !== null ? Boolean(cell) : cell;
  for (const row of rows) yield row.map(plain);
}

function windowOf({ from = EVERYTHING.from, to = EVERYTHING.to }: TimeSpan): Window {
  if (from <= to) return { from, to };
  throw new ConntapeError('usage', {
    operation: 'reading the time span',
    cause: `${from} to ${to} is none`,
    hint: 'times are milliseconds since the epoch, from not after to',
  });
}

function reportNamed(name: string): Report {
  const report = REPORTS.find((candidate) => candidate.name === name);
  if (report !== undefined) return report;
  throw new ConntapeError('usage', {
    operation: 'making the report',
    object: name,
    cause: 'there is no such report',
    hint: `there are ${REPORT_NAMES.join(', ')}`,
  });
}

function inputOf(recording: Recording, question: ReportQuestion): ReportInput {
  const { bucketMs = DEFAULT_BUCKET_MS, baselineMs = Number.POSITIVE_INFINITY } = question;
  const fault = (cause: string, hint: string) =>
    new ConntapeError('usage', { operation: 'making a report', cause, hint });
  if (!(bucketMs >= LEAST_BUCKET_MS && Number.isSafeInteger(bucketMs))) {
    throw fault(`bucketMs is ${bucketMs}`, `it is an integer from ${LEAST_BUCKET_MS} on`);
  }
  if (!(baselineMs >= 0)) throw fault(`baselineMs is ${baselineMs}`, 'it is 0 or more');
  const thresholds = new Map(Object.entries(question.thresholds ?? {}));
  for (const [name, value] of thresholds) {
    if (!THRESHOLDS.has(name)) {
      throw fault(`there is no threshold ${name}`, `there are ${[...THRESHOLDS].join(', ')}`);
    }
    if (!(value >= 0)) throw fault(`the threshold ${name} is ${value}`, 'it is 0 or more');
  }
  return { recording, window: windowOf(question), bucketMs, baselineMs, thresholds };
}

function wasClosed(path: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'reading the recording',
    object: path,
    cause: 'it was closed',
  });
}

function isBeingRead(name: string, other: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'making the report',
    object: other,
    cause: `${name} is being read`,
    hint: 'read its rows to their end, or leave them, first',
  });
}

/** What was thrown, as an error by kind; a fault of the program's own as it is. */
function namedError(thrown: unknown, path: string): unknown {
  const error = damageOf(thrown, path);
  // Only errors of SQLite and of the system have codes.
  if (error instanceof ConntapeError || !(error instanceof Error) || !('code' in error))
    return error;
  return new ConntapeError(
    'recording',
    { operation: 'reading the recording', object: path, cause: messageOf(error) },
    { cause: error },
  );
}
