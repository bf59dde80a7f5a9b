/** What the rules could not observe, and that they say so instead of having found nothing. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recording } from '../../src/recording/reader.ts';
import { RULES } from '../../src/reports/findings/rules.ts';
import { findings } from '../../src/reports/findings.ts';
import { importInto, tableOf, temporaryFolder } from '../recording/tapes.ts';
import { foundIn as allFoundIn, type Found } from './found.ts';
import { disagreement, LONG, local, onesided, outside, withheld } from './incidents.ts';
import { BACKGROUND, line, type Planted, timeOf, toRelay, transcriptWith } from './planted.ts';

const observes = (what: object): Planted => ({
  header: { observes: { short_connections: true, ...what } },
});

/** With it nothing is left unseen: a witness, and a source that tells of the shortest connections. */
const SEEN: Planted = { ...disagreement([], {}), ...observes({}) };

const EVENTS: Planted = {
  extra: (poll) => {
    const at = new Date(Date.parse('2026-11-23T20:00:00Z') + poll * 10_000).toISOString();
    return { events: [{ at, conn_id: 99, what: 'closed', reason: 'DONE' }] };
  },
};

const part = (rule: string, unseen: string) =>
  `${rule} part: Not found in what could be seen. Not seen: ${unseen}.`;

const nothing = (rule: string, unseen: string) => `${rule} all: Not observable: ${unseen}.`;

/** What needs more than the five minutes that most of these recordings last is told of by itself. */
const SLOW = 'connection-cycling';
const QUICK = RULES.map(({ name }) => name).filter((name) => name !== SLOW);

async function foundIn(...question: Parameters<typeof allFoundIn>): Promise<Found> {
  const found = await allFoundIn(...question);
  const blind = found.blind.filter((each) => !each.startsWith(SLOW));
  expect(found.blind.length - blind.length).toBe(1);
  return { ...found, blind };
}

/** Rules in the order in which they are told. */
const OF_CIRCUITS = ['unestablished-circuit', 'asymmetric-circuit', 'bandwidth-hog'];
/** Those that look for what lasts. */
const OF_LASTING = ['unestablished-circuit', 'bandwidth-hog'];
const OF_CONNECTIONS = [
  ...['local-network-connection', 'many-connections-one-address'],
  ...['many-connections-from-one-address', 'non-relay-outbound'],
  'beacon',
];

const blindTo = async (...planted: readonly Planted[]) =>
  (await foundIn([BACKGROUND, ...planted])).blind;

const NO_EXITS = 'Tor lists no exit connections';

const IS_EXIT = 'the relay is an exit: such connections are what it is for';

const WHICH_PLACE = 'which of the connections whose address is not kept go to one place';

const UNCOUNTED =
  'how many connections go to one address, of those that are not kept: the source did not count them';

const UNCOUNTED_STRANGERS =
  'how many connections come from one address, of those that are not a relay’s: the source did not count them';

const NO_LOAD = 'what Tor counts of its load';
const NO_METRICS = "Tor's MetricsPort was not read";
const NO_DESCRIPTORS = 'the recording does not have info/descriptor-used and info/descriptor-limit';

const NO_CIRCUITS = 'a stock Tor lists no circuit that others built';

const shared: Planted = {
  header: { bytes: 'connection' },
  lines: (poll) => [1, 2].map((circ) => line(poll, { conn: 40, circ, flags: 'IRt' })),
};

const info = (told: Record<string, string | undefined>): Planted => ({
  info: () => told as Record<string, string>,
});

const failing = (polls: readonly number[]): Planted => ({
  extra: (poll) =>
    polls.includes(poll) ? { witness: { tool: 'ss', failed: 'it may not be read' } } : {},
});

