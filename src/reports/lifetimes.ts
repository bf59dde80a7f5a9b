/**
 * The report of lifetimes: how long connections and circuits live, by what they are.
 * Owns its columns, groups and what counts as watched (docs/reference.md, lifetimes); the estimate
 * is survival.ts's.
 *
 * - A life counts whole if it was seen in the window at all. What closes after the window's end is
 *   open for it: known to be alive when last seen, or at the window's end if that is earlier. What
 *   ended with its run is neither `closed` nor `open`; it lived at least until it was last seen.
 * - Polls miss what lives and dies between two of them, unless an event said so: only what lives
 *   longer than an interval is sure to be seen. So a group in which an opening is known from UPTIME
 *   alone is one of lives longer than that (`from_age_s`), the longest interval of the window.
 *   Events are of connections, so circuits are such a group.
 * - A life is watched from the age at which it was first seen in the window: of an event's, from its
 *   birth, but for what opened before the window or the recording began.
 * - What opened nobody knows when has no age: it counts, but it is in no percentile, and never
 *   short-lived.
 * - The flags and the shape are those of the whole life, as in the reports of connections and
 *   circuits, also where the window ends before it.
 * - Each curve is an estimate with its own numbers at risk: where deaths are few for their age,
 *   `_min` may come out above `_max`, or one of them be empty.
 */

import { directionOf, usageOf } from '../listing/flags.ts';
import { SHAPES } from '../listing/shape.ts';
import type { Row } from '../output/table.ts';
import { Runs } from '../recording/ascending.ts';
import { intervalsOf, longestIntervalIn } from '../recording/intervals.ts';
import type { CircuitLife } from './circuit.ts';
import { circuitPlaces } from './circuitPlaces.ts';
import { circuitLife, prevailingShape } from './circuits.ts';
import type { Report, ReportInput } from './report.ts';
import { agesAt, Sample } from './survival.ts';

export const lifetimes: Report = {
  name: 'lifetimes',
  question: 'How long do connections and circuits live, by direction, usage and shape?',
  columns: [
    { name: 'subject', kind: 'text' },
    { name: 'group', kind: 'text' },
    { name: 'count', kind: 'integer' },
    { name: 'closed', kind: 'integer' },
    { name: 'open', kind: 'integer' },
    { name: 'p10_min_s', kind: 'seconds' },
    { name: 'p10_max_s', kind: 'seconds' },
    { name: 'median_min_s', kind: 'seconds' },
    { name: 'median_max_s', kind: 'seconds' },
    { name: 'p90_min_s', kind: 'seconds' },
    { name: 'p90_max_s', kind: 'seconds' },
    { name: 'short_lived_share', kind: 'decimal' },
    { name: 'from_age_s', kind: 'seconds' },
  ],
  narrowing: 'counted',
  leading: [
    'subject',
    'group',
    'count',
    'median_min_s',
    'median_max_s',
    'p90_min_s',
    'p90_max_s',
    'p10_min_s',
    'p10_max_s',
    'open',
    'closed',
  ],
  analyse: (input) => ({ rows: () => lifetimeRows(input) }),
};

/** Lives of one subject that some test of their kind holds for; a row, unless it is empty. */
interface Group {
  readonly name: string;
  /** @param kind TYPE_FLAGS of a connection, the shape of a circuit. */
  holds(kind: string): boolean;
}

const ALL: Group = { name: 'all', holds: () => true };

const CONNECTION_GROUPS: readonly Group[] = [
  ALL,
  ...['inbound', 'outbound'].map((name) => ({
    name,
    holds: (flags: string) => directionOf(flags) === name,
  })),
  ...['client', 'relay', 'control', 'hidden-service', 'directory'].map((name) => ({
    name,
    holds: (flags: string) => usageOf(flags) === name,
  })),
];

const CIRCUIT_GROUPS: readonly Group[] = [
  ALL,
  ...SHAPES.map((name) => ({ name, holds: (shape: string) => shape === name })),
];

