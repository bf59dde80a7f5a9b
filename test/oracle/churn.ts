/**
 * The rows of `report churn`: connections opened and closed, bucket by bucket (docs/reference.md).
 * Owns the counting; what a connection is lives.ts says, what was observed steps.ts.
 *
 * Order: by bucket, every one from the first snapshot's to the last snapshot's, empty ones too.
 */
import { type Connection, livesOf, type Span, spanOf } from './lives.ts';
import { type Gap, readTape } from './model.ts';
import { observed, type Step, stepsOf } from './steps.ts';
import type { Cell, Table } from './table.ts';

const COLUMNS: Table['columns'] = [
  ['bucket_start', 'time'],
  ['bucket_end', 'time'],
  ['observed_s', 'decimal'],
  ['open_start', 'integer'],
  ['opened', 'integer'],
  ['opened_unobserved', 'integer'],
  ['closed', 'integer'],
  ['closed_unobserved', 'integer'],
  ['open_end', 'integer'],
  ['opened_per_min', 'decimal'],
  ['closed_per_min', 'decimal'],
  ['short_lived', 'integer'],
  ['short_lived_share', 'decimal'],
];

const SHORT_LIVED_MS = 30_000;

interface Counted extends Span {
  readonly openedAt: number;
  readonly openedKnown: boolean;
}

/**
 * The churn report of a transcript given as its lines; no snapshots, no rows.
 * @param bucketMs the length of a bucket, a whole number of milliseconds above 0.
 */
export function churnReport(transcript: readonly string[], bucketMs: number): Table {
  const tape = readTape(transcript);
  const { snapshots, gaps } = tape;
  const counted = livesOf(tape).connections.map((connection: Connection) => ({
    ...spanOf(connection, tape),
    openedAt: connection.openedAt,
    openedKnown: connection.openedKnown,
  }));
  const first = snapshots[0]?.at;
  const last = snapshots.at(-1)?.at;
  const rows: Cell[][] = [];
  if (first === undefined || last === undefined) return { columns: COLUMNS, rows };
  const steps = stepsOf(tape);
  const start = Math.floor(first / bucketMs) * bucketMs;
  for (let bucket = start; bucket <= last; bucket += bucketMs) {
    const next = bucket + bucketMs;
    const from = Math.max(bucket, first);
    // Times are whole milliseconds, so "just after the last snapshot" is one later.
    const to = Math.min(next, last + 1);
    const observedMs = observed(steps, bucket, next);
    const times = { from, to, observedMs };
    rows.push([bucket, next, observedMs / 1000, ...countsOf(counted, times, steps, gaps)]);
  }
  return { columns: COLUMNS, rows };
}

/** open_start to short_lived_share of the bucket from `from` to just before `to`. */
function countsOf(
  all: readonly Counted[],
  { from, to, observedMs }: { from: number; to: number; observedMs: number },
  steps: readonly Step[],
  gaps: readonly Gap[],
): Cell[] {
  const openings = all.filter(({ openedAt }) => openedAt >= from && openedAt < to);
  const closings = all.filter(
    ({ closedBy }) => closedBy !== null && closedBy >= from && closedBy < to,
  );
  const opened = openings.filter((life) => openingObserved(life, steps)).length;
  const seenToClose = closings.filter((life) => closingObserved(life, gaps));
  const closed = seenToClose.length;
  const shortLived = seenToClose.filter(
    ({ openedAt, openedKnown, closedBy }) => openedKnown && closedBy! - openedAt < SHORT_LIVED_MS,
  ).length;
  const perMinute = (count: number) => (observedMs === 0 ? null : (count * 60_000) / observedMs);
  return [
    openAt(all, from),
    opened,
    openings.length - opened,
    closed,
    closings.length - closed,
    openAt(all, to),
    perMinute(opened),
    perMinute(closed),
    shortLived,
    closed === 0 ? null : shortLived / closed,
  ];
}

/** How many were open at an instant: opened before it, and not closed before it. */
function openAt(all: readonly Counted[], instant: number): number {
  return all.filter(
    ({ openedAt, closedBy }) => openedAt < instant && (closedBy === null || closedBy >= instant),
  ).length;
}

function openingObserved({ openedAt, openedKnown }: Counted, steps: readonly Step[]): boolean {
  const inside = steps.filter(({ from, to }) => from < openedAt && openedAt < to);
  return openedKnown && inside.every(({ isBlind }) => !isBlind);
}

function closingObserved({ lastSeen, closedBy, end }: Counted, gaps: readonly Gap[]): boolean {
  const inGap = gaps.some(({ from, to }) => Math.max(from, lastSeen) < Math.min(to, closedBy!));
  return end === 'closed' && !inGap;
}
