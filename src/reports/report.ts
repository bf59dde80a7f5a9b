/**
 * What a report is: a name, its columns, and a function from a recording and a window to rows.
 * Owns that shape; what a report computes is its own file's, how it is printed output's.
 */
import type { Column, Row } from '../output/table.ts';
import type { Step } from '../recording/playback/step.ts';
import type { Recording, Window } from '../recording/reader.ts';

/** Finer than any poll, and a million a fortnight. */
export const LEAST_BUCKET_MS = 1000;

/** One connection or circuit: what has both, where both are given. */
export interface Subject {
  /** CONN_ID. */
  readonly connection?: number;
  /** CIRC_ID. */
  readonly circuit?: number;
}

/** What a report is made from. */
export interface ReportInput {
  readonly recording: Recording;
  readonly window: Window;
  /** Milliseconds, `LEAST_BUCKET_MS` at least. */
  readonly bucketMs: number;
  /** How much of the recording before the window is what was known before, milliseconds. */
  readonly baselineMs: number;
  /** Thresholds of rules that are not the rule's own, by `RULE.NAME`. */
  readonly thresholds: ReadonlyMap<string, number>;
  /** What a timeline is of. */
  readonly subject?: Subject;
}

/** A report in the making. */
export interface Analysis {
  /** Sees every snapshot of the window, in order; absent where the report needs no tape. */
  watch?(step: Step): void;
  /**
   * The next rows, which nothing that is still to come can change; asked for after each snapshot,
   * and read before the next. Absent where all rows come at the end.
   */
  finished?(): Iterable<Row>;
  /** The other rows. Called once, when everything was seen; they are made as they are read. */
  rows(): Iterable<Row>;
}

/** A name, its columns, and a function from a recording and a window to rows. */
export interface Report {
  readonly name: string;
  /** The question it answers, for `--help`. */
  readonly question: string;
  readonly columns: readonly Column[];
  /** As of a table: what a terminal shows that is narrow. */
  readonly leading: readonly string[];
  analyse(input: ReportInput): Analysis;
}
