/**
 * What goes wrong on a relay, in sizes from what is not to be found to what is.
 * Owns the incidents, one after the other an hour after the beginning; the relay is relay.ts's.
 */
import { INTERVAL_S, type Line, type Relay } from './relay.ts';

/** Lines beside the relay's own, at each poll. */
export type Course = (relay: Relay) => readonly Line[];

export interface IncidentKind {
  readonly rule: string;
  /** With `%` where the size stands. */
  readonly says: string;
  /** From the smallest. */
  readonly sizes: readonly number[];
  readonly hours: number;
  begin(size: number): Course;
}

const HOUR = 3600;

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
    if (since < 0 || since > seconds) return [];
    const leg = { circ: 0, bornAt: relay.now, read: 0, written: 0 };
    legs ??= [
      { ...leg, conn: relay.id(), flags: flags[0] },
      { ...leg, conn: relay.id(), flags: flags[1], ...RELAY },
    ];
    const circ = 999_999_999;
    const [inbound, outbound] = legs;
    inbound.read = Math.round(took * since);
    outbound.written = Math.round(sent * since);
    return [
      { ...inbound, circ },
      { ...outbound, circ },
    ].filter(({ flags }) => flags !== '');
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
      return all.filter(({ bornAt }) => bornAt <= relay.now && bornAt + livesS > relay.now);
    };
  };
}

const so = (count: number, at: (index: number) => number) =>
  Array.from({ length: count }, (_, index) => at(index));

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
];
