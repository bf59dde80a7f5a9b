/**
 * The report of lifetimes: how long connections and circuits live, by what they are.
 * Owns its columns, groups and what counts as watched (docs/reference.md, lifetimes); the estimate
 * is survival.ts's.
 *
 * - A life counts whole if it was seen in the window at all. What closes after the window's end is
 *   open for it: known to be alive when last seen, or at the window's end if that is earlier. What
 *   ended with its run is neither `closed` nor `open`; it lived at least until it was last seen.
 * - What was open already when the recording or the window began is watched from the age at which
 *   it was first seen in it. All else is watched from its birth, also what was first seen an
 *   interval or a gap later. Polls miss connections that live and die between two of them, unless
 *   an event said so.
 * - What opened nobody knows when has no age: it counts, but it is in no percentile, and never
 *   short-lived.
 * - The flags and the shape are those of the whole life, as in the reports of connections and
 *   circuits, also where the window ends before it.
 * - Where everything was watched from birth to death, the percentiles of the true lives lie from
 *   `_min` to `_max`. Else each is an estimate with its own numbers at risk: where deaths are few
 *   for their age, `_min` may come out above `_max`, or one of them be empty.
 */

import { directionOf, usageOf } from '../listing/flags.ts';
import type { Shape } from '../listing/shape.ts';
import type { Row } from '../output/table.ts';
import type { IndexedLife } from '../recording/index/indexedLives.ts';
import { intervalsOf } from '../recording/intervals.ts';
import { circuitPlaces } from './circuitPlaces.ts';
import { circuitLife, prevailingShape } from './circuits.ts';
import type { Report, ReportInput } from './report.ts';
import { agesAt, pooled, SampleDraft } from './survival.ts';

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
  const watch: Watch = { ...window, beginsAt: Math.max(window.from, extent.from) };
  const connections = new Cohorts(watch);
  const kept = recording.index.lifeColumns();
  recording.index.visitEntries((entry) => {
    if (entry.alone) connections.add(entry, entry.flags);
    if (!entry.alone || entry.circId !== 0) kept.add(entry);
  });
  for (const life of recording.index.otherConnections(kept)) connections.add(life, life.flags);
  yield* rowsOf('connection', connections, CONNECTION_GROUPS);
  const history = recording.index.history();
  const circuits = new Cohorts(watch);
  for (const places of circuitPlaces(kept, intervalsOf(recording))) {
    const members = places.map((place) => kept.at(place));
    const [first] = members;
    const life = members.length === 1 ? first! : circuitLife(members);
    circuits.add(life, prevailingShape(members, history));
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
  /** Each death as at the last sight of it, and as at the first snapshot without it. */
  readonly min = new SampleDraft();
  readonly max = new SampleDraft();

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  add(life: IndexedLife): void {
    const { from, to, beginsAt } = this.#watch;
    const { openedAt, openedKnown, closedBy } = life;
    const isOver = closedBy !== null && closedBy <= to;
    const died = isOver && life.end === 'closed';
    this.count++;
    if (died) this.closed++;
    if (!isOver) this.open++;
    if (!openedKnown) return;
    if (died && closedBy - openedAt < SHORT_LIVED_MS) this.shortLived++;
    const watchedFrom = openedAt < beginsAt ? Math.max(life.firstSeen, from) - openedAt : 0;
    const lastSeen = Math.min(life.lastSeen, to) - openedAt;
    this.min.add(watchedFrom, lastSeen, died);
    this.max.add(watchedFrom, died ? closedBy - openedAt : lastSeen, died);
  }
}

/** All lives that the window saw, by kind. */
class Cohorts {
  readonly byKind = new Map<string, Cohort>();
  readonly #watch: Watch;

  constructor(watch: Watch) {
    this.#watch = watch;
  }

  add(life: IndexedLife, kind: string): void {
    if (life.lastSeen < this.#watch.from || life.firstSeen > this.#watch.to) return;
    let cohort = this.byKind.get(kind);
    if (cohort === undefined) {
      cohort = new Cohort(this.#watch);
      this.byKind.set(kind, cohort);
    }
    cohort.add(life);
  }
}

const SHARES = [0.1, 0.5, 0.9];

function* rowsOf(
  subject: string,
  { byKind }: Cohorts,
  groups: readonly Group[],
): Generator<Row, void> {
  const cohorts = [...byKind].map(([kind, cohort]) => ({
    kind,
    cohort,
    min: cohort.min.sample,
    max: cohort.max.sample,
  }));
  for (const { name, holds } of groups) {
    const members = cohorts.filter(({ kind }) => holds(kind));
    if (members.length === 0) continue;
    const sum = (tally: 'count' | 'closed' | 'open' | 'shortLived') =>
      members.reduce((total, { cohort }) => total + cohort[tally], 0);
    const min = agesAt(SHARES, pooled(members.map(({ min }) => min)));
    const max = agesAt(SHARES, pooled(members.map(({ max }) => max)));
    const closed = sum('closed');
    yield [
      subject,
      name,
      sum('count'),
      closed,
      sum('open'),
      ...SHARES.flatMap((_, place) => [seconds(min[place]!), seconds(max[place]!)]),
      closed === 0 ? null : sum('shortLived') / closed,
    ];
  }
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000;
}
