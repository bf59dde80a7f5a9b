/**
 * Each rule of the audit fires at an incident, and stays silent at its near miss: planted alone, and
 * all together with background traffic.
 */
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/reports/findings/rules.ts';
import { findings } from '../../src/reports/findings.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';
import {
  BACKGROUND,
  type LineFields,
  line,
  type Planted,
  POLLS,
  RELAY,
  relayed,
  timeOf,
  transcriptWith,
} from './planted.ts';

/** rule, severity, subject, the first poll and the last, value. */
type Told = readonly [string, string, string, number, number, number | null];

const POLL_MS = timeOf(1) - timeOf(0);

async function foundIn(
  planted: readonly Planted[],
  thresholds: readonly (readonly [string, number])[] = [],
): Promise<{ told: Told[]; blind: [string, string][]; rows: unknown[][] }> {
  return await withRecording(transcriptWith(...planted), (recording) => {
    const rows = [...tableOf(findings, recording, { thresholds: new Map(thresholds) }).rows];
    const told = rows
      .filter((row) => row[1] !== 'not observable')
      .map(([rule, severity, subject, from, to, value]) => {
        const pollOf = (at: unknown) => ((at as number) - timeOf(0)) / POLL_MS;
        const shown = typeof value === 'number' ? Number(value.toFixed(3)) : value;
        return [rule, severity, subject, pollOf(from), pollOf(to), shown] as unknown as Told;
      });
    const blind = rows
      .filter((row) => row[1] === 'not observable')
      .map((row) => [row[0], row[2]] as [string, string]);
    return { told, blind, rows: rows.map((row) => [...row]) };
  });
}

const at = (poll: number, from: number, to: number) => poll >= from && poll <= to;

const out = (poll: number, fields: Omit<LineFields, 'flags'>) =>
  line(poll, { flags: 'ORT', orId: RELAY, ip: '203.0.113.5', port: 9001, ...fields });

/** So many connections at once to one relay's address. */
const many = (count: number): Planted => ({
  lines: (poll) =>
    poll >= 3
      ? Array.from({ length: count }, (_, index) => out(poll, { conn: 5000 + index, born: 2 }))
      : [],
});

/** A circuit that takes in so much a poll, and sends out so much. */
const onesided = (read: number, written: number, polls = POLLS): Planted => ({
  lines: (poll) => (poll < polls ? relayed(poll, 7, poll * read, poll * written) : []),
});

/** Connections that closed in the first bucket, all after 10 to 20 s. */
const cycling = (count: number): Planted => ({
  lines: (poll) =>
    poll === 4
      ? Array.from({ length: count }, (_, index) =>
          line(poll, { conn: 6000 + index, flags: 'IRt', born: 3 }),
        )
      : [],
});

const outboundOnly = (from: number, to: number, bytes: number): Planted => ({
  lines: (poll) =>
    at(poll, from, to)
      ? [out(poll, { conn: 801, circ: 8, ip: '203.0.113.6', read: (poll - from) * bytes })]
      : [],
});

const blocked: Planted = {
  lines: (poll) => [
    line(poll, { conn: 900, circ: 9, flags: 'IRt' }),
    line(poll, { conn: 901, circ: 9, flags: 'oRt' }),
  ],
};

const hog = (share: number): Planted => {
  // The background moves 10 × 40,000 bytes a poll.
  const bytes = (400_000 * share) / (1 - share);
  return { lines: (poll) => relayed(poll, 6, (poll * bytes) / 2, (poll * bytes) / 2) };
};

const local = (fields: Partial<LineFields> = {}): Planted => ({
  lines: (poll) =>
    at(poll, 2, 6)
      ? [line(poll, { conn: 700, flags: 'ORT', ip: '192.168.1.9', port: 22, ...fields })]
      : [],
});

const leaving = (flags: string): Planted => ({
  lines: (poll) => (at(poll, 2, 6) ? [line(poll, { conn: 750, flags })] : []),
});

const witness = (polls: readonly number[]): Planted => ({
  extra: (poll) => {
    const hidden = { or_id: '0', ip: '10.0.0.9', port: 22, l_port: 31000, type_flags: 'O' };
    const none = { reported: 0, system: 0 };
    return {
      witness: {
        ...{ tool: 'ss', reported: 20, system: 20, tolerance: 2, only_reported: [] },
        ...{ only_system: polls.includes(poll) ? [hidden] : [], inbound: none, outbound: none },
      },
    };
  },
});

const descriptors = (used: number): Planted => ({
  info: (poll) => (at(poll, 3, 4) ? { 'info/descriptor-used': `${used}` } : {}),
});

const LAST = POLLS - 1;