describe('what cannot be observed', () => {
  it('is nothing where all was told', async () => {
    const { blind, quiet } = await foundIn([BACKGROUND, SEEN]);
    expect([blind, quiet]).toEqual([[], QUICK]);
  });

  it('is what only events and a witness tell, where there are none', async () => {
    const short =
      'connections shorter than 10s between two polls: conn/all lists what is open at a poll';
    expect(await blindTo()).toEqual([
      ...OF_CONNECTIONS.map((rule) => part(rule, short)),
      nothing('witness-mismatch', 'no witness was recorded'),
    ]);
  });

  it.each<[string, Planted, string[]]>([
    [
      'circuits',
      observes({ transit_circuits: NO_CIRCUITS }),
      OF_CIRCUITS.map((rule) => part(rule, `circuits of others: ${NO_CIRCUITS}`)),
    ],
    [
      'circuits that could not be placed',
      { info: (poll) => ({ 'conntape/unplaced-circuits': `${poll > 3 && poll < 7 ? poll : 0}` }) },
      OF_CIRCUITS.map((rule) =>
        part(rule, '6 circuits at once that could not be placed (3 of 31 snapshots)'),
      ),
    ],
    [
      'bytes',
      observes({ bytes: 'only of some' }),
      [
        nothing('asymmetric-circuit', 'bytes: only of some'),
        part('bandwidth-hog', 'bytes: only of some'),
      ],
    ],
    [
      'the bytes of circuits that share a connection',
      shared,
      ['asymmetric-circuit', 'bandwidth-hog'].map((rule) =>
        part(rule, 'the bytes of circuits that share a connection: they cannot be separated'),
      ),
    ],
    [
      'lines that could not be read',
      { lines: (poll) => (poll < 2 ? ['1 2 3', 'x'] : []) },
      [
        ...OF_CIRCUITS.slice(0, 2),
        ...OF_CONNECTIONS.slice(0, 3),
        OF_CIRCUITS[2]!,
        ...OF_CONNECTIONS.slice(3),
      ].map((rule) => part(rule, '4 lines that could not be read (2 of 31 snapshots)')),
    ],
    [
      'connections that Tor does not list',
      observes({ connections: NO_EXITS }),
      OF_CONNECTIONS.map((rule) => part(rule, `connections: ${NO_EXITS}`)),
    ],
    [
      'short connections, of which a stock Tor tells in part',
      observes({ short_connections: 'only some' }),
      OF_CONNECTIONS.map((rule) =>
        part(rule, 'connections shorter than 10s between two polls: only some'),
      ),
    ],
    [
      'ages',
      observes({ ages: 'only of some' }),
      [part('beacon', 'when connections opened: only of some')],
    ],
    [
      'whether private addresses are refused',
      { config: { ExitPolicyRejectPrivate: undefined } },
      [nothing('local-network-connection', 'the recording does not have ExitPolicyRejectPrivate')],
    ],
    [
      'what the operator permits',
      { ...local({ conn: 700 }), config: { ExitPolicyRejectPrivate: '0' } },
      [
        nothing(
          'local-network-connection',
          'ExitPolicyRejectPrivate is 0: the operator permits such connections',
        ),
        // Where they go is not kept then.
        part('many-connections-one-address', `${UNCOUNTED} (5 of 31 snapshots)`),
        part('beacon', `${WHICH_PLACE} (5 of 31 snapshots)`),
      ],
    ],
    [
      'whether the relay is an exit',
      { config: { ExitRelay: undefined } },
      [
        nothing(
          'non-relay-outbound',
          'the recording does not say whether the relay is an exit (ExitRelay)',
        ),
      ],
    ],
    [
      'whether the policy makes it an exit',
      { config: { ExitRelay: 'auto' } },
      [
        nothing(
          'non-relay-outbound',
          'ExitRelay is auto, which leaves open whether the relay is an exit',
        ),
      ],
    ],
    [
      'what an exit is for',
      { config: { ExitRelay: '1' } },
      [nothing('non-relay-outbound', IS_EXIT)],
    ],
    [
      'what an exit by its policy is for',
      { config: { ExitRelay: 'auto', 'exit-policy/accepts': '1' } },
      [nothing('non-relay-outbound', IS_EXIT)],
    ],
    [
      'nothing at a relay that is none',
      { config: { ExitRelay: 'auto', 'exit-policy/accepts': '0' } },
      [],
    ],
    [
      'where connections go whose address is not kept',
      withheld(12, 'OCt'),
      [
        part('many-connections-one-address', `${UNCOUNTED} (5 of 31 snapshots)`),
        part('beacon', `${WHICH_PLACE} (5 of 31 snapshots)`),
      ],
    ],
    [
      'how many connect from one address, where nobody counted',
      { extra: (poll) => (poll < 20 ? {} : { inbound: {} }) },
      [part('many-connections-from-one-address', `${UNCOUNTED_STRANGERS} (11 of 31 snapshots)`)],
    ],
    [
      'how many descriptors are used',
      info({ 'info/descriptor-used': undefined }),
      [nothing('descriptor-exhaustion', NO_DESCRIPTORS)],
    ],
    [
      'how many there may be',
      info({ 'info/descriptor-limit': undefined }),
      [nothing('descriptor-exhaustion', NO_DESCRIPTORS)],
    ],
    [
      'anything where there may be none',
      info({ 'info/descriptor-limit': '0' }),
      [nothing('descriptor-exhaustion', NO_DESCRIPTORS)],
    ],
    [
      'how many descriptors were used before it was told',
      {
        info: (poll) => (poll < 3 ? { 'info/descriptor-used': 'unknown' } : {}),
      },
      [part('descriptor-exhaustion', `${NO_DESCRIPTORS} (3 of 31 snapshots)`)],
    ],
    [
      'what Tor counts of its load, where its MetricsPort was not read',
      info({ 'conntape/metrics-read': 'no' }),
      [nothing('overload', `${NO_LOAD}: ${NO_METRICS}`)],
    ],
    [
      'what Tor counts of its load but for what heartbeats say',
      {
        info: (poll): Record<string, string> => ({
          'conntape/metrics-read': 'no',
          ...(poll < 4 ? {} : { 'heartbeat/dos{type="circuits rejected"}': '0' }),
        }),
      },
      [
        part(
          'overload',
          `${NO_LOAD}: ${NO_METRICS} (4 of 31 snapshots); ${NO_LOAD} but its defences, which heartbeats report: ${NO_METRICS} (27 of 31 snapshots)`,
        ),
      ],
    ],
  ])('is said of %s', async (_, planted, expected) => {
    expect(await blindTo(SEEN, planted)).toEqual(expected);
  });

  it('is all, of a source that tells of no circuits, though it lists its own', async () => {
    const alone: Planted = {
      ...observes({ transit_circuits: NO_CIRCUITS }),
      lines: (poll) => [
        line(poll, { conn: 1, flags: 'IRt' }),
        toRelay(poll, { conn: 2, circ: 5, flags: 'OCT' }),
      ],
    };
    const { told, blind } = await foundIn([SEEN, alone]);
    expect([told, blind]).toEqual([
      [],
      OF_CIRCUITS.map((rule) => nothing(rule, `circuits of others: ${NO_CIRCUITS}`)),
    ]);
  });

  const cycling = async (...planted: Planted[]) =>
    (await allFoundIn([...planted, { until: LONG }])).blind.find((each) => each.startsWith(SLOW));

  it.each<[number, string, string]>([
    [29, 'part', 'part'],
    [30, 'all', 'part'],
  ])('of cuts at a poll every %d s is %s, and with events %s', async (seconds, polled, told) => {
    const every: Planted = { header: { interval_s: seconds } };
    expect(await cycling(every)).toMatch(`connection-cycling ${polled}: `);
    expect(await cycling(every, EVENTS)).toMatch(`connection-cycling ${told}: `);
    expect(await cycling(every, SEEN)).toBeUndefined();
  });

  it.each<[number, boolean]>([
    // From 20:00 to 21:10 there are seven times 10 minutes.
    [419, false],
    [420, true],
  ])('of what is usual is all, unless a recording lasts to poll %d', async (until, isLong) => {
    const { blind } = await allFoundIn([BACKGROUND, SEEN, { until }]);
    const unseen =
      'what is usual: the window holds too few whole stretches of 10 minutes, aligned to the hour';
    expect(blind).toEqual(isLong ? [] : [nothing(SLOW, unseen)]);
  });

  it.each<[string, Planted, string]>([
    [
      'lines that could not be read',
      { lines: (poll) => (poll < 2 ? ['1 2 3', 'x'] : []) },
      '4 lines that could not be read (2 of 501 snapshots)',
    ],
    [
      'connections that Tor does not list',
      observes({ connections: NO_EXITS }),
      `connections: ${NO_EXITS}`,
    ],
    [
      'short connections',
      observes({ short_connections: 'only some' }),
      'connections shorter than 10s between two polls: only some',
    ],
  ])('of cuts is said of %s', async (_, planted, unseen) => {
    expect(await cycling(BACKGROUND, SEEN, planted)).toBe(part(SLOW, unseen));
  });

  it('is not what is counted of withheld addresses, or only when it is not', async () => {
    const withheldAll = withheld(12, 'OCt');
    const some = await blindTo(SEEN, withheldAll, outside(2, 4, 5));
    expect(some[0]).toBe(part('many-connections-one-address', `${UNCOUNTED} (2 of 31 snapshots)`));
    const all = await blindTo(SEEN, withheldAll, outside(2, 6, 5));
    expect(all.map((each) => each.split(' ')[0])).toEqual(['beacon']);
  });

  it('is what a witness missed that failed', async () => {
    const every = Array.from({ length: 31 }, (_, poll) => poll);
    const failed = 'the witness failed: it may not be read';
    expect(await blindTo(SEEN, failing(every))).toEqual([nothing('witness-mismatch', failed)]);
    expect(await blindTo(SEEN, failing([3, 4, 9]))).toEqual([
      part('witness-mismatch', `${failed} (3 of 31 snapshots)`),
    ]);
  });

  it('is what a witness cannot miss that shares the reading which the listing was made of', async () => {
    const counts = { reported: 0, system: 0 };
    const witness = {
      ...{ tool: 'ss', shared: true, tolerance: 2, ...counts, only_reported: [], only_system: [] },
      ...{ inbound: counts, outbound: counts },
    };
    const why =
      'connections of which Tor’s events do not tell: the listing was made of the sockets that the witness read';
    expect(await blindTo(SEEN, { extra: () => ({ witness }) })).toEqual([
      part('witness-mismatch', why),
    ]);
  });

  it('is no asymmetry of bytes that are derived: those prove nothing', async () => {
    const derived = observes({ bytes: 'what went out is taken to have come in' });
    const planted = onesided(8, [0, 20], 0, 204_800);
    const found = async (...more: Planted[]) =>
      (await foundIn([BACKGROUND, SEEN, planted, ...more])).told.map(({ rule }) => rule);
    expect(await found()).toEqual(['asymmetric-circuit']);
    expect(await found(derived)).toEqual([]);
  });

  it('is a gap, for every rule that needs the tape', async () => {
    const { told, blind } = await foundIn([BACKGROUND, SEEN, { missed: [14, 15, 16] }]);
    expect(told.map(({ rule }) => rule)).toEqual(['recorder-gap']);
    const gap = '40s of 5m, in 1 gap: the recorder was blind';
    expect(blind).toEqual(
      QUICK.filter((name) => name !== 'recorder-gap').map((name) => part(name, gap)),
    );
  });

  it('is told of rules that found something, too', async () => {
    const { told, blind } = await foundIn([
      BACKGROUND,
      SEEN,
      observes({ short_connections: 'no' }),
      local({ conn: 700 }),
    ]);
    expect(told.map(({ rule }) => rule)).toEqual(['local-network-connection']);
    expect(blind[0]).toBe(
      'local-network-connection part: Not all observable. Not seen: connections shorter than 10s between two polls: no.',
    );
  });
});

