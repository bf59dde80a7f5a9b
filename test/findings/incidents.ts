/**
 * What is planted for each rule to fire at, each at a time of its own, and what is to be found.
 * Owns the incidents, and the pieces that near misses are made of, too.
 */
import {
  BACKGROUND_BYTES,
  type Disagreement,
  DROPPED,
  during,
  forwarded,
  type LineFields,
  line,
  type Planted,
  RELAY,
  toRelay,
} from './planted.ts';

/** A finding; times and snapshots are told as polls. */
export interface Told {
  readonly rule: string;
  readonly severity: string;
  readonly subject: string;
  readonly seen: readonly [from: number, to: number];
  readonly value: number | null;
  readonly threshold: number;
  /** What the evidence names, where it is not `seen`. */
  readonly shown?: readonly [from: number, to: number];
}

export interface Incident {
  readonly planted: Planted;
  readonly told: Told;
}

/** So many connections at once to one relay's address. */
export function many(connections: number, ip: string, firstConn: number): Planted {
  return {
    lines: during(3, 9, (poll) =>
      Array.from({ length: connections }, (_, index) =>
        toRelay(poll, { conn: firstConn + index, ip, born: 3 }),
      ),
    ),
  };
}

/** What a source counted of addresses that are not kept. */
export function outside(from: number, to: number, most: number): Planted {
  const counted = { connections: 60, addresses: 12, most, concentration: 0.2 };
  return { extra: (poll) => (poll >= from && poll <= to ? { outside: counted } : {}) };
}

/** So many connections at once of one relay's, by whichever address. */
export function manyOfRelay(connections: number, firstConn: number, ip = '203.0.113.66'): Planted {
  const flags = 'IRT';
  return {
    lines: during(3, 9, (poll) =>
      Array.from({ length: connections }, (_, index) =>
        toRelay(poll, { conn: firstConn + index, orId: 'C'.repeat(40), ip, flags, born: 3 }),
      ),
    ),
  };
}

/** What a source counted of those who connect and are not relays. */
export function strangers(from: number, to: number, most: number): Planted {
  const counted = { connections: 90, addresses: 12, most_from_one_address: most };
  const inbound = { ...counted, opened: 0, closed: 0 };
  return { extra: (poll) => (poll >= from && poll <= to ? { inbound } : {}) };
}

/** A circuit that takes in so much a poll, and sends out so much, forward alone. */
export function onesided(
  circ: number,
  [from, to]: readonly [number, number],
  read: number,
  written: number,
): Planted {
  return {
    until: to,
    lines: during(from, to, (poll, since) => forwarded(poll, circ, since * read, since * written)),
  };
}

/** A circuit with only an established outbound connection, on which so much moves a poll. */
export function outboundOnly(
  circ: number,
  [from, to]: readonly [number, number],
  bytes: number,
): Planted {
  return {
    until: to,
    lines: during(from, to, (poll, since) => [
      toRelay(poll, { conn: 2 * circ, circ, ip: '203.0.113.6', read: since * bytes }),
    ]),
  };
}

/** A circuit whose outbound connection is not established. */
export function blocked(
  circ: number,
  [from, to]: readonly [number, number],
  bytes: number,
): Planted {
  return {
    until: to,
    lines: during(from, to, (poll, since) => [
      line(poll, { conn: 2 * circ, circ, flags: 'IRt', read: since * bytes }),
      line(poll, { conn: 2 * circ + 1, circ, flags: 'oRt' }),
    ]),
  };
}

/** A circuit that moves so large a share of all bytes beside the background. */
export function hog(circ: number, [from, to]: readonly [number, number], share: number): Planted {
  const bytes = (BACKGROUND_BYTES * share) / (1 - share);
  return onesided(circ, [from, to], bytes / 2, bytes / 2);
}

/** So long a recording tells what is usual, beside what is not: 83 minutes. */
export const LONG = 500;

/** Connections that a poll finds 5 s after they opened, and the next no more. */
export function cut(poll: number, connections: number, firstConn: number): Planted {
  return {
    until: LONG,
    lines: during(poll, poll, () =>
      Array.from({ length: connections }, (_, index) =>
        line(poll, { conn: firstConn + index, flags: 'IRt', born: poll - 0.5 }),
      ),
    ),
  };
}

/** A connection into the own network. */
export function local(fields: Partial<LineFields> & { conn: number }): Planted {
  return {
    lines: during(2, 6, (poll) => [
      line(poll, { flags: 'oRt', ip: '192.168.1.9', port: 22, ...fields }),
    ]),
  };
}

