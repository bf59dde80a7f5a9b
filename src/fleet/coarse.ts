/**
 * Rows of a fleet's table made less exact, so that those of several relays cannot be laid beside one
 * another to the millisecond and the byte.
 * Owns by how much; which columns, schema.ts says, and what it is for, docs/fleet.md.
 */
import { roundBytes } from '../listing/privacy.ts';
import type { Cell, Row } from '../output/table.ts';
import { type FleetColumn, ROUNDED_BYTES } from './schema.ts';

const SECOND_MS = 1000;

/** The same rows with times as whole seconds, cut off, and bytes as multiples of 1024, the nearest. */
export function* coarsened(
  columns: readonly FleetColumn[],
  rows: Iterable<Row>,
): Generator<Row, void> {
  const coarseners = columns.map(coarsenerOf);
  for (const row of rows) yield coarseners.map((coarsen, place) => coarsen(row[place] ?? null));
}

function coarsenerOf({ type, coarsened: how }: FleetColumn): (cell: Cell) => Cell {
  if (type === 'time') return (cell) => known(cell, (ms) => Math.floor(ms / SECOND_MS) * SECOND_MS);
  if (how === 'seconds') return (cell) => known(cell, Math.round);
  if (how === 'bytes') return roundedBytes;
  return (cell) => cell;
}

function known(cell: Cell, coarsen: (value: number) => number): Cell {
  return cell === null ? null : coarsen(Number(cell));
}

function roundedBytes(cell: Cell): Cell {
  if (typeof cell !== 'bigint') return known(cell, (bytes) => roundBytes(bytes, ROUNDED_BYTES));
  const unit = BigInt(ROUNDED_BYTES);
  return ((cell + unit / 2n) / unit) * unit;
}
