/**
 * What an audit found, as series for Prometheus (docs/reference.md, Metrics of the audit).
 * Owns which there are; what was found, and how much could be seen, is reports/findings/'s.
 */
import type { MetricFamily, MetricSample } from '../output/prometheus.ts';
import { type Coverage, coverageOf } from '../reports/findings/coverage.ts';
import type { Verdict } from '../reports/findings/examining.ts';
import { SEVERITIES } from '../reports/findings/rule.ts';
import type { ReportInput } from '../reports/report.ts';
import { type DeclaredMetric, familiesOf, gauge, inSeconds } from './metricNames.ts';
import { VERSION } from './version.ts';

/** Times are milliseconds since the epoch. */
interface Audited {
  readonly verdict: Verdict;
  readonly coverage: Coverage;
  /** The end of what the recording holds. */
  readonly recordedTo: number;
  /** When it was made, and how long that took, milliseconds. */
  readonly at: number;
  readonly tookMs: number;
}

type Metric = DeclaredMetric<Audited>;

/** Half is not measured: how much of a part was seen, no rule knows. */
const SEEN = { all: 1, part: 0.5, nothing: 0 } as const;

/** Every family that an audit writes, in order. */
export const AUDIT_METRICS: readonly Metric[] = [
  {
    name: 'conntape_audit_info',
    type: 'gauge',
    help: 'Always 1: the label says which conntape made the audit.',
    labels: ['version'],
    samples: () => [{ labels: { version: VERSION }, value: 1 }],
  },
  gauge('conntape_audit_timestamp_seconds', 'When the audit was made.', ({ at }) => inSeconds(at)),
  gauge('conntape_audit_duration_seconds', 'How long the audit took.', ({ tookMs }) =>
    inSeconds(tookMs),
  ),
  gauge(
    'conntape_audit_window_start_timestamp_seconds',
    'Where the audited window begins, as far as the recording goes.',
    ({ coverage }) => inSeconds(coverage.from),
  ),
  gauge(
    'conntape_audit_window_end_timestamp_seconds',
    'Where the audited window ends, as far as the recording goes.',
    ({ coverage }) => inSeconds(coverage.to),
  ),
  gauge(
    'conntape_audit_last_snapshot_timestamp_seconds',
    'Time of the last snapshot of the audited recording.',
    ({ recordedTo }) => inSeconds(recordedTo),
  ),
  gauge(
    'conntape_audit_snapshots',
    'Snapshots in the audited window.',
    ({ coverage }) => coverage.snapshots,
  ),
  gauge('conntape_audit_gaps', 'Gaps in the audited window.', ({ coverage }) => coverage.gaps),
  gauge(
    'conntape_audit_blind_seconds',
    'Time of the audited window that gaps made blind.',
    ({ coverage }) => inSeconds(coverage.blindMs),
  ),
  gauge(
    'conntape_audit_unrecorded_seconds',
    'Time of the window asked for that lies outside the recording.',
    ({ coverage: { beforeMs, afterMs } }) => inSeconds(beforeMs + afterMs),
  ),
  {
    name: 'conntape_audit_rule_seen',
    type: 'gauge',
    help: 'How much the rule saw of what it needs: 1 all, 0.5 a part, 0 nothing.',
    labels: ['rule'],
    samples: ({ verdict }) =>
      verdict.sights.map(({ rule, seen }) => ({ labels: { rule: rule.name }, value: SEEN[seen] })),
  },
  {
    name: 'conntape_audit_findings',
    type: 'gauge',
    help: 'Findings by rule and severity; 0 only where the rule could see something.',
    labels: ['rule', 'severity'],
    samples: findingSamples,
  },
];

/** What was found, and a 0 of each severity where a rule that saw something did not find it. */
function findingSamples({ verdict: { groups, sights } }: Audited): MetricSample[] {
  return sights.flatMap(({ rule, seen }) =>
    SEVERITIES.flatMap((severity) => {
      const found = groups.find((group) => group.rule === rule && group.severity === severity);
      if (found === undefined && seen === 'nothing') return [];
      return [{ labels: { rule: rule.name, severity }, value: found?.count ?? 0 }];
    }),
  );
}

/**
 * The series of an audit, each with the fingerprint of the relay that the recording is of.
 * @param at when it was made, milliseconds since the epoch. @param tookMs how long that took.
 */
export function auditFamilies(
  { recording, window }: ReportInput,
  verdict: Verdict,
  at: number,
  tookMs: number,
): MetricFamily[] {
  const coverage = coverageOf(recording, window);
  const recordedTo = recording.extent!.to;
  const { fingerprint } = recording.header.relay;
  return familiesOf(AUDIT_METRICS, { verdict, coverage, recordedTo, at, tookMs }, fingerprint);
}