/** What is planted, alone beside the background, and what is to be found. */
const INCIDENTS: Readonly<Record<string, readonly [Planted, Told]>> = {
  'twenty connections to one address': [
    many(20),
    ['many-connections-one-address', 'warning', '203.0.113.5', 3, LAST, 20],
  ],
  'ten times as much sent out as taken in': [
    onesided(20_000, 200_000),
    ['asymmetric-circuit', 'warning', 'circuit 7 (run 1)', 0, LAST, 10],
  ],
  'an outbound connection alone, for 60 s': [
    outboundOnly(2, 8, 10),
    ['unestablished-circuit', 'notice', 'circuit 8 (run 1)', 2, 8, 60],
  ],
  'an outbound connection that is not established': [
    blocked,
    ['unestablished-circuit', 'notice', 'circuit 9 (run 1)', 0, LAST, 120],
  ],
  'thirty connections cut after seconds': [
    cycling(30),
    ['connection-cycling', 'warning', 'bucket from 2026-11-23T20:00:00.000Z', 0, 60, 1],
  ],
  'a machine of the own network': [
    local(),
    ['local-network-connection', 'critical', '192.168.1.9', 2, 6, 1],
  ],
  'a connection out of the Tor network': [
    leaving('ORt'),
    ['non-relay-outbound', 'critical', 'connection 750 (run 1)', 2, 6, 1],
  ],
  'a socket that Tor does not tell of': [
    witness([4, 5]),
    ['witness-mismatch', 'critical', 'socket to 10.0.0.9 port 22 from port 31000', 4, 5, 2],
  ],
  'nine of ten descriptors': [
    descriptors(900),
    ['descriptor-exhaustion', 'warning', 'process (run 1)', 3, 4, 0.9],
  ],
};

const NEAR_MISSES: Readonly<Record<string, Planted>> = {
  'nineteen connections to one address': many(19),
  'nine times as much sent out as taken in': onesided(20_000, 180_000),
  'ten times as much, for 50 s': onesided(20_000, 200_000, 6),
  'ten times as much of little': onesided(8_000, 80_000),
  'a download on a circuit of its own': {
    lines: (poll) => [
      out(poll, { conn: 15, circ: 7, flags: 'OCT', read: poll * 300_000 } as never),
    ],
  },
  'an outbound connection alone, for 50 s': outboundOnly(2, 7, 10),
  'nineteen connections cut after seconds': cycling(19),
  'a machine of the own network that is a relay': local({ orId: RELAY }),
  'a machine of the own network at the control port': local({ flags: 'IXt' }),
  'a hidden service’s backend': local({ flags: 'OHt' }),
  'a directory connection out of the network': leaving('ODt'),
  'a connection out of the network on its way': leaving('oRt'),
  'a socket that Tor does not tell of, once': witness([4]),
  'and once more, later': witness([4, 6]),
  'fewer than nine of ten descriptors': descriptors(899),
};

describe('the audit', () => {
  it('finds nothing in background traffic', async () => {
    expect((await foundIn([BACKGROUND])).told).toEqual([]);
  });

  it.each(Object.entries(INCIDENTS))('finds %s', async (_, [planted, told]) => {
    expect((await foundIn([BACKGROUND, planted])).told).toEqual([told]);
  });

  it.each(Object.entries(NEAR_MISSES))('does not mind %s', async (_, planted) => {
    expect((await foundIn([BACKGROUND, planted])).told).toEqual([]);
  });

  it('finds the circuit that moves 99 % of all bytes, and not at 98 %', async () => {
    const { told } = await foundIn([BACKGROUND, hog(0.991)]);
    expect(told).toEqual([['bandwidth-hog', 'warning', 'circuit 6 (run 1)', 0, LAST, 0.991]]);
    expect((await foundIn([BACKGROUND, hog(0.98)])).told).toEqual([]);
  });

  it('finds all of them together, worst first, and nothing else', async () => {
    const planted = Object.values(INCIDENTS).map(([plant]) => plant);
    const { told } = await foundIn([BACKGROUND, ...planted]);
    const expected = Object.values(INCIDENTS).map(([, one]) => one);
    // Among more that closes, the share of what was cut is another.
    const named = (all: readonly Told[]) => new Set(all.map((one) => one.slice(0, 5).join(' ')));
    expect(named(told)).toEqual(named(expected));
    const ranks = told.map(([, severity]) => ['critical', 'warning', 'notice'].indexOf(severity));
    expect(ranks).toEqual([...ranks].sort());
  });

  it.each<[string, Planted, string]>([
    ['a hundred times as much', onesided(2_000, 200_000), 'critical'],
    ['nothing taken in', onesided(0, 200_000), 'critical'],
    ['much taken in', onesided(200_000, 20_000), 'warning'],
    ['100 KiB moved meanwhile', outboundOnly(0, LAST, Math.ceil(102_400 / LAST)), 'warning'],
  ])('tells how bad it is: %s', async (_, planted, severity) => {
    const { told } = await foundIn([BACKGROUND, planted]);
    expect(told.map((one) => one[1])).toEqual([severity]);
  });

  it('takes no outage of the recorder for an incident', async () => {
    const outage: Planted = { missed: [4, 5, 6] };
    const { told } = await foundIn([BACKGROUND, outboundOnly(0, 9, 10), cycling(30), outage]);
    // 30 s and 20 s of the outbound connection were seen, not 90.
    expect(told).toEqual([['recorder-gap', 'info', 'recorder', 3, 7, 40]]);
  });

  it('takes no restart of Tor for one', async () => {
    const restart: Planted = {
      lines: (poll) =>
        poll < 5
          ? Array.from({ length: 40 }, (_, index) =>
              line(poll, { conn: 6000 + index, flags: 'IRt', born: 3 }),
            ).filter(() => poll === 4)
          : [],
      info: (poll) => ({ 'info/uptime-process': `${poll < 5 ? 500 + poll * 10 : poll * 10 - 45}` }),
    };
    expect((await foundIn([restart])).told).toEqual([]);
  });

  it('finds who is called as if by a clock', async () => {
    const calls = (spread: (call: number) => number): Planted => ({
      lines: (poll) =>
        spread(poll) > 0 ? [out(poll, { conn: 3000 + poll, born: poll - 0.1 })] : [],
    });
    // Every second poll is too close to the interval to earn anything; the thresholds say so.
    const { told } = await foundIn(
      [calls((poll) => poll % 2)],
      [
        ['beacon.openings', 5],
        ['beacon.score', 0.3],
      ],
    );
    expect(told.map(([rule, , subject]) => [rule, subject])).toEqual([['beacon', '203.0.113.5']]);
    expect((await foundIn([calls((poll) => poll % 2)])).told).toEqual([]);
  });
});