describe('a part of the recording', () => {
  const windowed = async (from: number, to: number, ...planted: Planted[]) =>
    await foundIn([BACKGROUND, SEEN, ...planted], {
      window: { from: timeOf(from), to: timeOf(to) },
    });

  const ALL_BUT_GAPS = QUICK.filter((name) => name !== 'recorder-gap');

  /** Rules that look at what goes from snapshot to snapshot. */
  const OVER_TIME = ['asymmetric-circuit', 'beacon', 'witness-mismatch'];

  /** What is said of a window in which no time was seen, and of the rules that need none. */
  const withoutTime = (unseen: string) =>
    ALL_BUT_GAPS.map((rule) => {
      if (OF_LASTING.includes(rule)) {
        return nothing(rule, 'what lasts 1m: the window holds no 1m without a gap');
      }
      return OVER_TIME.includes(rule)
        ? nothing(rule, 'two snapshots without a gap in between: the window holds none')
        : part(rule, unseen);
    });

  it('in which all was seen leaves nothing unseen', async () => {
    const { blind, quiet } = await windowed(3, 20);
    expect([blind, quiet]).toEqual([[], QUICK]);
  });

  it('that reaches beyond it is not seen whole by any rule', async () => {
    const { blind, quiet } = await windowed(-10, 35);
    const beyond = '2m30s of 7m30s: nothing was recorded then';
    expect([blind, quiet]).toEqual([QUICK.map((name) => part(name, beyond)), []]);
  });

  it('with one snapshot shows no time', async () => {
    const { blind, quiet } = await windowed(2.5, 3.5);
    const moment = 'all but one moment: the window holds one snapshot';
    expect(quiet).toEqual(['recorder-gap']);
    expect(blind).toEqual(withoutTime(moment));
  });

  it('between two snapshots that a gap divides shows no time either', async () => {
    const { blind } = await windowed(13, 17, { missed: [14, 15, 16] });
    expect(blind).toEqual(withoutTime('40s of 40s, in 1 gap: the recorder was blind'));
  });

  it.each([
    [3, 8.9, [], 'nothing'],
    [3, 9, [], 'all'],
    [10, 22, [14, 15, 16], 'nothing'],
    [10, 23, [14, 15, 16], 'part'],
  ])('from poll %d to %d without %j shows of what lasts 1m: %s', async (from, to, missed, how) => {
    const { blind, quiet } = await windowed(from, to, { missed });
    const told = blind.filter((each) => OF_LASTING.includes(each.split(' ')[0]!));
    const unseen = {
      nothing: OF_LASTING.map((rule) =>
        nothing(rule, 'what lasts 1m: the window holds no 1m without a gap'),
      ),
      part: told.filter((each) => each.includes('Not found in what could be seen')),
      all: [],
    }[how]!;
    expect(told).toEqual(unseen);
    expect(OF_LASTING.every((rule) => quiet.includes(rule))).toBe(how === 'all');
  });

  it('is judged by the thresholds that were set', async () => {
    const { blind } = await foundIn([BACKGROUND, SEEN], {
      thresholds: new Map([['bandwidth-hog.seconds', 301]]),
    });
    expect(blind).toEqual([
      nothing('bandwidth-hog', 'what lasts 5m1s: the window holds no 5m1s without a gap'),
    ]);
  });

  it('polled more rarely than an incident lasts does not show all of them', async () => {
    const rarely = Array.from({ length: 30 }, (_, poll) => poll).filter((poll) => poll % 10 > 0);
    const { blind } = await foundIn([
      BACKGROUND,
      SEEN,
      { missed: rarely, header: { interval_s: 100, observes: { short_connections: true } } },
    ]);
    expect(blind).toEqual(
      OF_LASTING.map((rule) =>
        part(rule, 'what is over within 1m40s, the time between two polls (3 of 4 snapshots)'),
      ),
    );
  });

  it.each([
    [15, 20, '20s of 50s'],
    [10, 15, '20s of 50s'],
    [17, 20, undefined],
  ])('that a gap reaches into, from poll %d to %d, says how far: %s', async (from, to, unseen) => {
    const { blind } = await windowed(from, to, { missed: [14, 15, 16] });
    const told = blind.find((each) => each.startsWith('local-network-connection'));
    expect(told).toEqual(
      unseen === undefined
        ? undefined
        : part('local-network-connection', `${unseen}, in 1 gap: the recorder was blind`),
    );
  });
});

