/**
 * When what a counter says was moved in a step.
 * Owns the rules of docs/reference.md, Deltas, for whoever follows a tape or makes one; the counters
 * that they are applied to are theirs.
 */

/** A step from one snapshot to the next. */
export interface Interval {
  readonly number: number;
  /** The time of the snapshot before; undefined for the first. */
  readonly since: number | undefined;
  /** Whether a gap lies between a time and this snapshot's. */
  isBlind(from: number): boolean;
}

/** Whether a first value was moved in the step: it is known to have been born in it. */
export function isBornIn(
  { since }: Pick<Interval, 'since'>,
  openedAt: number,
  openedKnown: boolean,
): boolean {
  return since !== undefined && openedKnown && openedAt > since;
}

/** The totals of a connection of several lines, each of which repeats them. */
export interface ConnectionTotals {
  readonly openedAt: number;
  readonly openedKnown: boolean;
  /** When they were last seen; NaN before that. */
  read: number;
  written: number;
  /** When it was last seen, from when it has no line; NaN before that. */
  readonly seenAt: number;
  /** The snapshot with which it was back; NaN before that. */
  readonly backAt: number;
}

/** What a connection moved: all 0 where nothing counts. */
export interface TotalsStep {
  readonly read: number;
  readonly written: number;
  readonly isBridged: boolean;
}

/**
 * Bytes that a counter moved since it was last seen, never negative. Its first value counts where it
 * is known to have begun after the snapshot before; else it is the baseline. One that fell has a new
 * baseline: the greatest line of a connection is there no more.
 * @param before NaN where it was never seen.
 */
export function movedSince(before: number, now: number, isNew: boolean): number {
  if (Number.isNaN(before)) return isNew ? now : 0;
  return Math.max(0, now - before);
}

/** What a connection moved whose totals, the greatest of its lines, now are these. */
export function stepOfTotals(
  totals: ConnectionTotals,
  read: number,
  written: number,
  interval: Interval,
): TotalsStep {
  const isNew = isBornIn(interval, totals.openedAt, totals.openedKnown);
  const from = totals.backAt === interval.number ? totals.seenAt : interval.since;
  const step = {
    read: movedSince(totals.read, read, isNew),
    written: movedSince(totals.written, written, isNew),
    isBridged: from !== undefined && interval.isBlind(from),
  };
  totals.read = read;
  totals.written = written;
  return step;
}
