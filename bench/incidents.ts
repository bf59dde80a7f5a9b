/**
 * What goes wrong on a relay, in sizes from what is not to be found to what is.
 * Owns the incidents, one after the other an hour after the beginning; the relay is relay.ts's.
 */
import { type Added, INTERVAL_S, type Kind, type Line, type Relay } from './relay.ts';

/** What there is beside the relay's own, at each poll. */
export type Course = (relay: Relay) => Added;

export interface IncidentKind {
  readonly rule: string;
  /** With `%` where the size stands. */
  readonly says: string;
  /** From the smallest. */
  readonly sizes: readonly number[];
  readonly hours: number;
  /** The relay that it stands on, where that is not the plain one. */
  readonly on?: Kind;
  begin(size: number): Course;
}

const HOUR = 3600;

const DROPPED = 'metrics/tor_relay_load_onionskins_total{type="ntor",action="dropped"}';

const RELAY = { orId: 'C'.repeat(40), ip: '192.0.2.9' };

/** A circuit from an hour on that takes in and sends out so many bytes a second, for so long. */
function circuit(
  flags: readonly [string, string],
  seconds: number,
  took: number,
  sent: number,
): Course {
  let legs: [Line, Line] | undefined;
  return (relay) => {
    const since = relay.now - HOUR;
    if (since < 0 || since > seconds) return {};
    const leg = { circ: 0, bornAt: relay.now, read: 0, written: 0 };
    legs ??= [
      { ...leg, conn: relay.id(), flags: flags[0] },
      { ...leg, conn: relay.id(), flags: flags[1], ...RELAY },
    ];
    const circ = 999_999_999;
    const [inbound, outbound] = legs;
    inbound.read = Math.round(took * since);
    outbound.written = Math.round(sent * since);
    const both = [
      { ...inbound, circ },
      { ...outbound, circ },
    ];
    return { lines: both.filter(({ flags }) => flags !== '') };
  };
}

/** Connections at given seconds that each live so long. */
function connections(line: Omit<Line, 'conn' | 'circ' | 'bornAt' | 'read' | 'written'>) {
  return (times: (relay: Relay) => readonly number[], livesS: number): Course => {
    let all: Line[] | undefined;
    return (relay) => {
      all ??= times(relay).map((bornAt) => {
        return { ...line, conn: relay.id(), circ: 0, bornAt, read: 0, written: 0 };
      });
      return {
        lines: all.filter(({ bornAt }) => bornAt <= relay.now && bornAt + livesS > relay.now),
      };
    };
  };
}

const so = (count: number, at: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => at(index));

/** How long it takes where lines have their connection's totals. */
const OF_WIRE = { sizes: [10, 30, 60, 300], hours: 1.5, on: 'bytes of the wire' } as const;

/** From an hour on, for a minute. */
function forAMinute(added: Added): Course {
  return ({ now }) => (now >= HOUR && now < HOUR + 60 ? added : {});
}

