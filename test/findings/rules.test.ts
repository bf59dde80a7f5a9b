/**
 * Each rule of the audit fires at an incident, and stays silent at its near miss: planted alone, and
 * all together with background traffic.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/reports/findings/rules.ts';
import { findings } from '../../src/reports/findings.ts';
import { reportCsv, tableOf, withRecording } from '../recording/tapes.ts';
import { foundIn, thresholds, whole } from './found.ts';
import {
  blocked,
  calls,
  cut,
  descriptors,
  disagreement,
  hidden,
  hog,
  INCIDENTS,
  many,
  manyOfRelay,
  onesided,
  outboundOnly,
  outside,
  rising,
  series,
  strangers,
} from './incidents.ts';
import { ACROSS_THE_OUTAGE, LATE_AFTER_THE_OUTAGE, NEAR_MISSES } from './nearMisses.ts';
import { BACKGROUND, DROPPED, during, line, type Planted, transcriptWith } from './planted.ts';

const incidents = Object.values(INCIDENTS);
const { planted: outage, told: gap } = INCIDENTS['polls that nobody took']!;

describe('the audit', () => {
  it('has an incident for each rule', () => {
    expect(new Set(incidents.map(({ told }) => told.rule))).toEqual(
      new Set(RULES.map(({ name }) => name)),
    );
  });

  it('finds nothing in background traffic', async () => {
    expect((await foundIn([BACKGROUND])).told).toEqual([]);
  });

  it.each(Object.entries(INCIDENTS))('finds %s', async (_, { planted, told }) => {
    expect((await foundIn([BACKGROUND, planted])).told).toEqual([whole(told)]);
  });

  it.each(Object.entries(NEAR_MISSES))('does not mind %s', async (_, planted) => {
    expect((await foundIn([BACKGROUND, planted])).told).toEqual([]);
  });

  it.each(Object.entries(ACROSS_THE_OUTAGE))('does not mind %s', async (_, planted) => {
    expect((await foundIn([BACKGROUND, planted])).told).toEqual([whole(gap)]);
    const { missed: _missed, ...seen } = planted;
    expect((await foundIn([BACKGROUND, seen])).told.length).toBe(seen.witness ? 0 : 1);
  });
});

describe('a scan of the own network', () => {
  const scan = (ports: number): Planted => ({
    lines: during(2, 6, (poll) =>
      Array.from({ length: ports }, (_, index) =>
        line(poll, { conn: 700 + index, flags: 'oRt', ip: 'fd00::9', port: 1000 - index }),
      ),
    ),
  });

  it.each([
    [3, '3 connections went there, to port 998, 999, 1000, and it is not a known relay.'],
    [
      12,
      '12 connections went there, to port 989, 990, 991, 992, 993, 994, 995, 996, 997, 998 and 2 more, and it is not a known relay.',
    ],
  ])('of %d ports is told in a line', async (ports, says) => {
    const { told } = await foundIn([BACKGROUND, scan(ports)]);
    expect(told.map(({ subject, value }) => [subject, value])).toEqual([['fd00::9', ports]]);
    const texts = await withRecording(transcriptWith(scan(ports)), (recording) =>
      [...tableOf(findings, recording).rows].map((row) => String(row[8])),
    );
    expect(texts[0]).toContain(says);
  });
});

describe('what moved while nobody looked', () => {
  it('is of no time, wherever it is seen again', async () => {
    const { told } = await foundIn([BACKGROUND, LATE_AFTER_THE_OUTAGE]);
    expect(told.map(({ rule }) => rule)).toEqual(['recorder-gap']);
  });

  it('hides nobody', async () => {
    const { told } = await foundIn([BACKGROUND, LATE_AFTER_THE_OUTAGE, hog(61, [126, 134], 0.992)]);
    expect(told.map(({ rule, subject }) => [rule, subject])).toEqual([
      ['bandwidth-hog', 'circuit 61 (run 1)'],
      ['recorder-gap', 'recorder'],
    ]);
  });
});

describe('a gap', () => {
  const gapOf = async (...planted: Planted[]) =>
    await withRecording(transcriptWith(BACKGROUND, ...planted), (recording) => {
      const row = [...tableOf(findings, recording).rows].find(([rule]) => rule === 'recorder-gap');
      return [row![5], String(row![8]).split(' Harmless')[0]];
    });

  it('in which Tor was restarted says so', async () => {
    expect(await gapOf({ missed: [10, 11, 12] })).toEqual([
      40,
      'Nothing was recorded for 40 s: no snapshots.',
    ]);
    expect(await gapOf({ missed: [10, 11, 12], restarts: [12.5] })).toEqual([
      40,
      'Nothing was recorded for 40 s: no snapshots. Tor was restarted meanwhile.',
    ]);
  });

  it('from 1970 on is a board without a clock', async () => {
    const header = transcriptWith(BACKGROUND)[0]!;
    const snapshots = ['1970-01-01T00:00:40Z', '1970-01-01T00:00:50Z', '2026-11-27T08:00:00Z'];
    const lines = snapshots.map((at) => JSON.stringify({ at, conn: '1 0 0 0 0 0 IRt 0 0 30' }));
    const said = await withRecording([header, ...lines], (recording) => {
      const row = [...tableOf(findings, recording).rows].find(([rule]) => rule === 'recorder-gap');
      return [row![5], String(row![8])];
    });
    expect(said[0]).toBeNull();
    expect(said[1]).toContain('The clock was set only then');
  });
});

/** Incidents and near misses, all in one recording. */
const EVERYTHING: readonly Planted[] = [
  BACKGROUND,
  ...incidents.map(({ planted }) => planted),
  ...Object.values(NEAR_MISSES),
  ...Object.values(ACROSS_THE_OUTAGE),
];