/** A connection whose address is not kept. */
export function withheld(conn: number, flags: string): Planted {
  return { lines: during(2, 6, (poll) => [line(poll, { conn, flags })]) };
}

const HIDDEN = { or_id: '0', ip: '10.0.0.9', port: 22, l_port: 31_000, type_flags: 'O' };
const MADE_UP = { or_id: RELAY, ip: '203.0.113.9', port: 9001, l_port: 32_000, type_flags: 'ORT' };

/** Something that one side has and the other has not, at some polls. */
export function disagreement(polls: readonly number[], what: Disagreement): Planted {
  return { witness: (poll) => (polls.includes(poll) ? what : {}) };
}

export function hidden(port: number): Disagreement {
  return { onlySystem: [{ ...HIDDEN, port }] };
}

export function madeUp(connId: number): Disagreement {
  return { onlyReported: [{ ...MADE_UP, conn_id: connId }] };
}

export function descriptors(from: number, to: number, used: number): Planted {
  const info = { 'info/descriptor-used': `${used}` };
  return { info: (poll) => (poll >= from && poll <= to ? info : {}) };
}

/** An info value that has each of some values in turn from poll 2 on, and then its usual one. */
export function rising(key: string, values: readonly number[]): Planted {
  return {
    info: (poll): Record<string, string> => {
      const value = values[Math.floor(poll) - 2];
      return value === undefined ? {} : { [key]: `${value}` };
    },
  };
}

/** The last poll before a Tor that restarts does so. */
export const BEFORE_RESTART = LONG - 6;

/** A proxy’s connections to a place of the own network that open at such polls, and stay. */
export function calls(opened: readonly number[], ip: string, firstConn: number): Planted {
  return {
    until: LONG,
    lines: during(0, BEFORE_RESTART, (poll) =>
      opened.flatMap((born, index) =>
        born <= poll
          ? [line(poll, { conn: firstConn + index, flags: 'OCt', ip, port: 8080, born })]
          : [],
      ),
    ),
  };
}

/** So many numbers, from one, a step apart. */
export function series(length: number, from: number, step: number): number[] {
  return Array.from({ length }, (_, index) => from + index * step);
}

export const OUTSIDE = 'an address outside the Tor network, which is not kept';

