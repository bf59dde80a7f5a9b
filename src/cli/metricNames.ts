/**
 * What each number is called that conntape tells a monitor, and what it means.
 * Owns how such a family is declared; the numbers are recorderMetrics.ts's and auditMetrics.ts's.
 */
import type { MetricFamily, MetricSample } from '../output/prometheus.ts';

/** A family, and where its series come from. */
export interface DeclaredMetric<Told> extends Omit<MetricFamily, 'samples'> {
  /** Its labels beside `relay`. */
  readonly labels: readonly string[];
  /** Its series without the label `relay`; none where it is not known. */
  samples(told: Told): readonly MetricSample[];
}

/** One series without labels, none where the number is not known. */
export function single(value: number | null | undefined): readonly MetricSample[] {
  return value === null || value === undefined ? [] : [{ labels: {}, value }];
}

/** A number that goes up and down; without a series where it is not known. */
export function gauge<Told>(
  name: string,
  help: string,
  of: (told: Told) => number | null | undefined,
): DeclaredMetric<Told> {
  return { name, type: 'gauge', help, labels: [], samples: (told) => single(of(told)) };
}

/** Milliseconds as seconds. */
export function inSeconds(ms: number | null | undefined): number | undefined {
  return ms === null || ms === undefined ? undefined : ms / 1000;
}

/** The families with all that is known of them, each series with the fingerprint of its relay. */
export function familiesOf<Told>(
  metrics: readonly DeclaredMetric<Told>[],
  told: Told,
  fingerprint: string,
): MetricFamily[] {
  return metrics.map(({ name, type, help, samples }) => ({
    ...{ name, type, help },
    samples: samples(told).map((sample) => ({
      ...sample,
      labels: { relay: fingerprint, ...sample.labels },
    })),
  }));
}