export const INCIDENT_KINDS: readonly IncidentKind[] = [
  {
    rule: 'unestablished-circuit',
    says: 'a circuit that goes out and does not come in, for % s',
    ...{ sizes: [30, 50, 60, 120], hours: 1.5 },
    begin: (seconds) => circuit(['', 'ORT'], seconds, 0, 100),
  },
  {
    rule: 'asymmetric-circuit',
    says: 'made: 12 times what comes in, % bytes a second out, for 10 min',
    ...{ sizes: [1000, 10_000, 12_000, 20_000, 100_000], hours: 1.5 },
    begin: (rate) => circuit(['IRt', 'ORT'], 600, rate / 12, rate),
  },
  {
    rule: 'asymmetric-circuit',
    says: 'swallowed: % bytes a second, for 10 min',
    ...{ sizes: [10_000, 40_000, 50_000, 1_000_000], hours: 1.5 },
    begin: (rate) => circuit(['IRt', 'ORT'], 600, rate, 0),
  },
  {
    rule: 'asymmetric-circuit',
    says: 'made: 10.5 times what comes in at 10 KiB/s, bytes of the wire, for % s',
    ...{ ...OF_WIRE, begin: (seconds) => circuit(['IRt', 'ORT'], seconds, 10_240, 107_520) },
  },
  {
    rule: 'asymmetric-circuit',
    says: 'made: 100 times what comes in at 10 KiB/s, bytes of the wire, for % s',
    ...{ ...OF_WIRE, begin: (seconds) => circuit(['IRt', 'ORT'], seconds, 10_240, 1_024_000) },
  },
  {
    rule: 'asymmetric-circuit',
    says: 'made: 20 kB/s, nothing comes in, bytes of the wire, for % s',
    ...{ ...OF_WIRE, begin: (seconds) => circuit(['IRt', 'ORT'], seconds, 0, 20_000) },
  },
  {
    rule: 'asymmetric-circuit',
    says: 'swallowed: 1 MB/s, bytes of the wire, for % s',
    ...{ ...OF_WIRE, begin: (seconds) => circuit(['IRt', 'ORT'], seconds, 1e6, 0) },
  },
  {
    rule: 'local-network-connection',
    says: '% connection into the own network',
    ...{ sizes: [1], hours: 1.5 },
    begin: (count) =>
      connections({ flags: 'ORt', ip: '192.168.1.9' })(() => so(count, () => HOUR), 60),
  },
  {
    rule: 'many-connections-one-address',
    says: '% connections open at once',
    ...{ sizes: [19, 20, 40], hours: 1.5 },
    begin: (count) => connections({ flags: 'ORT', ...RELAY })(() => so(count, () => HOUR), 60),
  },
  {
    rule: 'bandwidth-hog',
    says: '% bytes a second through one circuit, for 90 s',
    ...{ sizes: [100_000, 1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000], hours: 1.5 },
    begin: (rate) => circuit(['IRt', 'ORT'], 90, rate, rate),
  },
  {
    rule: 'non-relay-outbound',
    says: '% connection out of the Tor network',
    ...{ sizes: [1], hours: 1.5 },
    begin: (count) => connections({ flags: 'ORt' })(() => so(count, () => HOUR), 60),
  },
  {
    rule: 'connection-cycling',
    says: '% connections cut after 12 s, within 8 min',
    ...{ sizes: [10, 19, 20, 40, 80], hours: 3 },
    begin: (count) =>
      connections({ flags: 'IRt' })(() => so(count, (index) => HOUR + (index * 480) / count), 12),
  },
  {
    rule: 'beacon',
    says: '% calls of a clock of 5 min ± 10 %',
    ...{ sizes: [8, 12, 16, 24, 48], hours: 6 },
    begin: (count) =>
      connections({ flags: 'OCt', ip: '10.0.0.77' })(
        ({ random }) => so(count, (index) => HOUR + 300 * (index + 0.2 * (random.next() - 0.5))),
        2 * INTERVAL_S,
      ),
  },
  {
    rule: 'many-connections-from-one-address',
    says: '% connections open at once from an address that is not a relay’s',
    ...{ sizes: [49, 50, 100], hours: 1.5 },
    begin: (most) =>
      forAMinute({
        inbound: {
          connections: 200,
          addresses: 90,
          most_from_one_address: most,
          opened: 0,
          closed: 0,
        },
      }),
  },
  {
    rule: 'many-connections-from-one-address',
    says: '% connections open at once from one relay',
    ...{ sizes: [7, 8, 16], hours: 1.5 },
    begin: (count) => connections({ flags: 'IRT', ...RELAY })(() => so(count, () => HOUR), 60),
  },
  {
    rule: 'overload',
    says: '% requests for a circuit dropped',
    ...{ sizes: [1], hours: 1.5 },
    begin:
      (count) =>
      ({ now }) => ({ info: { [DROPPED]: now < HOUR ? '0' : `${count}` } }),
  },
  {
    rule: 'descriptor-exhaustion',
    says: '% of 60,000 descriptors in use',
    ...{ sizes: [53_000, 54_000], hours: 1.5 },
    begin: (used) => forAMinute({ info: { 'info/descriptor-used': `${used}` } }),
  },
  {
    rule: 'recorder-gap',
    says: '% s without a poll',
    ...{ sizes: [20, 30, 60], hours: 1.5 },
    begin:
      (seconds) =>
      ({ now }) => ({ isMissed: now > HOUR && now < HOUR + seconds }),
  },
];
