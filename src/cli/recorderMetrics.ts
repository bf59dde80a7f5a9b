/**
 * How a recorder stands, as series for Prometheus (docs/reference.md, Metrics of the recorder).
 * Owns which there are; the figures are recorderState.ts's, the file statusFile.ts's.
 */
import type { Label } from '../listing/label.ts';
import { countsRead, countsWritten } from '../listing/uncounted.ts';
import type { MetricFamily, MetricSample } from '../output/prometheus.ts';
import { KindTally } from './connectionKinds.ts';
import { type DeclaredMetric, familiesOf, gauge, inSeconds, single } from './metricNames.ts';
import { LIFETIMES_S } from './recorderCounts.ts';
import type { RecorderFigures } from './recorderState.ts';
import { VERSION } from './version.ts';

type Header = NonNullable<RecorderFigures['header']>;

/** The figures of a recorder whose source has said what it is. */
interface Told extends RecorderFigures {
  readonly header: Header;
  /** Connections of the last snapshot. */
  readonly open: KindTally | undefined;
}

type Metric = DeclaredMetric<Told>;
type Of = (told: Told) => number | null | undefined;

function counter(name: string, help: string, of: Of): Metric {
  return { name, type: 'counter', help, labels: [], samples: (told) => single(of(told)) };
}

function byKind(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  of: (told: Told) => KindTally | undefined,
): Metric {
  const samples = (told: Told) => kindSamples(of(told), told);
  return { name, type, help, labels: ['direction', 'kind'], samples };
}

/** A series of the process itself, and one of the tools that it runs where that is known. */
function byPart(
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  of: (told: Told) => readonly [itself: number | undefined, tools: number | null | undefined],
): Metric {
  const samples = (told: Told) => {
    const [itself, tools] = of(told);
    return [
      ...single(itself).map((sample) => ({ ...sample, labels: { part: 'itself' } })),
      ...single(tools).map((sample) => ({ ...sample, labels: { part: 'tools' } })),
    ];
  };
  return { name, type, help, labels: ['part'], samples };
}

/** Every family that a recorder writes, in order. */
export const RECORDER_METRICS: readonly Metric[] = [
  {
    name: 'conntape_relay_info',
    type: 'gauge',
    help: 'Always 1: the labels say what the relay is called, and what records it.',
    labels: ['nickname', 'tor_version', 'source', 'version'],
    samples: ({ header: { relay, source } }) => {
      const { nickname, torVersion } = relay;
      const labels = { nickname, tor_version: torVersion, source, version: VERSION };
      return [{ labels, value: 1 }];
    },
  },
  gauge('conntape_recorder_start_timestamp_seconds', 'When this recorder began.', ({ startedAt }) =>
    inSeconds(startedAt),
  ),
  gauge(
    'conntape_recorder_status_timestamp_seconds',
    'When these series were written; long ago: the recorder hangs or has gone.',
    ({ at }) => inSeconds(at),
  ),
  gauge(
    'conntape_last_snapshot_timestamp_seconds',
    'Time of the last snapshot that was kept.',
    ({ lastSnapshotAt }) => inSeconds(lastSnapshotAt),
  ),
  gauge(
    'conntape_last_snapshot_lag_seconds',
    'Age of the last snapshot when this was written.',
    ({ lagMs }) => inSeconds(lagMs),
  ),
  gauge('conntape_poll_interval_seconds', 'Seconds between polls.', ({ header }) =>
    inSeconds(header.intervalMs),
  ),
  gauge('conntape_poll_duration_seconds', 'How long the last poll took.', ({ pollMs }) =>
    inSeconds(pollMs),
  ),
  counter(
    'conntape_snapshots_total',
    'Snapshots kept since the recorder began.',
    ({ snapshots }) => snapshots,
  ),
  counter(
    'conntape_gaps_total',
    'Gaps that the source declared, and that are over.',
    ({ gaps }) => gaps,
  ),
  counter(
    'conntape_blind_seconds_total',
    'Time between two snapshots with a gap in between, or with no recorder running.',
    ({ counts }) => inSeconds(counts.blindMs),
  ),
  counter('conntape_tor_restarts_total', 'Restarts of Tor.', (t) => t.counts.runsEnded),
  counter(
    'conntape_quarantined_lines_total',
    'Lines of listings that were not well formed.',
    ({ counts }) => counts.quarantined,
  ),
  gauge(
    'conntape_lines',
    'Lines in the last snapshot: connections, and circuits on them.',
    ({ lines }) => lines,
  ),
  byKind(
    'conntape_connections_open',
    'gauge',
    'Connections open in the last snapshot.',
    ({ open }) => open,
  ),
  byKind(
    'conntape_connections_opened_total',
    'counter',
    'Connections that opened while the recorder was not blind.',
    ({ counts }) => counts.opened,
  ),
  byKind(
    'conntape_connections_closed_total',
    'counter',
    'Connections whose end was seen, by their kind when last seen.',
    ({ counts }) => counts.closed,
  ),
  counter(
    'conntape_connections_opened_unobserved_total',
    'Connections that opened while the recorder was blind.',
    ({ counts }) => counts.openedUnobserved,
  ),
  counter(
    'conntape_connections_closed_unobserved_total',
    'Connections that ended when Tor did, or while the recorder was blind.',
    ({ counts }) => counts.closedUnobserved,
  ),
  {
    name: 'conntape_connection_lifetime_seconds',
    type: 'histogram',
    help: 'Upper bound of the lifetimes of connections whose end was seen.',
    labels: ['le'],
    samples: lifetimeSamples,
  },
  gauge('conntape_circuits_open', 'Circuits open in the last snapshot.', ({ header, labels }) => {
    const { ownCircuits, transitCircuits } = header.observes;
    if (ownCircuits !== true && transitCircuits !== true) return undefined;
    return labels && circuitsAmong(labels);
  }),
  counter(
    'conntape_read_bytes_total',
    'Bytes that connections were seen to read.',
    ({ header, counts }) => (countsRead(header.observes) ? counts.read : undefined),
  ),
  counter(
    'conntape_written_bytes_total',
    'Bytes that connections were seen to write.',
    ({ header, counts }) => (countsWritten(header.observes) ? counts.written : undefined),
  ),
  gauge(
    'conntape_descriptors_used',
    'File descriptors that Tor has open.',
    ({ descriptorsUsed }) => descriptorsUsed,
  ),
  gauge(
    'conntape_descriptors_limit',
    'File descriptors that Tor may have open.',
    ({ descriptorsLimit }) => descriptorsLimit,
  ),
  gauge(
    'conntape_tor_uptime_seconds',
    'How long Tor had run at the last snapshot.',
    ({ torUptimeS }) => torUptimeS,
  ),
  gauge(
    'conntape_recording_start_timestamp_seconds',
    'Time of the first snapshot that the recording still holds.',
    ({ beganAt }) => inSeconds(beganAt),
  ),
  gauge(
    'conntape_recording_size_bytes',
    "The recording on disk, SQLite's log included.",
    ({ bytes }) => bytes,
  ),
  gauge(
    'conntape_recording_log_bytes',
    "SQLite's log beside the recording.",
    ({ logBytes }) => logBytes,
  ),
  byPart(
    'conntape_recorder_cpu_seconds_total',
    'counter',
    'CPU time of the recorder itself, and of the tools that it runs.',
    ({ spent }) => [inSeconds(spent?.ownMs), inSeconds(spent?.childrenMs)],
  ),
  byPart(
    'conntape_recorder_cpu_share',
    'gauge',
    'Share of one core that the recorder and its tools took over the last 30 polls.',
    ({ cost }) => [cost?.own, cost?.children],
  ),
  gauge(
    'conntape_recorder_memory_peak_bytes',
    'Most memory that the recorder ever had resident.',
    ({ spent }) => spent?.peakBytes,
  ),
];

