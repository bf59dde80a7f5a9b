/**
 * The keys that a served recording answers: ours, and those of Tor's that the recording can answer.
 * Owns their names and values at a moment; which moment that is, is replayed.ts's. What the
 * recording does not hold, such as process/pid or config-file, is not a key here.
 */
import { printable } from '../../control/printable.ts';
import { ReplyError, replyOf } from '../../control/reply.ts';
import { isoTime, spreadsheetTime } from '../../listing/instant.ts';
import { isMetric } from '../../listing/metrics.ts';
import type { Header } from '../../listing/snapshot.ts';
import { CONN_ALL, SERVED_HEADER, SERVED_MOMENT } from '../../sources/native.ts';
import { isOurs, NAMES, namesWith } from '../keys.ts';
import { type ServedMoment, servedHeader } from '../moment.ts';
import { totalsIn } from './bandwidth.ts';
import { orConnStatus } from './orConns.ts';
import type { ReplayedGap } from './tape.ts';

/** A moment of the past that is asked about, and what the tape holds of it. */
export interface TapePoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Of the last snapshot at or before it. */
  readonly moment: ServedMoment;
  /** What the recorder of that time said of its source. */
  readonly header: Header;
  /** The gap that it lies in. */
  readonly gap: ReplayedGap | undefined;
}

/** What `conntape/at/TIME/KEY` begins with. */
export const AT = 'conntape/at/';

/**
 * The events of Tor 0.4.9. A controller asks for many of them at its start and may not go on without
 * (stem wants SIGNAL, CONF_CHANGED and STATUS_SERVER), so all may be asked for; of those beside BW
 * and ORCONN nothing was recorded, and none comes.
 */
export const EVENT_NAMES: readonly string[] = [
  ...['CIRC', 'CIRC_MINOR', 'STREAM', 'ORCONN', 'BW', 'DEBUG', 'INFO', 'NOTICE', 'WARN', 'ERR'],
  ...['NEWDESC', 'ADDRMAP', 'DESCCHANGED', 'NS', 'STATUS_GENERAL', 'STATUS_CLIENT'],
  ...['STATUS_SERVER', 'GUARD', 'STREAM_BW', 'CLIENTS_SEEN', 'NEWCONSENSUS', 'BUILDTIMEOUT_SET'],
  ...['SIGNAL', 'CONF_CHANGED', 'CONN_BW', 'CELL_STATS', 'CIRC_BW', 'TRANSPORT_LAUNCHED'],
  ...['HS_DESC', 'HS_DESC_CONTENT', 'NETWORK_LIVENESS'],
];

/** Of this port, whatever is served; every Tor since 0.2.2.1 has them switched on. */
export const FEATURES = ['VERBOSE_NAMES', 'EXTENDED_EVENTS'] as const;

/** The types of the options that a recording holds, as Tor names them. */
const OPTION_TYPES: ReadonlyMap<string, string> = new Map([
  ['ExitPolicyRejectPrivate', 'Boolean'],
  ['ExitRelay', 'Boolean+Auto'],
  ['Nickname', 'String'],
  ['ORPort', 'Dependent'],
  ['OutboundBindAddress', 'LineList'],
  ['OutboundBindAddressExit', 'LineList'],
]);

interface Key {
  readonly description: string;
  readonly valueAt: (point: TapePoint) => string | undefined;
}

/** Of the recording, the port, or the time itself: known in a gap, too. */
const ALWAYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  [
    'config/names',
    {
      description: 'List of configuration options, types, and documentation.',
      valueAt: ({ header }) =>
        [...optionsOf(header).keys()]
          .filter((name) => OPTION_TYPES.has(name))
          .map((name) => `${name} ${OPTION_TYPES.get(name)}`)
          .join('\n'),
    },
  ],
  [
    'conntape/gap',
    {
      description: 'The gap in the recording that is being replayed, as JSON; empty in none.',
      valueAt: ({ gap }) => (gap === undefined ? '' : JSON.stringify(gapRecord(gap))),
    },
  ],
  [
    'conntape/now',
    {
      description: 'The moment of the past that is being replayed.',
      valueAt: ({ at }) => isoTime(at),
    },
  ],
  [
    'current-time/utc',
    { description: 'Current UTC time.', valueAt: ({ at }) => spreadsheetTime(at) },
  ],
  [
    'events/names',
    {
      description: 'Events that the controller can ask for with SETEVENTS.',
      valueAt: () => EVENT_NAMES.join(' '),
    },
  ],
  [
    'features/names',
    {
      description: 'What arguments can USEFEATURE take?',
      valueAt: () => FEATURES.join(' '),
    },
  ],
  [
    'fingerprint',
    {
      description: 'Our relay fingerprint.',
      valueAt: ({ header }) => header.relay.fingerprint || undefined,
    },
  ],
  [
    'signal/names',
    { description: 'Signal names recognized by the SIGNAL command', valueAt: () => '' },
  ],
  [
    'version',
    {
      description: 'The current version of Tor.',
      valueAt: ({ header }) => header.relay.torVersion || undefined,
    },
  ],
]);

