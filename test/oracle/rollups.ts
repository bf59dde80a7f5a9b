/**
 * What rollups of a transcript come to, from the other oracles.
 * Owns that each stretch is told as the tape up to its end knew it; what is counted there is for
 * the reports' oracles.
 */
import { asymmetryReport } from './asymmetry.ts';
import { livesOf, spanOf } from './lives.ts';
import { readTape } from './model.ts';
import type { Cell, Table } from './table.ts';

const MOST = 2n ** 53n - 1n;

/** A stretch with snapshots, and the lines up to its last one. */
interface Stretch {
  readonly number: number;
  readonly lines: readonly string[];
}

/** When snapshots were taken, each with the place of its line. */
function polled(lines: readonly string[]): { readonly at: number; readonly place: number }[] {
  return lines.flatMap((line, place) => {
    const { at, conn } = JSON.parse(line) as { at?: string; conn?: string };
    return at === undefined || conn === undefined ? [] : [{ at: Date.parse(at), place }];
  });
}

export function* stretchesIn(lines: readonly string[], lengthMs: number): Generator<Stretch> {
  const snapshots = polled(lines);
  for (const [index, { at, place }] of snapshots.entries()) {
    const number = Math.floor(at / lengthMs);
    const next = snapshots[index + 1];
    if (next !== undefined && Math.floor(next.at / lengthMs) === number) continue;
    yield { number, lines: lines.slice(0, place + 1) };
  }
}

export interface Circuit {
  readonly run: number;
  readonly circId: number;
  readonly read: number;
  readonly written: number;
}

/** The circuits of a stretch whose bytes are known, that moved something. */
export function circuitsMoved({ number, lines }: Stretch, lengthMs: number): Circuit[] {
  const table = asymmetryReport(lines, lengthMs);
  const cell = (row: readonly Cell[], name: string) => row[columnOf(table, name)]!;
  return table.rows
    .filter((row) => Number(cell(row, 'bucket_start')) === number * lengthMs)
    .filter((row) => row[columnOf(table, 'read_bytes')] !== null)
    .map((row) => ({
      run: Number(cell(row, 'run')),
      circId: Number(cell(row, 'circ_id')),
      read: capped(BigInt(cell(row, 'read_bytes') as number)),
      written: capped(BigInt(cell(row, 'written_bytes') as number)),
    }))
    .filter(({ read, written }) => read + written > 0);
}

function columnOf({ columns }: Table, name: string): number {
  return columns.findIndex(([column]) => column === name);
}

export function capped(bytes: bigint): number {
  return Number(bytes > MOST ? MOST : bytes);
}

/**
 * The minutes in which connections ended, each with their lengths in milliseconds, null for one
 * whose age is not known: as they were known with the first snapshot behind the minute.
 */
export function minutesEnded(
  lines: readonly string[],
): { readonly number: number; readonly lengths: (number | null)[] }[] {
  const tape = readTape(lines);
  const ends = livesOf(tape).connections.map((connection) => spanOf(connection, tape).closedBy);
  const snapshots = polled(lines);
  const minutes = [...ends, ...snapshots.map(({ at }) => at)]
    .filter((at) => at !== null)
    .map((at) => Math.floor(at / 60_000));
  return [...new Set(minutes)]
    .sort((a, b) => a - b)
    .map((number) => {
      const behind = snapshots.find(({ at }) => at >= (number + 1) * 60_000);
      const known = behind === undefined ? lines : lines.slice(0, behind.place + 1);
      return { number, lengths: lengthsEnded(known, number) };
    })
    .filter(({ lengths }) => lengths.length > 0);
}

function lengthsEnded(lines: readonly string[], minute: number): (number | null)[] {
  const tape = readTape(lines);
  return livesOf(tape).connections.flatMap((connection) => {
    const { lastSeen, closedBy, end } = spanOf(connection, tape);
    if (closedBy === null || end !== 'closed' || Math.floor(closedBy / 60_000) !== minute)
      return [];
    const inGap = tape.gaps.some(
      (gap) => Math.max(gap.from, lastSeen) < Math.min(gap.to, closedBy),
    );
    if (inGap) return [];
    return [connection.openedKnown ? closedBy - connection.openedAt : null];
  });
}

/** The lines with all times later by so many milliseconds. */
export function later(lines: readonly string[], ms: number): string[] {
  return lines.map((line) =>
    line.replace(/"(\d{4}-\d\d-\d\dT[\d:.]+Z)"/g, (_, time: string) =>
      JSON.stringify(new Date(Date.parse(time) + ms).toISOString()),
    ),
  );
}
