/**
 * What is planted for each rule to stay silent at: an incident but for one thing.
 * Owns the near misses. None meets an incident of incidents.ts in time and subject, so that all can
 * be planted together.
 */
import {
  BEFORE_RESTART,
  blocked,
  calls,
  cut,
  descriptors,
  disagreement,
  hidden,
  hog,
  INCIDENTS,
  LONG,
  local,
  madeUp,
  many,
  manyOfRelay,
  onesided,
  outboundOnly,
  outside,
  rising,
  strangers,
  withheld,
} from './incidents.ts';
import {
  BACKGROUND_BYTES,
  during,
  forwarded,
  line,
  type Planted,
  RELAY,
  toRelay,
} from './planted.ts';

/** What a circuit of the own client or hidden service looks like. */
function ownCircuit(circ: number, flags: string, bytes: number): Planted {
  return {
    lines: during(10, 20, (poll, since) => [
      toRelay(poll, { conn: 2 * circ, circ, flags, ip: '203.0.113.7', read: since * bytes }),
    ]),
  };
}

/** Spacings from 30 s to 700 s. */
const IRREGULAR = [1, 4, 26, 29, 99, 103, 150, 158, 171, 230, 233, 303];

const { planted: OUTAGE } = INCIDENTS['polls that nobody took']!;
const RESTART: Planted = { restarts: [BEFORE_RESTART + 1], until: LONG };

/** Before and after the outage, with what lies within it. */
const ACROSS = [118, 130] as const;

/** An incident of 120 s, of which 40 s were seen, then 40 s were not, then 40 s were. */
export const ACROSS_THE_OUTAGE: Readonly<Record<string, Planted>> = {
  'an outbound connection alone before and after an outage of the recorder': {
    ...outboundOnly(48, ACROSS, 10),
    ...OUTAGE,
  },
  'ten times as much sent out, before and after an outage': {
    ...onesided(49, ACROSS, 15_000, 150_000),
    ...OUTAGE,
  },
  'nearly all of all bytes, before and after an outage': { ...hog(50, ACROSS, 0.998), ...OUTAGE },
  'forty connections gone after an outage': { ...OUTAGE, ...cut(122, 40, 7000) },
  'a socket that Tor does not report, before and after an outage': {
    ...disagreement([122, 126], hidden(26)),
    ...OUTAGE,
  },
};

/**
 * A circuit of which one connection is late after the outage, with all that moved meanwhile: 1 GB,
 * of which nobody knows when.
 */
export const LATE_AFTER_THE_OUTAGE: Planted = {
  ...OUTAGE,
  until: 134,
  lines: during(118, 134, (poll) => {
    const late = line(poll, { conn: 120, circ: 60, flags: 'IRt', read: poll < 130 ? 0 : 1e9 });
    const other = toRelay(poll, { conn: 121, circ: 60, ip: '203.0.113.8' });
    return poll > 122 && poll < 130 ? [other] : [late, other];
  }),
};

