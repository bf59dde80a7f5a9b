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
import type { Shape } from '../listing/shape.ts';
import type { Row } from '../output/table.ts';
import { intervalsOf, longestIntervalIn } from '../recording/intervals.ts';
import { circuitPlaces } from './circuitPlaces.ts';
import { type CircuitLife, circuitLife, prevailingShape } from './circuits.ts';
import type { Report, ReportInput } from './report.ts';
import { agesAt, pooled, type Sample, SampleDraft } from './survival.ts';

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
  analyse: (input) => ({ rows: () => rows(input) }),
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

const SHAPES: readonly Shape[] = ['relay', 'blocked', 'outbound-only', 'inbound-only', 'pending'];

const CIRCUIT_GROUPS: readonly Group[] = [
  ALL,
  ...SHAPES.map((name) => ({ name, holds: (shape: string) => shape === name })),
];

/** A row for each group that is not empty, in the order of docs/reference.md. */
function* rows({ recording, window }: ReportInput): Generator<Row, void> {
  const { extent } = recording;
  if (extent === undefined) return;
  const beginsAt = Math.max(window.from, extent.from);
  const intervalMs = longestIntervalIn(recording, { from: beginsAt, to: window.to });
  const watch: Watch = { ...window, beginsAt, intervalMs };
  const connections = new Cohorts(watch);
  const kept = recording.index.lifeColumns();
  recording.index.visitEntries((entry) => {
    if (entry.alone) connections.add(entry, entry.flags, entry.openedByEvent);
    if (!entry.alone || entry.circId !== 0) kept.add(entry);
  });
  for (const life of recording.index.otherConnections(kept)) {
    connections.add(life, life.flags, life.openedByEvent);
  }
  yield* rowsOf('connection', connections, CONNECTION_GROUPS);
  const history = recording.index.history();
  const circuits = new Cohorts(watch);
  for (const places of circuitPlaces(kept, intervalsOf(recording))) {
    const members = places.map((place) => kept.at(place));
    const [first] = members;
    const life = members.length === 1 ? first! : circuitLife(members);
    circuits.add(life, prevailingShape(members, history), false);
  }
  yield* rowsOf('circuit', circuits, CIRCUIT_GROUPS);
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

/** Lives of one kind. */
class Cohort {
  count = 0;
  closed = 0;
  open = 0;
  shortLived = 0;
  readonly #watch: Watch;
  /** Those whose opening an event said; of the others those longer than an interval. */
  readonly told = new Curves(0);
  readonly untold: Curves;

  constructor(watch: Watch) {
    this.#watch = watch;
    this.untold = new Curves(watch.intervalMs);
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
    const curves = openedByEvent ? this.told : this.untold;
    curves.add(watchedFrom, least, greatest);
  }
}

/** Lives longer than some age, as both curves take them. */
class Curves {
  /** How many came, those too that were over by that age. */
  count = 0;
  readonly #fromAge: number;
  /** Each death as at the last sight of it, and as at the first snapshot without it. */
  readonly #min = new SampleDraft();
  readonly #max = new SampleDraft();

  /** @param fromAge milliseconds. */
  constructor(fromAge: number) {
    this.#fromAge = fromAge;
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
    this.#min.add(entered, Math.max(least, fromAge + JUST_AFTER_MS), died);
    this.#max.add(entered, greatest ?? least, died);
  }

  get samples(): Samples {
    return { min: this.#min.sample, max: this.#max.sample };
  }
}

/** Lives as both curves take them. */
interface Samples {
  readonly min: Sample;
  readonly max: Sample;
}

/** The same without those that were over by an age: one that only may have been dies just after it. */
function longerThan(fromAge: number, { min, max }: Samples): Samples {
  const cut = ({ entries, losses }: Sample, deaths: Float64Array): Sample => ({
    entries: entries.filter((age) => age > fromAge),
    deaths,
    losses: losses.filter((age) => age > fromAge),
  });
  const latest = max.deaths.filter((age) => age > fromAge);
  const behind = min.deaths.filter((age) => age > fromAge);
  const earliest = new Float64Array(Math.max(latest.length, behind.length));
  earliest.fill(fromAge + JUST_AFTER_MS).set(behind, earliest.length - behind.length);
  return { min: cut(min, earliest), max: cut(max, latest) };
}

/** Ages are whole milliseconds. */
const JUST_AFTER_MS = 1;

/** All lives that the window saw, by kind. */
class Cohorts {
  readonly byKind = new Map<string, Cohort>();
  readonly watch: Watch;

  constructor(watch: Watch) {
    this.watch = watch;
  }

  add(life: CircuitLife, kind: string, openedByEvent: boolean): void {
    if (life.lastSeen < this.watch.from || life.firstSeen > this.watch.to) return;
    let cohort = this.byKind.get(kind);
    if (cohort === undefined) {
      cohort = new Cohort(this.watch);
      this.byKind.set(kind, cohort);
    }
    cohort.add(life, openedByEvent);
  }
}

const SHARES = [0.1, 0.5, 0.9];

function* rowsOf(
  subject: string,
  { byKind, watch }: Cohorts,
  groups: readonly Group[],
): Generator<Row, void> {
  const cohorts = [...byKind].map(([kind, cohort]) => {
    const told = cohort.told.samples;
    const longer = [longerThan(watch.intervalMs, told), cohort.untold.samples];
    return { kind, cohort, told: [told], longer };
  });
  for (const { name, holds } of groups) {
    const members = cohorts.filter(({ kind }) => holds(kind));
    if (members.length === 0) continue;
    const sum = (tally: 'count' | 'closed' | 'open' | 'shortLived') =>
      members.reduce((total, { cohort }) => total + cohort[tally], 0);
    const areTold =
      members.some(({ cohort }) => cohort.told.count > 0) &&
      members.every(({ cohort }) => cohort.untold.count === 0);
    const samples = members.flatMap(({ told, longer }) => (areTold ? told : longer));
    const min = agesAt(SHARES, pooled(samples.map(({ min }) => min)));
    const max = agesAt(SHARES, pooled(samples.map(({ max }) => max)));
    const closed = sum('closed');
    yield [
      subject,
      name,
      sum('count'),
      closed,
      sum('open'),
      ...SHARES.flatMap((_, place) => [seconds(min[place]!), seconds(max[place]!)]),
      closed === 0 ? null : sum('shortLived') / closed,
      areTold ? 0 : watch.intervalMs / 1000,
    ];
  }
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