describe('what cannot be observed', () => {
  const blindTo = async (planted: Planted) => (await foundIn([BACKGROUND, planted])).blind;

  it.each<[string, string, string, Planted]>([
    ['witness-mismatch', 'all', 'without a witness', {}],
    ['connection-cycling', 'part', 'without events', {}],
    ['non-relay-outbound', 'all', 'on an exit', { config: { ExitRelay: '1' } }],
    ['non-relay-outbound', 'all', 'on what may be one', { config: { ExitRelay: 'auto' } }],
    [
      'local-network-connection',
      'all',
      'where it is permitted',
      { config: { ExitPolicyRejectPrivate: '0' } },
    ],
    ['many-connections-one-address', 'part', 'of withheld addresses', leaving('OCt')],
  ])('%s says so (%s) %s', async (rule, how, _, planted) => {
    expect(await blindTo(planted)).toContainEqual([rule, how]);
  });

  it('is not said of what was observed', async () => {
    const seen: Planted = { ...witness([]), config: {} };
    const rules = (await blindTo(seen)).map(([rule]) => rule);
    expect(rules).toEqual(['connection-cycling']);
  });

  it('is said of circuits whose bytes are nobody’s in particular', async () => {
    const shared: Planted = {
      bytes: 'connection',
      lines: (poll) => [1, 2].map((circ) => line(poll, { conn: 40, circ, flags: 'IRt' })),
    };
    const rules = (await blindTo(shared)).filter(([, how]) => how === 'part').map(([rule]) => rule);
    expect(rules).toContain('asymmetric-circuit');
    expect(rules).toContain('bandwidth-hog');
  });

  it('never reads like a finding', async () => {
    const { rows } = await foundIn([BACKGROUND]);
    for (const row of rows.filter((each) => each[1] === 'not observable')) {
      expect(row[8]).toMatch(/^(Not observable|Not all observable): /);
    }
  });
});

describe('thresholds', () => {
  it.each<[string, number, Planted, boolean]>([
    ['many-connections-one-address.connections', 19, many(19), true],
    ['many-connections-one-address.connections', 21, many(20), false],
    ['asymmetric-circuit.ratio', 9, onesided(20_000, 180_000), true],
    ['asymmetric-circuit.rate', 30_000, onesided(20_000, 200_000), false],
    ['asymmetric-circuit.seconds', 50, onesided(20_000, 200_000, 6), true],
    ['unestablished-circuit.seconds', 50, outboundOnly(2, 7, 10), true],
    ['bandwidth-hog.share', 0.979, hog(0.98), true],
    ['bandwidth-hog.seconds', 121, hog(0.991), false],
    ['bandwidth-hog.bytes', 2 ** 40, hog(0.991), false],
    ['connection-cycling.closed', 19, cycling(19), true],
    ['connection-cycling.closed', 20, cycling(20), true],
    ['witness-mismatch.snapshots', 1, witness([4]), true],
    ['descriptor-exhaustion.share', 0.899, descriptors(899), true],
  ])('%s=%d', async (name, value, planted, fires) => {
    const { told } = await foundIn([BACKGROUND, planted], [[name, value]]);
    expect(told.map(([rule]) => rule)).toEqual(fires ? [name.split('.')[0]] : []);
  });

  it('each has a meaning, and each rule a harmless cause', () => {
    for (const { thresholds, harmless, explanation } of RULES) {
      expect(harmless.length).toBeGreaterThan(20);
      expect(explanation.length).toBeGreaterThan(20);
      for (const { says } of Object.values(thresholds)) expect(says.length).toBeGreaterThan(5);
    }
    expect(RULES.length).toBe(11);
  });
});
