/**
 * What every report yields: named columns and rows of cells.
 * Owns the shape of a table and of a report; what a report computes is its own file's, how it is
 * printed output's.
 */
import type { Recording, Window } from '../recording/reader.ts';
import type { Step } from './step.ts';

/**
 * How the cells of a column are to be read:
 * - `text`: a string;
 * - `integer`: a number or a bigint, exact;
 * - `decimal`: a number, such as a ratio;
 * - `seconds`: a number of seconds, to the millisecond;
 * - `time`: a number, milliseconds since the epoch, UTC;
 * - `boolean`: a boolean, or 0 and 1 as SQLite gives them.
 */
export type ColumnKind = 'text' | 'integer' | 'decimal' | 'seconds' | 'time' | 'boolean';

export interface Column {
  /** As in the contract's section 5: lower case, words joined by underscores. */
  readonly name: string;
  readonly kind: ColumnKind;
}

/** `null` cannot be known or does not apply: an empty cell, never a zero. */
export type Cell = string | number | bigint | boolean | null;

/** In the order of the columns. */
export type Row = readonly Cell[];

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Read once, row by row, and closed when the reader stops early. */
  readonly rows: Iterable<Row>;
}

/** What a report is made from. */
export interface ReportInput {
  readonly recording: Recording;
  readonly window: Window;
  /** Milliseconds. */
  readonly bucketMs: number;
  /** How much of the recording before the window is what was known before, milliseconds. */
  readonly baselineMs: number;
  /** Thresholds of rules that are not the rule's own, by `RULE.NAME`. */
  readonly thresholds: ReadonlyMap<string, number>;
}

/** A report in the making. */
export interface Analysis {
  /** Sees every snapshot of the window, in order; absent where the report needs no tape. */
  watch?(step: Step): void;
  /** Called once, when everything was seen; rows are made as they are read. */
  rows(): Iterable<Row>;
}

/** A name, its columns, and a function from a recording and a window to rows. */
export interface Report {
  readonly name: string;
  /** The question it answers, for `--help`. */
  readonly question: string;
  readonly columns: readonly Column[];
  analyse(input: ReportInput): Analysis;
}
