/**
 * Which rows and columns of a table are wanted, and in which order: `--sort`, `--limit`, `--columns`.
 * Owns the options and what they make of a table; sorting more rows than memory holds is
 * recording/sorting.ts's.
 */
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import type { Column, Row, Table } from '../output/table.ts';
import { sorted } from '../recording/sorting.ts';
import { quoted } from './quoted.ts';

export interface ArrangingOptions {
  /** A column's name; with `-` before it, the greatest first. */
  readonly sort?: string;
  /** Rows, 1 or more. */
  readonly limit?: number;
  /** In the order in which they are wanted. */
  readonly columns?: readonly string[];
}

export function addArrangingOptions(command: Command): Command {
  return command
    .option(
      '--sort <column>',
      'sort by this column, with - before it the greatest first; what is empty comes last',
    )
    .option('--limit <n>', 'no more than so many rows', parseLimit)
    .option(
      '--columns <names>',
      'only these columns, in this order: names with commas',
      parseNames,
    );
}

function parseLimit(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new ConntapeError('usage', {
    operation: 'reading --limit',
    object: quoted(text),
    cause: 'it is not a number of rows',
    hint: 'such as --limit 10',
  });
}

function parseNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

/**
 * The table as it is wanted. Throws `usage` for a column that it has not, before a row is read.
 */
export function arranged(table: Table, { sort, limit, columns }: ArrangingOptions): Table {
  const places = columns?.map((name) => placeOf(name, '--columns', table));
  const key = sort === undefined ? undefined : placeOf(sort.replace(/^-/, ''), '--sort', table);
  let { rows } = table;
  if (key !== undefined) rows = sorted(rows, key, sort!.startsWith('-'), limit);
  else if (limit !== undefined) rows = first(rows, limit);
  if (places === undefined) return { ...table, rows };
  const { leading: _, ...rest } = table;
  return {
    ...rest,
    columns: places.map((place) => table.columns[place]!),
    rows: picked(rows, places),
  };
}

function placeOf(name: string, option: string, { name: of, columns }: Table): number {
  const place = columns.findIndex((column: Column) => column.name === name);
  if (place >= 0) return place;
  throw new ConntapeError('usage', {
    operation: `reading ${option}`,
    object: quoted(name),
    cause: `${of} has no such column`,
    hint: `it has ${columns.map((column) => column.name).join(', ')}`,
  });
}

/** Reads no row more than it gives. */
function* first(rows: Iterable<Row>, count: number): Generator<Row, void> {
  let left = count;
  for (const row of rows) {
    yield row;
    if (--left === 0) return;
  }
}

function* picked(rows: Iterable<Row>, places: readonly number[]): Generator<Row, void> {
  for (const row of rows) yield places.map((place) => row[place] ?? null);
}