describe('what the recording was told of its relay', () => {
  /** Two recorders, one after the other; the second comes with the poll of 20:02:30. */
  const unseenByTwo = async (after: Planted, rule: string) => {
    const path = join(temporaryFolder(), 'a.tape');
    const planted = [BACKGROUND, SEEN];
    const later = transcriptWith(...planted, after);
    await importInto(path, transcriptWith(...planted).slice(0, 16));
    await importInto(path, [later[0]!, ...later.slice(16)]);
    const recording = Recording.open(path);
    try {
      const row = [...tableOf(findings, recording).rows].find(([name]) => name === rule)!;
      return row.slice(1, 3).concat(String(row[8]).split('Not seen: ')[1]!);
    } finally {
      recording.close();
    }
  };

  const BETWEEN = '10s of 5m, in 1 gap: the recorder was blind';

  it.each<[string, Planted, string]>([
    [
      'local-network-connection',
      { config: { ExitPolicyRejectPrivate: '0' } },
      'ExitPolicyRejectPrivate is 0: the operator permits such connections (16 of 31 snapshots)',
    ],
    ['non-relay-outbound', { config: { ExitRelay: '1' } }, `${IS_EXIT} (16 of 31 snapshots)`],
    [
      'beacon',
      { header: { interval_s: 20, observes: {} } },
      'connections shorter than 20s between two polls: conn/all lists what is open at a poll (16 of 31 snapshots)',
    ],
    [
      'beacon',
      observes({ connections: NO_EXITS }),
      `connections: ${NO_EXITS} (16 of 31 snapshots)`,
    ],
  ])('is asked of the time that is judged: %s, %j', async (rule, after, unseen) => {
    expect(await unseenByTwo(after, rule)).toEqual(['not found', 'part', `${BETWEEN}; ${unseen}.`]);
  });

  it('finds what leaves a relay that is not an exit, until it became one', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    const leaving: Planted = { lines: (poll) => [line(poll, { conn: 750, flags: 'ORt' })] };
    const before = transcriptWith(leaving);
    const after = transcriptWith(leaving, { config: { ExitRelay: '1' } });
    await importInto(path, before.slice(0, 4));
    await importInto(path, [after[0]!, ...after.slice(4)]);
    const recording = Recording.open(path);
    try {
      const rows = [...tableOf(findings, recording).rows].filter(([, how]) => how === 'critical');
      expect(rows.map((row) => row.slice(0, 5).concat(row[7]!))).toEqual([
        [
          ...['non-relay-outbound', 'critical', 'connection 750 (run 1)'],
          ...[timeOf(0), timeOf(2), '1..3'],
        ],
      ]);
    } finally {
      recording.close();
    }
  });

  it('lets live on what an exit admitted, and finds what leaves later', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    const leaving: Planted = {
      lines: (poll) => [
        line(poll, { conn: 750, flags: 'ORt' }),
        // Of the first poll behind the change: it may have come before.
        ...(poll >= 3 ? [line(poll, { conn: 751, born: 2.5, flags: 'ORt' })] : []),
        ...(poll >= 6 ? [line(poll, { conn: 752, born: 5.5, flags: 'ORt' })] : []),
      ],
    };
    const before = transcriptWith(leaving, { config: { ExitRelay: '1' } });
    const after = transcriptWith(leaving);
    await importInto(path, before.slice(0, 4));
    await importInto(path, [after[0]!, ...after.slice(4)]);
    const recording = Recording.open(path);
    try {
      const rows = [...tableOf(findings, recording).rows].filter(([, how]) => how === 'critical');
      expect(rows.map((row) => row[2])).toEqual(['connection 752 (run 1)']);
    } finally {
      recording.close();
    }
  });

  it('lets live on what an exit admitted, behind a gap that leaves no age known', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    const lines = (poll: number): string[] => {
      // Two streams that the recorder finds anew, with no age; one that opened after the change.
      if (poll < 12) return [line(poll, { conn: 750, flags: 'ORt' })];
      const again = line(poll, { conn: 750, born: 12, flags: 'ORt' });
      const late = line(poll, { conn: 752, born: 9, flags: 'ORt' });
      return [`${again} AGE=unknown`, line(poll, { conn: 751, born: 2, flags: 'ORt' }), late];
    };
    const leaving: Planted = { missed: [7, 8, 9, 10, 11], lines };
    const before = transcriptWith(leaving, { config: { ExitRelay: '1' } });
    const after = transcriptWith(leaving);
    await importInto(path, before.slice(0, 4));
    await importInto(path, [after[0]!, ...after.slice(4)]);
    const recording = Recording.open(path);
    try {
      const rows = [...tableOf(findings, recording).rows].filter(([, how]) => how === 'critical');
      expect(rows.map((row) => row[2])).toEqual(['connection 752 (run 1)']);
    } finally {
      recording.close();
    }
  });

  it('finds nothing while the exit policy, which follows later, still accepts', async () => {
    const leaving: Planted = { lines: (poll) => [line(poll, { conn: 750, flags: 'ORt' })] };
    const config = { ExitRelay: '0', 'exit-policy/accepts': '1' };
    const path = join(temporaryFolder(), 'a.tape');
    await importInto(path, transcriptWith(leaving, { config }));
    const recording = Recording.open(path);
    try {
      const rows = [...tableOf(findings, recording).rows].filter(([, how]) => how === 'critical');
      expect(rows).toEqual([]);
    } finally {
      recording.close();
    }
  });
});
