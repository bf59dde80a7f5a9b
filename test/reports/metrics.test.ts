/** Reports metrics and load: what Tor counts of itself, beside what was seen. */
import { describe, expect, it } from 'vitest';
import { caughtByPolls } from '../../src/reports/caught.ts';
import { churn } from '../../src/reports/churn.ts';
import { load } from '../../src/reports/load.ts';
import { metrics } from '../../src/reports/metrics.ts';
import type { Report } from '../../src/reports/report.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

const HEADER = {
  ...{ transcript: 1, source: 'stock', bytes: 'connection', interval_s: 10 },
  relay: { fingerprint: 'F'.repeat(40), nickname: 'r', tor_version: '0.4.9.11' },
};

const MINUTE = 60;

const timeOf = (s: number) => new Date(Date.UTC(2026, 10, 23, 20, 0, s)).toISOString();

interface Poll {
  readonly conn?: string;
  readonly info?: Record<string, string>;
  readonly more?: Record<string, unknown>;
}

function transcript(polls: readonly (readonly [second: number, poll: Poll] | object)[]): string[] {
  return [HEADER, ...polls].map((poll) => {
    if (!Array.isArray(poll)) return JSON.stringify(poll);
    const [second, { conn = '', info = {}, more = {} }] = poll as [number, Poll];
    return JSON.stringify({ at: timeOf(second), conn, info, ...more });
  });
}

type Told = Record<string, unknown>;

/** Rows in buckets of a minute, as objects; times are seconds from the first. */
async function told(report: Report, polls: Parameters<typeof transcript>[0]): Promise<Told[]> {
  return await withRecording(transcript(polls), (recording) => {
    const { columns, rows } = tableOf(report, recording, { bucketMs: MINUTE * 1000 });
    return [...rows].map((row) =>
      Object.fromEntries(
        columns.map(({ name, kind }, place) => {
          const cell = row[place]!;
          const isTime = kind === 'time' && cell !== null;
          return [name, isTime ? (Number(cell) - Date.parse(timeOf(0))) / 1000 : cell];
        }),
      ),
    );
  });
}

/** What the report of metrics has of one name: bucket and value. */
async function valuesOf(name: string, polls: Parameters<typeof transcript>[0]) {
  const rows = (await told(metrics, polls)).filter((row) => row['name'] === name);
  return rows.map((row) => [row['bucket_start'], row['value']]);
}

const DROPPED = 'metrics/tor_relay_load_onionskins_total{type="ntor",action="dropped"}';
const NAME = 'tor_relay_load_onionskins_total';
const dropped = (value: number | string, more: Record<string, string> = {}): Poll => ({
  info: { [`metrics-type/${NAME}`]: 'counter', [DROPPED]: `${value}`, ...more },
});

