/**
 * What became of the story, as it was recorded: a line of bars for each of its turns.
 * Owns which number shows which turn; the numbers are the reports'.
 */
import { type CellsByName, recordsOf } from '../output/records.ts';
import { sparkline } from '../output/sparkline.ts';
import type { Table } from '../output/table.ts';
import { STORY, type StoryTurn } from './scenario.ts';

/** A bar is so long: two hours are as wide as a terminal has room for beside the words. */
export const BAR_MS = 240_000;

/** The reports that the picture needs, in buckets of `BAR_MS`. */
export const PICTURED = ['connections', 'circuits', 'churn', 'asymmetry', 'load'] as const;

type Rows = Readonly<Record<(typeof PICTURED)[number], readonly CellsByName[]>>;

interface Shown {
  readonly turn: StoryTurn;
  /** What the bars are. */
  readonly bars: string;
  readonly values: (rows: Rows) => (number | null)[];
}

const SHOWN: readonly Shown[] = [
  { turn: STORY.quiet, bars: 'open connections', values: ({ churn }) => column(churn, 'open_end') },
  { turn: STORY.cutOff, bars: 'seconds seen', values: ({ churn }) => column(churn, 'observed_s') },
  {
    turn: STORY.lopsided,
    bars: 'most made',
    values: ({ churn, asymmetry }) =>
      greatest(churn, asymmetry, (row) => number(row['written_bytes']) - number(row['read_bytes'])),
  },
  { turn: STORY.cycling, bars: 'short-lived', values: ({ churn }) => column(churn, 'short_lived') },
  {
    turn: STORY.local,
    bars: 'open there',
    values: ({ churn, connections }) =>
      standing(churn, connections, ({ ip }) => String(ip).startsWith('192.168.')),
  },
  {
    turn: STORY.pending,
    bars: 'blocked',
    values: ({ churn, circuits }) => standing(churn, circuits, ({ shape }) => shape === 'blocked'),
  },
  { turn: STORY.restart, bars: 'uptime', values: ({ load }) => column(load, 'uptime') },
];

/** A line a turn: when, the bars, what happened, and what the bars are. */
export function pictureLines(tables: readonly Table[]): string[] {
  const rowsOf = (name: string) => recordsOf(tables.find((table) => table.name === name)!);
  const rows: Rows = {
    connections: rowsOf('connections'),
    circuits: rowsOf('circuits'),
    churn: rowsOf('churn'),
    asymmetry: rowsOf('asymmetry'),
    load: rowsOf('load'),
  };
  return SHOWN.map(
    ({ turn, bars, values }) =>
      `  ${turn.at}  ${sparkline(values(rows))}  ${turn.says} (${bars})\n`,
  );
}

function column(rows: readonly CellsByName[], name: string): (number | null)[] {
  return rows.map((row) => (typeof row[name] === 'number' ? row[name] : null));
}

/** Of each bucket the greatest; 0 where there is none. */
function greatest(
  buckets: readonly CellsByName[],
  rows: readonly CellsByName[],
  measure: (row: CellsByName) => number,
): number[] {
  return buckets.map(({ bucket_start: start }) =>
    rows
      .filter((row) => row['bucket_start'] === start)
      .reduce((most, row) => Math.max(most, measure(row)), 0),
  );
}

/** In each bucket how many of some were there. */
function standing(
  buckets: readonly CellsByName[],
  rows: readonly CellsByName[],
  isMeant: (row: CellsByName) => boolean,
): number[] {
  const meant = rows.filter(isMeant);
  return buckets.map(
    ({ bucket_start: start, bucket_end: end }) =>
      meant.filter(
        (row) =>
          number(row['first_seen']) < number(end) && number(row['last_seen']) >= number(start),
      ).length,
  );
}

function number(cell: unknown): number {
  return Number(cell ?? 0);
}
