/**
 * Which keys a conntape in front of a Tor answers itself, and how `info/names` lists them.
 * Owns the names and their descriptions, which are the proposal's; the values are
 * live/moment.ts's.
 */
import { CONN_ALL, SERVED_HEADER, SERVED_MOMENT } from '../sources/native.ts';

const CONNECTIONS = 'conn/';

/** The name under which `info/names` lists `conn/<circuit>/<connection>`. */
const ONE_CONNECTION = 'conn/*';

const DESCRIPTIONS: ReadonlyMap<string, string> = new Map([
  [CONN_ALL, 'Newline separated listing of all current connections.'],
  [
    ONE_CONNECTION,
    'Entry for one connection, as conn/<Circuit identity>/<Connection identity>: CONN_ID CIRC_ID OR_ID IP PORT L_PORT TYPE_FLAGS READ WRITE UPTIME.',
  ],
  [SERVED_HEADER, 'What is known of this Tor and of its conn/all before the first poll, as JSON.'],
  [SERVED_MOMENT, 'What was polled with conn/all: the time, values and events, as JSON.'],
  [
    'info/relay/bw-limit',
    'Effective relayed bandwidth limit (currently RelayBandwidthRate if set, otherwise BandwidthRate).',
  ],
  ['info/relay/burst-limit', 'Effective relayed burst limit.'],
  [
    'info/relay/read-total',
    'Total bytes relayed (download); where Tor does not count them apart, all that were read.',
  ],
  [
    'info/relay/write-total',
    'Total bytes relayed (upload); where Tor does not count them apart, all that were written.',
  ],
  ['info/uptime-process', 'Total uptime of the tor process (in seconds).'],
  ['info/uptime-reset', 'Time since last reset (startup or sighup signal, in seconds).'],
  ['info/descriptor-used', 'Count of file descriptors used.'],
  ['info/descriptor-limit', 'File descriptor limit (getrlimit results).'],
  [
    'ns/authority',
    'Router status info (v2 directory style) for all recognized directory authorities, joined by newlines.',
  ],
]);

/** The key whose value is Tor's and ours together. */
export const NAMES = 'info/names';

/** Whether the key is answered here, if only by saying that it is unknown. */
export function isOurs(key: string): boolean {
  return key.startsWith(CONNECTIONS) || DESCRIPTIONS.has(key);
}

/**
 * The value of `info/names`: Tor's lines and ours, sorted as Tor sorts them.
 * @param torNames what Tor answers to it.
 * @param isKnown whether one of our keys has a value now; what has none is not listed.
 */
export function namesWith(torNames: string, isKnown: (key: string) => boolean): string {
  const ours = [...DESCRIPTIONS].filter(([key]) => key === ONE_CONNECTION || isKnown(key));
  const lines = new Set(ours.map(([key, description]) => `${key} -- ${description}`));
  const theirs = torNames.split('\n').filter((line) => !isOurs(line.split(' -- ')[0]!));
  return [...theirs, ...lines].sort().join('\n');
}
