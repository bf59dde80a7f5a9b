/**
 * What info values are as numbers: of a MetricsPort and of all else that Tor counts of itself.
 * Owns names, labels and kinds, and how much a counter grew; whose report they are in is the reports'.
 */
import { METRICS, METRICS_READ, METRICS_TYPE } from '../listing/metrics.ts';

export type InfoMap = ReadonlyMap<string, string>;

/** One number that Tor gives again and again. */
export interface Series {
  /** The info key that it stands under. */
  readonly key: string;
  /** `tor_relay_connections`, `info/uptime-process`. */
  readonly name: string;
  /** `type="OR",direction="received"`; empty where it has none. */
  readonly labels: string;
  /** Which of the numbers of its value it is: 0 where there is one. */
  readonly place: number;
}

/** The kind of a series whose type nobody declared. */
const UNTYPED = 'untyped';
const COUNTER = 'counter';

/** What only grows while Tor runs, or begins again at 0. `heartbeat/clients` is of each heartbeat alone. */
const COUNTERS =
  /^(?:info\/relay\/(?:read|write)-total|stats\/.*|accounting\/bytes|heartbeat\/(?:connections|dos))$/;

/** `accounting/bytes` and `accounting/bytes-left`: what was read, and what was written. */
const PAIRS = /^accounting\/bytes(?:-left)?$/;
const PAIR_LABELS = ['direction="read"', 'direction="written"'];

const NUMBER = /^[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|inf|nan)$/i;

const KEY = /^([^{]+)(?:\{(.*)\})?$/s;

/** The series of a key whose value is one number. */
export function infoSeries(key: string): Series {
  return { key, name: key, labels: '', place: 0 };
}

/** The series under a key of this value; none where it is not a number. */
export function seriesOf(key: string, value: string): Series[] {
  if (key.startsWith(METRICS_TYPE)) return [];
  const isMetric = key.startsWith(METRICS);
  const [, name = key, labels = ''] = KEY.exec(isMetric ? key.slice(METRICS.length) : key) ?? [];
  if (PAIRS.test(key)) {
    return PAIR_LABELS.map((label, place) => ({ key, name, labels: label, place }));
  }
  return NUMBER.test(value) ? [{ key, name, labels, place: 0 }] : [];
}

/** `counter`, `gauge` or what the MetricsPort calls it. */
export function kindOf({ key, name }: Series, info: InfoMap): string {
  if (key.startsWith(METRICS)) return info.get(METRICS_TYPE + name) ?? UNTYPED;
  return COUNTERS.test(name) ? COUNTER : 'gauge';
}

export function isCounter(series: Series, info: InfoMap): boolean {
  return kindOf(series, info) === COUNTER;
}

/** Who says a value: Tor's MetricsPort, which may be read with one snapshot and not with the next, or not it. */
export type Origin = 'port' | 'other';

export const ORIGINS: readonly Origin[] = ['port', 'other'];

export function originOf(key: string): Origin {
  return key.startsWith(METRICS) ? 'port' : 'other';
}

/** Whether the MetricsPort was read with these values: else its are of before. */
export function isPortRead(info: InfoMap): boolean {
  return info.get(METRICS_READ) !== 'no';
}

/** The number as it stands there, exact where it is an integer; undefined where it is none. */
export function numberIn({ key, place }: Series, info: InfoMap): number | bigint | undefined {
  const text = info.get(key)?.split(' ')[place];
  if (text === undefined || !NUMBER.test(text)) return undefined;
  if (/^\d{16,}$/.test(text)) return BigInt(text);
  return Number(text.replace(/inf/i, 'Infinity'));
}

/**
 * By how much a counter grew. One that fell, or is of another run of Tor, began again at 0.
 * @returns 0 at least, exact below 2^53; undefined where one of the values is not known.
 */
export function increaseOf(
  series: Series,
  before: InfoMap,
  after: InfoMap,
  isOtherRun: boolean,
): number | undefined {
  const first = numberIn(series, before);
  const last = numberIn(series, after);
  if (first === undefined || last === undefined) return undefined;
  const from = isOtherRun || last < first ? 0 : first;
  const grown =
    typeof from === 'bigint' || typeof last === 'bigint'
      ? Number(BigInt(last) - BigInt(from))
      : last - from;
  return Number.isFinite(grown) ? grown : undefined;
}