describe('metrics', () => {
  it('has names, labels and kinds as Tor has them, a counter’s increase, a gauge’s last value', async () => {
    const info = (dropped: number, open: number, up: number) => ({
      'metrics-type/tor_relay_connections': 'gauge',
      [`metrics-type/${NAME}`]: 'counter',
      [DROPPED]: `${dropped}`,
      'metrics/tor_relay_connections{type="OR",direction="received"}': `${open}`,
      'metrics/unheard_of': '-1.5',
      'info/uptime-process': `${up}`,
      'info/relay/read-total': `${up * 1000}`,
      'network-liveness': 'up',
      'accounting/bytes': `${up} ${up * 2}`,
    });
    const rows = await told(metrics, [
      [0, { info: info(3, 5, 100) }],
      [10, { info: info(10, 7, 110) }],
      [20, { info: info(10, 6, 120) }],
    ]);
    expect(rows.map(({ bucket_start, ...row }) => Object.values(row))).toEqual([
      ['accounting/bytes', 'direction="read"', 'counter', 20],
      ['accounting/bytes', 'direction="written"', 'counter', 40],
      ['info/relay/read-total', null, 'counter', 20_000],
      ['info/uptime-process', null, 'gauge', 120],
      ['tor_relay_connections', 'type="OR",direction="received"', 'gauge', 6],
      [NAME, 'type="ntor",action="dropped"', 'counter', 7],
      ['unheard_of', null, 'untyped', -1.5],
    ]);
  });

  it('has the increase in the bucket of the later snapshot, and 0 where it stood still', async () => {
    const polls: Parameters<typeof transcript>[0] = [
      [0, dropped(3)],
      [50, dropped(5)],
      [60, dropped(11)],
      [120, dropped(11)],
      [130, dropped(11)],
    ];
    expect(await valuesOf(NAME, polls)).toEqual([
      // 50 s and 60 s are longer than 2.5 intervals: gaps.
      [0, null],
      [60, 6],
      [120, 0],
    ]);
  });

  it('has none of a gap in any bucket', async () => {
    expect(
      await valuesOf(NAME, [
        [0, dropped(3)],
        [10, dropped(4)],
        { gap: { from: timeOf(10), to: timeOf(20), reason: 'the control port closed' } },
        [20, dropped(1000)],
        [30, dropped(1002)],
      ]),
    ).toEqual([[0, 3]]);
  });

  it('begins again at 0 with another run of Tor, and where a counter fell', async () => {
    const up = (seconds: number) => ({ 'info/uptime-process': `${seconds}` });
    expect(
      await valuesOf(NAME, [
        [0, dropped(3, up(1000))],
        [10, dropped(4, up(1010))],
        [20, dropped(9, up(2))],
        [30, dropped(7, up(12))],
      ]),
    ).toEqual([[0, 1 + 9 + 7]]);
  });

  it('has no row of what was not read in a bucket, and takes what it missed for one step', async () => {
    const no = { info: { 'conntape/metrics-read': 'no' } };
    const yes = (value: number) => dropped(value, { 'conntape/metrics-read': 'yes' });
    const polls: Parameters<typeof transcript>[0] = [
      [40, yes(3)],
      [50, yes(4)],
      ...Array.from({ length: 7 }, (_, index) => [60 + 10 * index, no] as const),
      [130, yes(10)],
    ];
    expect(await valuesOf(NAME, polls)).toEqual([
      [0, 1],
      [120, 6],
    ]);
  });

  it('does not compare what was read with values of another recorder', async () => {
    const no = { 'conntape/metrics-read': 'no' };
    const lines = transcript([
      [0, dropped(3)],
      [10, { info: no }],
      [20, dropped(10, { 'conntape/metrics-read': 'yes' })],
      [30, dropped(12)],
    ]);
    await withRecording(lines, (recording) => {
      const window = { from: Date.parse(timeOf(10)), to: Date.parse(timeOf(30)) };
      const { rows } = tableOf(metrics, recording, { window });
      expect([...rows].filter(([, name]) => name === NAME).map((row) => row[4])).toEqual([2]);
    });
  });

  it('is exact where numbers are great, and says what is none', async () => {
    const rows = await told(metrics, [
      [
        0,
        { info: { 'metrics/a': '18446744073709551614', 'metrics/b': '+Inf', 'metrics/c': 'NaN' } },
      ],
      [10, dropped('18446744073709551614')],
      [20, dropped('18446744073709551615')],
    ]);
    expect(rows.map(({ name, value }) => [name, value])).toEqual([
      ['a', 18446744073709551614n],
      ['b', Number.POSITIVE_INFINITY],
      ['c', Number.NaN],
      [NAME, 1],
    ]);
  });
});

const RELAY = 'AB'.repeat(20);

const counted = (type: string, direction: string, open: number) => ({
  [`metrics/tor_relay_connections{type="${type}",direction="${direction}",state="opened",family="ipv4"}`]: `${open}`,
});

const createdBy = (type: string, direction: string, connections: number) => ({
  [`metrics/tor_relay_connections_total{type="${type}",direction="${direction}",state="created",family="ipv4"}`]: `${connections}`,
});

describe('what polls caught', () => {
  const made = (exits: number, controls: number, directories = 0): Record<string, string> => ({
    'conntape/metrics-read': 'yes',
    ...createdBy('Exit', 'initiated', exits),
    ...createdBy('Control', 'received', controls),
    ...createdBy('Metrics', 'received', 100 * controls),
    ...createdBy('Directory', 'initiated', directories),
    'metrics/tor_relay_connections_total{type="Exit",direction="received",state="rejected"}': '77',
  });
  const exit = (conn: number, uptime: number) => `${conn} 0 0 0 0 0 ORt 1 1 ${uptime}`;

  it('are the connections that Tor counted as created, by kind, and those of them that were seen', async () => {
    const lines = transcript([
      // Before anybody read the MetricsPort.
      [0, { conn: exit(1, 9), info: { 'conntape/metrics-read': 'no' } }],
      [10, { conn: exit(2, 9), info: made(1000, 5, 7) }],
      [
        20,
        { conn: `${exit(2, 19)}\n${exit(3, 4)}\n3 7 0 0 0 0 ORt 1 1 4`, info: made(1008, 5, 9) },
      ],
      [
        30,
        { conn: '4 0 0 127.0.0.1 40000 9051 IXt 1 1 2', info: { 'conntape/metrics-read': 'no' } },
      ],
      [40, { conn: exit(5, 2), info: made(1010, 7, 17) }],
    ]);
    await withRecording(lines, (recording) => {
      expect(caughtByPolls(recording)).toEqual([
        { kind: 'exit', seen: 2, created: 10 },
        { kind: 'directory', seen: 0, created: 10 },
        { kind: 'control', seen: 1, created: 2 },
      ]);
    });
  });

  it('are those of each run of Tor, from its first reading to its last', async () => {
    const up = (seconds: number) => ({ 'info/uptime-process': `${seconds}` });
    const lines = transcript([
      [0, { info: { ...made(50, 0), ...up(900) } }],
      [10, { conn: exit(1, 3), info: { ...made(54, 0), ...up(910) } }],
      [20, { conn: exit(2, 1), info: { ...made(3, 0), ...up(2) } }],
      [30, { conn: exit(3, 1), info: { ...made(5, 0), ...up(12) } }],
      [40, { conn: exit(4, 1), info: { 'conntape/metrics-read': 'no', ...up(22) } }],
    ]);
    await withRecording(lines, (recording) => {
      expect(caughtByPolls(recording)[0]).toEqual({ kind: 'exit', seen: 2, created: 6 });
    });
  });

  it('is nothing where the MetricsPort was not read twice', async () => {
    const once = [
      [0, { info: made(1, 1) }] as const,
      [10, { info: { 'conntape/metrics-read': 'no' } }] as const,
    ];
    for (const polls of [[], once, [[0, {}] as const]]) {
      await withRecording(transcript(polls), (recording) => {
        expect(caughtByPolls(recording)).toEqual([]);
      });
    }
  });
});