const GOLDEN = new URL('../fixtures/golden/findings.csv', import.meta.url);

describe('all together', () => {
  it('are found, worst first, and nothing else', async () => {
    const ranks = ['critical', 'warning', 'notice', 'info'];
    const rules = RULES.map(({ name }) => name);
    const expected = incidents
      .map(({ told }) => whole(told))
      .sort(
        (a, b) =>
          ranks.indexOf(a.severity) - ranks.indexOf(b.severity) ||
          rules.indexOf(a.rule) - rules.indexOf(b.rule) ||
          a.seen[0] - b.seen[0],
      );
    expect((await foundIn(EVERYTHING)).told).toEqual(expected);
  });

  it('are the golden file', async () => {
    const csv = await withRecording(transcriptWith(...EVERYTHING), (recording) =>
      reportCsv(findings, recording),
    );
    expect(csv).toBe(readFileSync(GOLDEN, 'utf8'));
  });
});

describe('how bad it is', () => {
  it.each<[string, Planted, string, number | null]>([
    ['99 KiB moved meanwhile', outboundOnly(8, [0, 10], (99 * 1024) / 10), 'notice', 100],
    ['100 KiB moved meanwhile', outboundOnly(8, [0, 10], (100 * 1024) / 10), 'warning', 100],
    ['nearly all of all bytes, for 110 s', hog(8, [0, 11], 0.992), 'notice', 0.992],
    ['nearly all of all bytes, for 120 s', hog(8, [0, 12], 0.992), 'warning', 0.992],
    ['99 times as much', onesided(8, [0, 10], 2_048, 99 * 2_048), 'warning', 99],
    ['100 times as much', onesided(8, [0, 10], 2_048, 204_800), 'critical', 100],
    ['nothing taken in', onesided(8, [0, 10], 0, 204_800), 'critical', null],
    ['nothing sent out', onesided(8, [0, 10], 3_000_000, 0), 'warning', null],
  ])('%s', async (_, planted, severity, value) => {
    const { told } = await foundIn([BACKGROUND, planted]);
    expect(told.map((one) => [one.severity, one.value])).toEqual([[severity, value]]);
  });

  it('is told of what was so bad: a part of what is found may be', async () => {
    // 12 times as much for 60 s, then 200 times for 60 s.
    const worse: Planted = {
      lines: (poll) => {
        const [first, then] = [Math.min(poll, 6), Math.max(poll - 6, 0)];
        const bytes = [first * 17_000 + then * 1_000, (first * 12 * 17 + then * 200) * 1_000];
        return poll <= 12 ? onesided(8, [0, 1], bytes[0]!, bytes[1]!).lines!(1) : [];
      },
    };
    const { told } = await foundIn([BACKGROUND, worse]);
    expect(told.map((one) => one.severity)).toEqual(['critical']);
    expect(told[0]!.value).toBeGreaterThanOrEqual(100);
  });
});