/** The lives of a group that is not empty, and what both curves take of them. */
export interface LivesOfGroup {
  readonly subject: 'connection' | 'circuit';
  readonly group: string;
  readonly count: number;
  readonly closed: number;
  readonly open: number;
  readonly shortLived: number;
  /** Only what lived longer is in the samples, milliseconds. */
  readonly fromAge: number;
  /** Each death as at the last sight of it, and as at the first snapshot without it. */
  readonly min: Sample;
  readonly max: Sample;
}

/** A row for each group that is not empty, as `livesByGroup`. */
export function* lifetimeRows(...question: Parameters<typeof livesByGroup>): Generator<Row, void> {
  for (const lives of livesByGroup(...question)) {
    const { subject, group, count, closed, open, shortLived, fromAge } = lives;
    const [min, max] = [agesAt(SHARES, lives.min), agesAt(SHARES, lives.max)];
    yield [
      ...[subject, group, count, closed, open],
      ...SHARES.flatMap((_, share) => [seconds(min[share]!), seconds(max[share]!)]),
      closed === 0 ? null : shortLived / closed,
      fromAge / 1000,
    ];
  }
}

/**
 * The groups that are not empty, in the order of docs/reference.md.
 * @param livesALot as `lotsFor` has it.
 */
export function* livesByGroup(
  { recording, window }: Pick<ReportInput, 'recording' | 'window'>,
  livesALot?: number,
): Generator<LivesOfGroup, void> {
  const { extent } = recording;
  if (extent === undefined) return;
  const beginsAt = Math.max(window.from, extent.from);
  const intervalMs = longestIntervalIn(recording, { from: beginsAt, to: window.to });
  const watch: Watch = { ...window, beginsAt, intervalMs };
  const runs = new Runs();
  const connections = new Cohorts(CONNECTION_GROUPS, watch, runs);
  const { index } = recording;
  const lots = () => index.lifeLots(livesALot);
  const [ofConnections, ofCircuits] = [lots(), lots()];
  index.visitEntries((entry) => {
    if (entry.alone) connections.add(entry, entry.flags, entry.openedByEvent);
    else ofConnections.add(entry.connId, entry);
    if (entry.circId !== 0) ofCircuits.add(entry.circId, entry);
  });
  for (const life of index.otherConnections(ofConnections, lots())) {
    connections.add(life, life.flags, life.openedByEvent);
  }
  yield* connections.groups('connection');
  const history = index.history();
  const circuits = new Cohorts(CIRCUIT_GROUPS, watch, runs);
  for (let lot = 0; lot < ofCircuits.count; lot++) {
    const lives = ofCircuits.take(lot);
    for (const places of circuitPlaces(lives, intervalsOf(recording))) {
      const members = places.map((place) => lives.at(place));
      const [first] = members;
      const life = members.length === 1 ? first! : circuitLife(members);
      circuits.add(life, prevailingShape(members, history), false);
    }
  }
  yield* circuits.groups('circuit');
}

/** The time that the report looks at, milliseconds. */
interface Watch {
  /** The window, which may reach beyond the recording. */
  readonly from: number;
  readonly to: number;
  /** When the recording or the window begins, whichever is later. */
  readonly beginsAt: number;
  /** The longest in it, milliseconds. */
  readonly intervalMs: number;
}

/** Closed after living less than this is short-lived (docs/reference.md, churn). */
export const SHORT_LIVED_MS = 30_000;

/** The lives of one group. */
class Cohort {
  count = 0;
  closed = 0;
  open = 0;
  shortLived = 0;
  readonly #watch: Watch;
  /** Those whose opening an event said; and all that are longer than an interval. */
  readonly #told: Curves;
  readonly #longer: Curves;

  constructor(watch: Watch, runs: Runs) {
    this.#watch = watch;
    this.#told = new Curves(0, runs);
    this.#longer = new Curves(watch.intervalMs, runs);
  }