/** Of the snapshot: not known in a gap. */
const OF_SNAPSHOT: ReadonlyMap<string, Key> = new Map<string, Key>([
  [
    'orconn-status',
    {
      description: 'A list of current OR connections.',
      valueAt: ({ moment }) => orConnStatus(moment.listing),
    },
  ],
  [
    'process/descriptor-limit',
    {
      description: 'File descriptor limit.',
      valueAt: ({ moment }) => moment.info.get('info/descriptor-limit'),
    },
  ],
  [
    'traffic/read',
    {
      description: 'Bytes read since the process was started.',
      valueAt: ({ moment, header }) => totalText(totalsIn(header, moment.info)?.read),
    },
  ],
  [
    'traffic/written',
    {
      description: 'Bytes written since the process was started.',
      valueAt: ({ moment, header }) => totalText(totalsIn(header, moment.info)?.written),
    },
  ],
  [
    'uptime',
    {
      description: 'Uptime of the Tor daemon in seconds.',
      valueAt: ({ moment }) => moment.info.get('info/uptime-process'),
    },
  ],
]);

/** Which keys of ours are there however little was recorded. */
const OURS: ReadonlySet<string> = new Set([CONN_ALL, SERVED_HEADER, SERVED_MOMENT]);

/**
 * The value of a key; undefined for one that is not there. In a gap nothing is known of what a
 * snapshot holds: throws 551, which says since when and why.
 * @param served the header of the whole recording.
 */
export function valueAt(key: string, point: TapePoint): string | undefined {
  if (key === SERVED_HEADER) return servedHeader(point.header);
  if (key === NAMES) return namesAt(point);
  const always = ALWAYS.get(key);
  if (always !== undefined) return always.valueAt(point);
  const ofSnapshot = OF_SNAPSHOT.get(key);
  const value = ofSnapshot === undefined ? point.moment.valueOf(key) : ofSnapshot.valueAt(point);
  const { gap } = point;
  if (gap === undefined || (value === undefined && !isOurs(key))) return value;
  const { from, to, reason } = gapRecord(gap);
  const why = reason === '' ? '' : `: ${printable(reason)}`;
  throw new ReplyError(key, replyOf(551, `Nothing was recorded from ${from} to ${to}${why}`));
}

/** What is one word, and not one of hundreds of series of a MetricsPort: those come with the moment. */
function canBeAsked(name: string): boolean {
  return /^\S+$/.test(name) && !isMetric(name);
}

/** The value of info/names: what there is at a moment. */
function namesAt(point: TapePoint): string {
  const { info } = point.moment;
  const keys = [...ALWAYS, ...OF_SNAPSHOT].filter(([, key]) => key.valueAt(point) !== undefined);
  const lines = [
    ...keys.map(([name, { description }]) => `${name} -- ${description}`),
    ...[...info.keys()].filter(canBeAsked).map((name) => `${name} -- As recorded.`),
    `${AT}* -- Any other key, at another moment: ${AT}2026-11-23T03:44:26Z/conn/all.`,
    `${NAMES} -- List of GETINFO options, types, and documentation.`,
  ];
  return namesWith(lines.join('\n'), (key) => OURS.has(key) || info.has(key));
}

/** The options that a recording holds, by their names. */
export function optionsOf({ relay, config }: Header): ReadonlyMap<string, string> {
  // With a slash it is what conntape concluded of an option, and not an option.
  const options = Object.entries(config).filter(([name]) => !name.includes('/'));
  const nickname: [string, string][] = relay.nickname === '' ? [] : [['Nickname', relay.nickname]];
  return new Map([...options, ...nickname]);
}

function gapRecord({ from, to, reason }: ReplayedGap) {
  return { from: isoTime(from), to: isoTime(to), reason };
}

function totalText(total: number | undefined): string | undefined {
  return total === undefined ? undefined : String(total);
}