describe('what is told', () => {
  it('is the most that there were', async () => {
    const fewer: Planted = {
      lines: (poll) => many(poll < 6 ? 25 : 21, '203.0.113.20', 5000).lines!(poll),
    };
    const used = [descriptors(3, 4, 950), descriptors(5, 6, 910)];
    const { told } = await foundIn([BACKGROUND, fewer, ...used]);
    expect(told.map(({ value, seen }) => [value, seen])).toEqual([
      [25, [3, 9]],
      [0.95, [3, 6]],
    ]);
  });

  it('begins with what began first', async () => {
    const [long, short] = [outboundOnly(8, [2, 20], 10), blocked(9, [4, 12], 10)];
    const { told } = await foundIn([BACKGROUND, short, long]);
    expect(told.map(({ seen }) => seen[0])).toEqual([2, 4]);
  });
});

describe('a threshold', () => {
  const eight = calls(series(8, 1, 55), '10.0.0.32', 3200);
  const slow = calls(series(13, 1, 39), '10.0.0.30', 3000);

  it.each<[string, number, Planted, boolean]>([
    ['unestablished-circuit.seconds', 50, outboundOnly(8, [2, 7], 10), true],
    ['unestablished-circuit.seconds', 61, outboundOnly(8, [2, 8], 10), false],
    ['asymmetric-circuit.ratio', 9, onesided(8, [0, 10], 20_000, 180_000), true],
    ['asymmetric-circuit.ratio', 10.1, onesided(8, [0, 10], 20_000, 200_000), false],
    ['asymmetric-circuit.rate', 18_001, onesided(8, [0, 10], 20_000, 200_000), false],
    ['asymmetric-circuit.rate', 9_000, onesided(8, [0, 10], 10_000, 100_000), true],
    ['asymmetric-circuit.seconds', 39, onesided(8, [0, 10], 20_000, 200_000), false],
    ['asymmetric-circuit.seconds', 40, onesided(8, [0, 10], 20_000, 200_000), true],
    ['asymmetric-circuit.bytes', 1_800_001, onesided(8, [0, 10], 20_000, 200_000), false],
    ['asymmetric-circuit.bytes', 1_800_000, onesided(8, [0, 10], 20_000, 200_000), true],
    ['asymmetric-circuit.queue', 1_185_600, onesided(8, [0, 10], 200_000, 20_000), true],
    ['asymmetric-circuit.queue', 1_185_601, onesided(8, [0, 10], 200_000, 20_000), false],
    ['many-connections-one-address.connections', 19, many(19, '203.0.113.5', 5000), true],
    ['many-connections-one-address.connections', 21, many(20, '203.0.113.5', 5000), false],
    ['many-connections-one-address.connections', 19, outside(2, 4, 19), true],
    ['many-connections-from-one-address.relay_connections', 7, manyOfRelay(7, 5300), true],
    ['many-connections-from-one-address.relay_connections', 9, manyOfRelay(8, 5300), false],
    ['many-connections-from-one-address.connections', 49, strangers(2, 4, 49), true],
    ['many-connections-from-one-address.connections', 51, strangers(2, 4, 50), false],
    ['bandwidth-hog.share', 0.979, hog(8, [0, 10], 0.98), true],
    ['bandwidth-hog.share', 0.996, hog(8, [0, 10], 0.992), false],
    ['bandwidth-hog.seconds', 101, hog(8, [0, 10], 0.992), false],
    ['bandwidth-hog.seconds', 50, hog(8, [0, 5], 0.992), true],
    ['bandwidth-hog.circuits', 11, hog(8, [0, 10], 0.992), true],
    ['bandwidth-hog.circuits', 12, hog(8, [0, 10], 0.992), false],
    ['bandwidth-hog.bytes', 2 ** 40, hog(8, [0, 10], 0.992), false],
    ['connection-cycling.ends', 19, cut(34, 19, 6000), true],
    ['connection-cycling.ends', 21, cut(34, 20, 6000), false],
    ['connection-cycling.times', 20.1, cut(34, 20, 6000), false],
    ['connection-cycling.chance', 1e-20, cut(34, 20, 6000), false],
    ['beacon.openings', 8, eight, true],
    ['beacon.openings', 9, eight, false],
    ['beacon.chance', 1e-20, slow, false],
    ['witness-mismatch.snapshots', 1, disagreement([4], hidden(22)), true],
    ['witness-mismatch.snapshots', 3, disagreement([4, 5], hidden(22)), false],
    ['descriptor-exhaustion.share', 0.899, descriptors(3, 4, 899), true],
    ['descriptor-exhaustion.share', 0.901, descriptors(3, 4, 900), false],
    ['overload.rise', 13, rising(DROPPED, [0, 1, 13]), true],
    ['overload.rise', 14, rising(DROPPED, [0, 1, 13]), false],
    ['overload.sockets', 0.1, {}, true],
  ])('%s=%d', async (name, value, planted, fires) => {
    const { told } = await foundIn([BACKGROUND, planted], thresholds([name, value]));
    expect(told.map(({ rule, threshold }) => [rule, threshold])).toEqual(
      fires ? [[name.split('.')[0], told[0]?.threshold]] : [],
    );
  });

  it.each<[string, number, Planted, string]>([
    ['unestablished-circuit.bytes', 1000, blocked(9, [0, 10], 100), 'warning'],
    ['unestablished-circuit.bytes', 1001, blocked(9, [0, 10], 100), 'notice'],
    ['bandwidth-hog.warning', 100, hog(8, [0, 10], 0.992), 'warning'],
    ['bandwidth-hog.warning', 101, hog(8, [0, 10], 0.992), 'notice'],
    ['asymmetric-circuit.critical', 20, onesided(8, [0, 10], 10_000, 200_000), 'critical'],
    ['asymmetric-circuit.critical', 21, onesided(8, [0, 10], 10_000, 200_000), 'warning'],
  ])('%s=%d makes it %s', async (name, value, planted, severity) => {
    const { told } = await foundIn([BACKGROUND, planted], thresholds([name, value]));
    expect(told.map((one) => one.severity)).toEqual([severity]);
  });

  it('has a meaning, and each rule a harmless cause', () => {
    for (const { thresholds: its, harmless, explanation } of RULES) {
      expect(harmless.length).toBeGreaterThan(20);
      expect(explanation.length).toBeGreaterThan(20);
      for (const { says } of Object.values(its)) expect(says.length).toBeGreaterThan(5);
    }
  });
});

describe('a window', () => {
  it('cuts what is found, and its times', async () => {
    const whole = onesided(8, [0, 30], 20_000, 200_000);
    const window = {
      from: Date.parse('2026-11-23T20:01:00Z'),
      to: Date.parse('2026-11-23T20:02:05Z'),
    };
    const { told } = await foundIn([BACKGROUND, whole, outage], { window });
    expect(told.map(({ rule, seen, shown }) => [rule, seen, shown])).toEqual([
      ['asymmetric-circuit', [6, 12], [6, 12]],
    ]);
    const short = { ...window, to: Date.parse('2026-11-23T20:01:39Z') };
    expect((await foundIn([BACKGROUND, whole], { window: short })).told).toEqual([]);
  });
});