/** The series of a recorder; undefined before its source has said whose they are. */
export function recorderFamilies(figures: RecorderFigures): MetricFamily[] | undefined {
  const { header } = figures;
  if (header === undefined) return undefined;
  const { labels } = figures;
  const open = labels && openAmong(labels);
  return familiesOf(RECORDER_METRICS, { ...figures, header, open }, header.relay.fingerprint);
}

/**
 * A series a direction and kind. Where a source does not list all connections there is none of a kind
 * that it never had.
 */
function kindSamples(tally: KindTally | undefined, { header, open, counts }: Told): MetricSample[] {
  const isAll = header.observes.connections === true;
  const had = isAll ? [] : [open, counts.opened, counts.closed];
  const isHad = (direction: string, kind: string) =>
    had.some((each) =>
      each?.counts.some((one) => one.direction === direction && one.kind === kind && one.count > 0),
    );
  return (tally?.counts ?? [])
    .filter(({ direction, kind }) => isAll || isHad(direction, kind))
    .map(({ direction, kind, count }) => ({ labels: { direction, kind }, value: count }));
}

/** Each connection once, by its first line. */
function openAmong(labels: readonly Label[]): KindTally {
  const tally = new KindTally();
  const met = new Set<number>();
  for (const { connId, flags } of labels) {
    if (met.size < met.add(connId).size) tally.add(flags);
  }
  return tally;
}

function circuitsAmong(labels: readonly Label[]): number {
  const ids = new Set(labels.map(({ circId }) => circId));
  ids.delete(0);
  return ids.size;
}

function lifetimeSamples({ counts }: Told): MetricSample[] {
  const { lifetimes, lifetimeCount, lifetimeMs } = counts;
  let sum = 0;
  const buckets = LIFETIMES_S.map((longest, place) => {
    sum += lifetimes[place]!;
    return { suffix: '_bucket' as const, labels: { le: String(longest) }, value: sum };
  });
  return [
    ...buckets,
    { suffix: '_bucket', labels: { le: '+Inf' }, value: lifetimeCount },
    { suffix: '_sum', labels: {}, value: lifetimeMs / 1000 },
    { suffix: '_count', labels: {}, value: lifetimeCount },
  ];
}