/** By what happens. What was measured is beside it: the arithmetic of the golden file. */
export const INCIDENTS: Readonly<Record<string, Incident>> = {
  'an outbound connection alone, for 60 s': {
    planted: outboundOnly(8, [2, 8], 10),
    told: {
      ...{ rule: 'unestablished-circuit', severity: 'notice', subject: 'circuit 8 (run 1)' },
      ...{ seen: [2, 8], value: 60, threshold: 60 },
    },
  },
  'a circuit that does not get out, into which 100 KiB went': {
    // 10 polls of 10,240 bytes.
    planted: blocked(9, [12, 22], 10_240),
    told: {
      ...{ rule: 'unestablished-circuit', severity: 'warning', subject: 'circuit 9 (run 1)' },
      ...{ seen: [12, 22], value: 100, threshold: 60 },
    },
  },
  'ten times as much sent out as taken in, 600 KiB more': {
    // 4 polls of 202,000 − 20,000 bytes; those of 3 are 546,000.
    planted: onesided(20, [10, 14], 20_000, 202_000),
    told: {
      ...{ rule: 'asymmetric-circuit', severity: 'warning', subject: 'circuit 20 (run 1)' },
      ...{ seen: [10, 14], value: 10.1, threshold: 10 },
    },
  },
  'more taken in than Tor may hold back': {
    // 8 polls of 3,400,000 − 34,000 bytes; those of 7 are 23,562,000, less than 26,314,400.
    planted: onesided(21, [10, 18], 3_400_000, 34_000),
    told: {
      ...{ rule: 'asymmetric-circuit', severity: 'warning', subject: 'circuit 21 (run 1)' },
      ...{ seen: [10, 18], value: 100, threshold: 10 },
    },
  },
  'a machine of the own network': {
    planted: local({ conn: 700 }),
    told: {
      ...{ rule: 'local-network-connection', severity: 'critical', subject: '192.168.1.9' },
      ...{ seen: [2, 6], value: 1, threshold: 1 },
    },
  },
  'twenty connections to one address': {
    planted: many(20, '203.0.113.20', 5000),
    told: {
      ...{ rule: 'many-connections-one-address', severity: 'warning', subject: '203.0.113.20' },
      ...{ seen: [3, 9], value: 20, threshold: 20 },
    },
  },
  'twenty connections to one address that is not kept': {
    planted: outside(12, 15, 20),
    told: {
      ...{ rule: 'many-connections-one-address', severity: 'warning', subject: OUTSIDE },
      ...{ seen: [12, 15], value: 20, threshold: 20 },
    },
  },
  'eight connections of one relay': {
    planted: manyOfRelay(8, 8200),
    told: {
      ...{ rule: 'many-connections-from-one-address', severity: 'warning' },
      ...{ subject: 'C'.repeat(40), seen: [3, 9], value: 8, threshold: 8 },
    },
  },
  'fifty connections from one address that is not a relay’s': {
    planted: strangers(16, 19, 50),
    told: {
      ...{ rule: 'many-connections-from-one-address', severity: 'warning' },
      subject: 'an address that is not a relay’s, which is not kept',
      ...{ seen: [16, 19], value: 50, threshold: 50 },
    },
  },
  'a circuit that moves 99.2 % of all bytes': {
    planted: hog(30, [91, 99], 0.992),
    told: {
      ...{ rule: 'bandwidth-hog', severity: 'notice', subject: 'circuit 30 (run 1)' },
      ...{ seen: [91, 99], value: 0.992, threshold: 0.99 },
    },
  },
  'a connection out of the Tor network': {
    planted: withheld(750, 'ORt'),
    told: {
      ...{ rule: 'non-relay-outbound', severity: 'critical', subject: 'connection 750 (run 1)' },
      ...{ seen: [2, 6], value: 1, threshold: 1 },
    },
  },
  'twenty connections cut after seconds': {
    planted: cut(34, 20, 6000),
    told: {
      ...{ rule: 'connection-cycling', severity: 'warning', subject: 'inbound connections' },
      // The minute in which they ended.
      ...{ seen: [30, 36], value: 20, threshold: 20 },
    },
  },
  'one who is called every 390 s': {
    // 12 gaps of 390 s: 5 · 12 · p¹¹, twice, where p is 0.02.
    planted: calls(series(13, 1, 39), '10.0.0.30', 3000),
    told: {
      ...{ rule: 'beacon', severity: 'notice', subject: '10.0.0.30' },
      ...{ seen: [1, 469], value: 0, threshold: 0.05, shown: [1, BEFORE_RESTART] },
    },
  },
  'a socket that Tor does not report': {
    planted: disagreement([4, 5], hidden(22)),
    told: {
      ...{ rule: 'witness-mismatch', severity: 'critical' },
      subject: 'socket to 10.0.0.9 port 22 from port 31000',
      ...{ seen: [4, 5], value: 2, threshold: 2 },
    },
  },
  'a connection that the system does not have': {
    planted: disagreement([10, 11, 12], madeUp(790)),
    told: {
      ...{ rule: 'witness-mismatch', severity: 'critical', subject: 'connection 790 (run 1)' },
      ...{ seen: [10, 12], value: 3, threshold: 2 },
    },
  },
  'more sockets of users than Tor reports': {
    planted: disagreement([14, 15], { inbound: { reported: 17, system: 20 } }),
    told: {
      ...{ rule: 'witness-mismatch', severity: 'critical' },
      subject: 'inbound connections without an address (more of the system’s)',
      ...{ seen: [14, 15], value: 2, threshold: 2 },
    },
  },
  'nine of ten descriptors': {
    planted: descriptors(3, 4, 900),
    told: {
      ...{ rule: 'descriptor-exhaustion', severity: 'warning', subject: 'process (run 1)' },
      ...{ seen: [3, 4], value: 0.9, threshold: 0.9 },
    },
  },
  'onionskins dropped': {
    planted: rising(DROPPED, [0, 1, 13]),
    told: {
      ...{ rule: 'overload', severity: 'warning', subject: 'onionskins dropped' },
      ...{ seen: [3, 4], value: 13, threshold: 1 },
    },
  },
  'polls that nobody took': {
    planted: { missed: [123, 124, 125], until: 130 },
    told: {
      ...{ rule: 'recorder-gap', severity: 'info', subject: 'recorder' },
      ...{ seen: [122, 126], value: 40, threshold: 0 },
    },
  },
};