  /** The curves of the group, and the least age that they are of, milliseconds. */
  get curves(): { readonly curves: Curves; readonly fromAge: number } {
    const areTold = this.#told.count > 0 && this.#told.count === this.#longer.count;
    return areTold
      ? { curves: this.#told, fromAge: 0 }
      : { curves: this.#longer, fromAge: this.#watch.intervalMs };
  }

  add(life: CircuitLife, openedByEvent: boolean): void {
    const { from, to, beginsAt } = this.#watch;
    const { openedAt, openedKnown, closedBy } = life;
    const isOver = closedBy !== null && closedBy <= to;
    const died = isOver && life.end === 'closed';
    this.count++;
    if (died) this.closed++;
    if (!isOver) this.open++;
    if (!openedKnown) return;
    if (died && closedBy - openedAt < SHORT_LIVED_MS) this.shortLived++;
    const isWatchedFromBirth = openedByEvent && openedAt >= beginsAt;
    const watchedFrom = isWatchedFromBirth ? 0 : Math.max(life.firstSeen, from) - openedAt;
    const least = Math.min(life.lastSeen, to) - openedAt;
    const greatest = died ? closedBy - openedAt : null;
    if (openedByEvent) this.#told.add(watchedFrom, least, greatest);
    this.#longer.add(watchedFrom, least, greatest);
  }
}

/** Lives longer than some age, as both curves take them. */
class Curves {
  /** How many came, those too that were over by that age. */
  count = 0;
  readonly #fromAge: number;
  /** Each death as at the last sight of it, and as at the first snapshot without it. */
  readonly min: Sample;
  readonly max: Sample;

  /** @param fromAge milliseconds. */
  constructor(fromAge: number, runs: Runs) {
    this.#fromAge = fromAge;
    this.min = new Sample(runs);
    this.max = new Sample(runs);
  }

  /**
   * Takes a life, unless it was over by that age.
   * @param from the age at which it came under watch.
   * @param greatest null where it did not die, but was last seen at the age `least`.
   */
  add(from: number, least: number, greatest: number | null): void {
    const fromAge = this.#fromAge;
    this.count++;
    if ((greatest ?? least) <= fromAge) return;
    // Nothing dies by that age, so that what comes under watch until then was there from the birth.
    const entered = from <= fromAge ? 0 : from;
    const died = greatest !== null;
    this.min.add(entered, Math.max(least, fromAge + JUST_AFTER_MS), died);
    this.max.add(entered, greatest ?? least, died);
  }
}

/** Ages are whole milliseconds. */
const JUST_AFTER_MS = 1;

/** All lives that the window saw, by group. */
class Cohorts {
  readonly watch: Watch;
  readonly #groups: readonly Group[];
  readonly #cohorts: readonly Cohort[];
  /** By kind, the groups that hold it. */
  readonly #holding = new Map<string, readonly Cohort[]>();

  constructor(groups: readonly Group[], watch: Watch, runs: Runs) {
    this.watch = watch;
    this.#groups = groups;
    this.#cohorts = groups.map(() => new Cohort(watch, runs));
  }

  add(life: CircuitLife, kind: string, openedByEvent: boolean): void {
    if (life.lastSeen < this.watch.from || life.firstSeen > this.watch.to) return;
    let holding = this.#holding.get(kind);
    if (holding === undefined) {
      holding = this.#cohorts.filter((_, place) => this.#groups[place]!.holds(kind));
      this.#holding.set(kind, holding);
    }
    for (const cohort of holding) cohort.add(life, openedByEvent);
  }

  /** Those that are not empty. */
  *groups(subject: LivesOfGroup['subject']): Generator<LivesOfGroup, void> {
    for (const [place, cohort] of this.#cohorts.entries()) {
      const { count, closed, open, shortLived } = cohort;
      if (count === 0) continue;
      const { curves, fromAge } = cohort.curves;
      const group = this.#groups[place]!.name;
      const { min, max } = curves;
      yield { subject, group, count, closed, open, shortLived, fromAge, min, max };
    }
  }
}

const SHARES = [0.1, 0.5, 0.9];

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
