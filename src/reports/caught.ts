/**
 * How many of the connections that Tor made a poll caught: its MetricsPort counts all of them.
 * Owns which are counted, and over what time; whether those that are open now agree is torCounts.ts's.
 */
import { directionOf, usageOf } from '../listing/flags.ts';
import { METRICS, METRICS_READ } from '../listing/metrics.ts';
import type { Recording, SnapshotPlace } from '../recording/reader.ts';
import { type InfoMap, increaseOf, seriesOf } from './numbers.ts';
import { kindOfLine, labelIn } from './torCounts.ts';

/** What is over before the next poll, more often than not. */
const KINDS = ['exit', 'directory', 'control'] as const;

export type CaughtKind = (typeof KINDS)[number];

export interface Caught {
  readonly kind: CaughtKind;
  /** Connections that a snapshot was the first to hold. */
  readonly seen: number;
  /** Connections that Tor counted as created meanwhile. */
  readonly created: number;
}

/** Each costs two moments of the tape. */
const MOST_RUNS = 50;

const CREATED = `${METRICS}tor_relay_connections_total{`;

/**
 * Exit, directory and control connections, from the first snapshot of each run of Tor with which its
 * MetricsPort was read to the last one; of more than 50 runs the last. Empty where it never was twice.
 */
export function caughtByPolls(recording: Recording): Caught[] {
  const stretches = readStretches(recording).slice(-MOST_RUNS);
  if (stretches.length === 0) return [];
  const created = countsOf(() => 0);
  for (const { first, last } of stretches) {
    const [before, after] = [first, last].map((place) => recording.stateAt(place).info) as [
      InfoMap,
      InfoMap,
    ];
    const grown = createdBetween(before, after);
    for (const kind of KINDS) created[kind] += grown[kind] ?? 0;
  }
  const seen = seenIn(recording, stretches);
  return KINDS.map((kind) => ({ kind, seen: seen[kind].size, created: created[kind] }));
}

/** How many connections Tor made between two readings of one run; a kind that it does not count is left out. */
export function createdBetween(
  before: InfoMap,
  after: InfoMap,
): Partial<Record<CaughtKind, number>> {
  const created: Partial<Record<CaughtKind, number>> = {};
  for (const [key, value] of after) {
    const kind = key.startsWith(CREATED) ? kindOfCreated(key.slice(CREATED.length, -1)) : undefined;
    if (kind === undefined) continue;
    for (const series of seriesOf(key, value)) {
      created[kind] = (created[kind] ?? 0) + (increaseOf(series, before, after, false) ?? 0);
    }
  }
  return created;
}

function countsOf<Count>(none: () => Count): Record<CaughtKind, Count> {
  return { exit: none(), directory: none(), control: none() };
}

/** Of one run of Tor. */
interface ReadStretch {
  readonly run: number;
  readonly first: SnapshotPlace;
  readonly last: SnapshotPlace;
}

/** From the first snapshot with which the MetricsPort was read to the last, run by run. */
function readStretches(recording: Recording): ReadStretch[] {
  const changes = recording.index.infoChanges(METRICS_READ);
  const end = recording.counts.snapshots;
  const read = changes.flatMap(({ snapshot, value }, index) => {
    const until = (changes[index + 1]?.snapshot ?? end + 1) - 1;
    return value === 'yes' ? [{ from: snapshot, until }] : [];
  });
  const runs = recording.index.runs();
  return runs.flatMap(({ id, firstSnapshot }, index) => {
    const lastSnapshot = (runs[index + 1]?.firstSnapshot ?? end + 1) - 1;
    const within = read.filter(({ from, until }) => from <= lastSnapshot && until >= firstSnapshot);
    if (within.length === 0) return [];
    const first = placeOf(recording, Math.max(firstSnapshot, within[0]!.from));
    const last = placeOf(recording, Math.min(lastSnapshot, within.at(-1)!.until));
    return last.number > first.number ? [{ run: id, first, last }] : [];
  });
}

function placeOf(recording: Recording, number: number): SnapshotPlace {
  return recording.snapshotAt(recording.timeOf(number)!)!;
}

/** The connections that were first seen within those stretches, behind their first snapshots. */
function seenIn(recording: Recording, stretches: readonly ReadStretch[]) {
  const byRun = new Map(stretches.map((stretch) => [stretch.run, stretch]));
  const seen = countsOf(() => new Set<string>());
  recording.index.visitEntries(({ run, connId, flags, firstSnapshot }) => {
    const kind = kindOfFlags(flags);
    const stretch = byRun.get(run);
    if (kind === undefined || stretch === undefined) return;
    if (firstSnapshot <= stretch.first.number || firstSnapshot > stretch.last.number) return;
    seen[kind].add(`${run} ${connId}`);
  });
  return seen;
}

function kindOfFlags(flags: string): CaughtKind | undefined {
  const usage = usageOf(flags);
  if (usage === 'directory') return 'directory';
  if (usage === 'control') return directionOf(flags) === 'inbound' ? 'control' : undefined;
  return kindOfLine(flags) === 'Exit initiated' ? 'exit' : undefined;
}

/** By labels: `type="Exit",direction="initiated",state="created",family="ipv4"`. */
function kindOfCreated(labels: string): CaughtKind | undefined {
  if (labelIn(labels, 'state') !== 'created') return undefined;
  const type = labelIn(labels, 'type');
  if (type === 'Directory') return 'directory';
  if (type === 'Control')
    return labelIn(labels, 'direction') === 'received' ? 'control' : undefined;
  return type === 'Exit' ? 'exit' : undefined;
}
