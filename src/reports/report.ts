/**
 * What a report is: a name, its columns, and a function from a recording and a window to rows.
 * Owns that shape; what a report computes is its own file's, how it is printed output's.
 */

import type { LabelFields } from '../listing/label.ts';
import type { Selection } from '../listing/selection.ts';
import type { Cell, Column, Row } from '../output/table.ts';
import type { Step } from '../recording/playback/step.ts';
import type { Recording, Window } from '../recording/reader.ts';

/** Finer than any poll, and a million a fortnight. */
export const LEAST_BUCKET_MS = 1000;

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
  /** Which lines are asked about; all where nothing is given, or it is absent. */
  readonly selection?: Selection;
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

/**
 * What becomes of a report where not all lines are asked about: it takes them by itself; of its rows
 * those stay that `rows` says; it is made of these lines alone (`counted`); or it is of the relay as
 * a whole, and there is none.
 */
export type Narrowing = 'itself' | RowNarrowing | 'counted' | 'none';

/** @returns whether a row, by its cells, belongs to a line that is asked about. */
export type RowNarrowing = (lines: SelectedLines) => (cell: (column: string) => Cell) => boolean;

/** What belongs to the lines of a window that are asked about. */
export interface SelectedLines {
  /** Whether such a line is of a circuit: `run`, `circ_id`. */
  hasCircuit(run: Cell, circId: Cell): boolean;
  /** Whether an outbound one goes to an address. */
  leadsTo(ip: Cell): boolean;
  /** Whether an inbound one comes from a relay; of `0`, from what is none. */
  comesFrom(orId: Cell): boolean;
  /** Whether a line with these columns is one. */
  isOne(line: LabelFields): boolean;
}

/** A name, its columns, and a function from a recording and a window to rows. */
export interface Report {
  readonly name: string;
  /** The question it answers, for `--help`. */
  readonly question: string;
  readonly columns: readonly Column[];
  /** As of a table: what a terminal shows that is narrow. */
  readonly leading: readonly string[];
  /** What becomes of it where not all lines are asked about; see `Narrowing`. */
  readonly narrowing: Narrowing;
  analyse(input: ReportInput): Analysis;
}
