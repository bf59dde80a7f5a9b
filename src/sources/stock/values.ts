/**
 * The info/* values of a stock Tor.
 * Owns from which of Tor's and the system's values each is derived; asking for them is stock.ts's.
 *
 * | value | from |
 * |---|---|
 * | info/relay/bw-limit, burst-limit | RelayBandwidthRate, RelayBandwidthBurst where set, else BandwidthRate, BandwidthBurst |
 * | info/relay/read-total, write-total | traffic/read, traffic/written: all traffic, not the relayed alone |
 * | info/uptime-process | uptime |
 * | info/uptime-reset | the last SIGNAL RELOAD; absent where none was heard |
 * | info/descriptor-used | the descriptors that the system lists; absent where it may not be asked |
 * | info/descriptor-limit | process/descriptor-limit |
 * | stats/…, network-liveness, dormant, accounting/… | the same |
 */

/** Keys for GETINFO. */
export const VALUE_KEYS: readonly string[] = [
  'uptime',
  'traffic/read',
  'traffic/written',
  'process/descriptor-limit',
];

/** Keys for GETINFO whose values are kept as they are, those of accounting where it is on. */
export const STATE_KEYS: readonly string[] = [
  'stats/ntor/requested',
  'stats/ntor/assigned',
  'stats/tap/requested',
  'stats/tap/assigned',
  'network-liveness',
  'dormant',
  'accounting/enabled',
  'accounting/hibernating',
  'accounting/bytes',
  'accounting/bytes-left',
  'accounting/interval-start',
  'accounting/interval-wake',
  'accounting/interval-end',
];

const ACCOUNTING = 'accounting/';
const IS_ACCOUNTING = 'accounting/enabled';

/** `10737418074 10737417857`, `awake`, `2026-11-01 00:00:00`. */
const STATE = /^[A-Za-z0-9][A-Za-z0-9 :-]{0,60}$/;

/** Options for GETCONF. */
export const LIMIT_OPTIONS: readonly string[] = [
  'RelayBandwidthRate',
  'RelayBandwidthBurst',
  'BandwidthRate',
  'BandwidthBurst',
];

/** What a poll read. */
export interface Readings {
  /** The values of `VALUE_KEYS` and `STATE_KEYS`, as far as Tor knows them. */
  readonly values: ReadonlyMap<string, string>;
  /** The values of `LIMIT_OPTIONS`, as far as Tor knows them. */
  readonly options: ReadonlyMap<string, string>;
  readonly descriptors: number | undefined;
  /** Seconds since the last reset that was heard of. */
  readonly sinceReset: number | undefined;
}

/**
 * The info/* values, and what is kept as it is, as far as they are known. What is not an unsigned
 * integer, or not a state, is left out.
 */
export function infoOf(readings: Readings): Map<string, string> {
  const { values, options, descriptors, sinceReset } = readings;
  const limit = (relayed: string, all: string) => {
    const value = options.get(relayed);
    return value === undefined || Number(value) === 0 ? options.get(all) : value;
  };
  const found: readonly (readonly [string, string | undefined])[] = [
    ['info/relay/bw-limit', limit('RelayBandwidthRate', 'BandwidthRate')],
    ['info/relay/burst-limit', limit('RelayBandwidthBurst', 'BandwidthBurst')],
    ['info/relay/read-total', values.get('traffic/read')],
    ['info/relay/write-total', values.get('traffic/written')],
    ['info/uptime-process', values.get('uptime')],
    ['info/uptime-reset', sinceReset?.toString()],
    ['info/descriptor-used', descriptors?.toString()],
    ['info/descriptor-limit', values.get('process/descriptor-limit')],
  ];
  const info = new Map<string, string>();
  for (const [key, value] of found) {
    if (value !== undefined && /^\d{1,20}$/.test(value)) info.set(key, value);
  }
  const isAccounting = values.get(IS_ACCOUNTING) === '1';
  for (const key of STATE_KEYS) {
    const value = values.get(key);
    if (value === undefined || !STATE.test(value)) continue;
    if (isAccounting || key === IS_ACCOUNTING || !key.startsWith(ACCOUNTING)) info.set(key, value);
  }
  return info;
}