describe('load', () => {
  const polls: Parameters<typeof transcript>[0] = [
    [
      0,
      {
        conn: '1 0 0 0 0 0 IRt 100 200 50 CIRCS=3\n2 0 0 0 0 0 ORt 5 5 9 CIRCS=4',
        info: {
          ...{ 'info/descriptor-used': '28', 'info/descriptor-limit': '1024' },
          ...{ 'info/uptime-process': '100', 'info/relay/read-total': '1000' },
        },
      },
    ],
    [
      10,
      {
        conn: '1 0 0 0 0 0 IRt 1100 2200 60 CIRCS=5\n1 7 0 0 0 0 IRt 1100 2200 60 CIRCS=5\n3 7 0 0 0 0 ORt 40 50 2',
        info: { 'info/uptime-process': '110', 'info/relay/read-total': '5000' },
      },
    ],
    // No dump was taken with this one.
    [20, { conn: '1 0 0 0 0 0 IRt 1100 2200 70\n1 7 0 0 0 0 IRt 1100 2200 70' }],
  ];

  it('is the relay as a whole', async () => {
    const [row, ...others] = await told(load, polls);
    expect(others).toEqual([]);
    expect(row).toEqual({
      ...{ bucket_start: 0, bucket_end: 60, observed_s: 20, open: 1, opened: 1, closed: 2 },
      ...{ read_bytes: 1040, written_bytes: 2050, read_rate: 52, written_rate: 102.5 },
      ...{ circuits: 1, channel_circuits: 5, descriptors_used: 28, descriptors_limit: 1024 },
      ...{ uptime: 110, relay_read_bytes: 4000, relay_written_bytes: null },
      ...{ listed: null, counted_by_tor: null, apart: null },
    });
  });

  it('has the buckets of churn', async () => {
    const later = [...polls, [400, { conn: '' }] as const];
    const buckets = (rows: Told[]) => rows.map((row) => [row['bucket_start'], row['opened']]);
    const rows = await told(load, later);
    expect(buckets(rows)).toEqual(buckets(await told(churn, later)));
    expect(rows[3]).toMatchObject({ read_bytes: 0, circuits: null, uptime: null, apart: null });
  });

  it('counts a connection once, by kind and direction, and says where Tor counts others', async () => {
    const conn = [
      '1 0 0 0 0 0 IRt 1 1 50',
      '1 7 0 0 0 0 IRt 1 1 50',
      `2 0 ${RELAY} 203.0.113.2 443 33000 ORT 1 1 50`,
      '3 7 0 0 0 0 ORt 1 1 50',
      '4 0 0 127.0.0.1 40000 9051 IXt 1 1 50',
      '5 0 0 0 0 0 IDt 1 1 50',
      '6 0 0 0 0 0 oCT 1 1 50',
      '7 0 0 0 0 0 OHt 1 1 50',
    ].join('\n');
    const info = (exits: number) => ({
      ...counted('OR', 'received', 1),
      ...counted('OR', 'initiated', 2),
      ...counted('OR listener', 'initiated', 1),
      ...counted('Exit', 'initiated', exits),
      ...counted('Control', 'received', 1),
      ...counted('Metrics', 'received', 1),
      ...counted('Directory', 'received', 1),
      ...counted('Directory', 'initiated', 71),
    });
    const [agreeing] = await told(load, [
      [0, { conn, info: info(3) }],
      [10, { conn, info: info(1) }],
      [20, { conn, info: info(3) }],
    ]);
    expect(agreeing).toMatchObject({ listed: 7, counted_by_tor: 8, apart: '' });
    const [hiding] = await told(load, [
      [0, { conn: `${conn}\n8 0 0 0 0 0 IDt 1 1 50`, info: info(5) }],
      [10, { conn: `${conn}\n8 0 0 0 0 0 IDt 1 1 50`, info: info(4) }],
    ]);
    const apart = 'Exit initiated +2; Directory received -1';
    expect(hiding).toMatchObject({ listed: 8, counted_by_tor: 9, apart });
  });
});
