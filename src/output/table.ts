/**
 * A table: named columns, and rows of cells.
 * Owns that shape; how it is written is csv.ts's, aligned.ts's and json.ts's.
 */

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
  /** As in docs/reference.md: lower case, words joined by underscores. */
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
  /** Names of columns, the one that says most first: what a terminal shows that is narrow. */
  readonly leading?: readonly string[];
  /** Read once, row by row, and closed when the reader stops early. */
  readonly rows: Iterable<Row>;
}
