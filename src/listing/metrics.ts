/**
 * The info values that a MetricsPort brought: their keys.
 * Owns the form of those keys (docs/transcript.md, Metrics); reading the port is sources/metrics/'s,
 * what the numbers say is the reports'.
 */

/** Before the name and the labels of a series: `metrics/tor_relay_load_onionskins_total{type="tap"}`. */
export const METRICS = 'metrics/';

/** Before a name, of which it says what its TYPE line does: `counter` or `gauge`. */
export const METRICS_TYPE = 'metrics-type/';

/** The info value that says whether the series of a snapshot were read with it: `yes` or `no`. */
export const METRICS_READ = 'conntape/metrics-read';

/** Whether an info value is a series of a MetricsPort, or the type of one. */
export function isMetric(key: string): boolean {
  return key.startsWith(METRICS) || key.startsWith(METRICS_TYPE);
}