export const NEAR_MISSES: Readonly<Record<string, Planted>> = {
  'an outbound connection alone, for 59 s': { ...outboundOnly(40, [2, 7.9], 10), also: [7.9] },
  'an outbound connection alone, for 30 s twice': {
    lines: (poll) => [
      ...outboundOnly(41, [2, 8], 10).lines!(poll),
      ...(poll === 5 ? [line(poll, { conn: 83, circ: 41, flags: 'IRt' })] : []),
    ],
  },
  'an outbound connection alone that is not established': {
    lines: during(2, 12, (poll) => [line(poll, { conn: 84, circ: 42, flags: 'oRt' })]),
  },
  'an inbound connection alone': {
    lines: during(2, 12, (poll) => [line(poll, { conn: 86, circ: 43, flags: 'IRt' })]),
  },
  'both connections of a circuit on their way': {
    lines: during(2, 12, (poll) => [
      line(poll, { conn: 88, circ: 44, flags: 'iRt' }),
      toRelay(poll, { conn: 89, circ: 44, flags: 'ORT' }),
    ]),
  },
  'a download on a client’s own circuit': ownCircuit(45, 'OCT', 300_000),
  'a download on a hidden service’s circuit': ownCircuit(46, 'OHT', 300_000),
  'a circuit that does not get out for 59 s': {
    ...blocked(47, [12, 17.9], 20_000),
    also: [17.9],
  },

  'nine times as much sent out as taken in': onesided(51, [10, 20], 20_000, 180_000),
  'ten times as much, 540 kB more': onesided(52, [10, 14], 15_000, 150_000),
  'ten times as much, of less than 10 KiB a second': onesided(53, [10, 20], 10_238, 102_380),
  'ten times as much in no window as a whole': {
    // 30 s one way, then 30 s the other.
    lines: during(10, 16, (poll, since) => {
      const [out, back] = [Math.min(since, 3), Math.max(since - 3, 0)];
      return forwarded(poll, 54, back * 200_000 + out * 20_000, out * 200_000 + back * 20_000);
    }),
  },
  'what an outbound connection sent while the inbound one was not yet there': {
    // Then 800,000 bytes come in, wait, and go out.
    lines: during(10, 20, (poll, since) => {
      const [before, sent] = [Math.min(since, 5), Math.max(since - 8, 0)];
      const taken = Math.min(Math.max(since - 5, 0), 2);
      const written = before * 200_000 + sent * 400_000;
      const [inbound, outbound] = forwarded(poll, 55, taken * 400_000, written);
      return since <= 5 ? [outbound!] : [inbound!, outbound!];
    }),
  },
  'what waited, and comes out at last': {
    lines: during(10, 20, (poll, since) => {
      const [taken, sent] = [Math.min(since, 5), Math.max(since - 5, 0)];
      return forwarded(poll, 58, taken * 600_000, sent * 600_000);
    }),
  },
  'a queue as long as Tor lets it be, while nothing gets out': onesided(59, [10, 20], 2_631_000, 0),

  'a machine of the own network that is a relay': local({ conn: 701, orId: RELAY }),
  'one of the own network at the control port': local({ conn: 702, flags: 'IXt' }),
  'a controller of the own network that is called': local({ conn: 703, flags: 'OXt' }),
  'a hidden service’s backend': local({ conn: 704, flags: 'OHt' }),
  'a proxy of the own network': local({ conn: 705, flags: 'OCt' }),
  'one of the own network that comes in': local({ conn: 706, flags: 'IRt' }),

  'nineteen connections to one address': many(19, '203.0.113.19', 5100),
  'nineteen connections to one address that is not kept': outside(20, 22, 19),
  'seven connections of one relay': {
    lines: (poll) =>
      manyOfRelay(7, 8300).lines!(poll).map((text) => text.replace(/C{40}/, 'D'.repeat(40))),
  },
  'ten connections of one relay in the own network': {
    lines: (poll) =>
      manyOfRelay(10, 8400, '192.168.1.66').lines!(poll).map((text) =>
        text.replace(/C{40}/, 'E'.repeat(40)),
      ),
  },
  'forty-nine connections from one address that is not a relay’s': strangers(24, 26, 49),
  'twenty connections to one address, one after another': {
    lines: (poll) =>
      [0, 1].flatMap((turn) =>
        during(3 + 4 * turn, 6 + 4 * turn, () =>
          Array.from({ length: 10 }, (_, index) =>
            toRelay(poll, { conn: 5200 + 10 * turn + index, ip: '203.0.113.18', born: 0 }),
          ),
        )(poll),
      ),
  },
  'twenty controllers at one address': {
    lines: during(3, 9, (poll) =>
      Array.from({ length: 20 }, (_, index) =>
        line(poll, { conn: 5400 + index, flags: 'OXt', ip: '10.0.0.1', port: 9051 }),
      ),
    ),
  },
  'twenty connections to a hidden service’s backend': {
    lines: during(3, 9, (poll) =>
      Array.from({ length: 20 }, (_, index) =>
        line(poll, { conn: 5500 + index, flags: 'OHt', ip: '10.0.0.8', port: 80 }),
      ),
    ),
  },
  'twenty connections to a proxy of the own machine': {
    lines: during(3, 9, (poll) =>
      Array.from({ length: 20 }, (_, index) =>
        line(poll, { conn: 5600 + index, flags: 'OCt', ip: '127.0.0.1', port: 9150 }),
      ),
    ),
  },
  'one connection to one address that carries twenty circuits': {
    lines: during(3, 9, (poll) =>
      Array.from({ length: 20 }, (_, index) => [
        line(poll, { conn: 5300 + index, circ: 400 + index, flags: 'IRt' }),
        toRelay(poll, { conn: 5399, circ: 400 + index, ip: '203.0.113.17' }),
      ]).flat(),
    ),
  },

  'a circuit that moves 98 % of all bytes': hog(56, [100, 108], 0.98),
  'a circuit that moves 99.2 % of all bytes, for 50 s': hog(57, [110, 115], 0.992),

  'a circuit that moves 99.2 % of all bytes together, and rests for 30 s': {
    lines: during(150, 158, (poll, since) => {
      const bytes = (since < 4 ? since : Math.max(since - 3, 3)) * 60 * BACKGROUND_BYTES;
      return forwarded(poll, 62, bytes, bytes);
    }),
  },

  'a directory connection out of the network': withheld(751, 'ODt'),
  'a connection out of the network on its way': withheld(752, 'oRt'),
  'a hidden service’s connection': withheld(753, 'OHt'),
  'a client that comes in': withheld(754, 'IRt'),
  'a relay whose address is not known': withheld(755, 'ORT'),
  'a relay that is told to lie outside, and has a fingerprint': {
    lines: during(2, 6, (poll) => [toRelay(poll, { conn: 756, flags: 'ORt', ip: '203.0.113.9' })]),
  },

  'nineteen connections cut after seconds': cut(300, 19, 6100),

  'one who is called at odd times': calls(IRREGULAR, '10.0.0.31', 3100),
  'one who is called by a clock seven times': calls([1, 14, 27, 40, 53, 66, 79], '10.0.0.32', 3200),

  'a socket that Tor does not report, once': disagreement([20], hidden(23)),
  'a socket that Tor does not report, twice, not in a row': disagreement([20, 22], hidden(24)),
  'two sockets that Tor does not report, one after the other': {
    witness: (poll) => (poll === 24 ? hidden(27) : poll === 25 ? hidden(28) : {}),
  },
  'a connection that the system does not have, once': disagreement([20], madeUp(791)),
  'two sockets of users more than Tor reports': disagreement([28, 29], {
    inbound: { reported: 18, system: 20 },
  }),

  'fewer than nine of ten descriptors': descriptors(10, 11, 899),
  'onionskins that were answered': rising(
    'metrics/tor_relay_load_onionskins_total{type="ntor",action="processed"}',
    [0, 7, 900],
  ),
  'fewer than all sockets': rising('metrics/tor_relay_load_socket_total{state="opened"}', [949]),

  'forty connections that end with their Tor': { ...RESTART, ...cut(BEFORE_RESTART, 40, 8000) },
};
