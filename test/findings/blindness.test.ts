/** What the rules could not observe, and that they say so instead of having found nothing. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recording } from '../../src/recording/reader.ts';
import { findings } from '../../src/reports/findings.ts';
import { importInto, tableOf, temporaryFolder } from '../recording/tapes.ts';
import { foundIn } from './found.ts';
import { disagreement, local, outside, withheld } from './incidents.ts';
import { BACKGROUND, line, type Planted, transcriptWith } from './planted.ts';

/** With it nothing is left unseen: a witness, and events. */
const SEEN: Planted = {
  ...disagreement([], {}),
  extra: (poll) => {
    const at = new Date(Date.parse('2026-11-23T20:00:00Z') + poll * 10_000).toISOString();
    return { events: [{ at, conn_id: 99, what: 'closed', reason: 'DONE' }] };
  },
};

const blindTo = async (...planted: readonly Planted[]) =>
  (await foundIn([BACKGROUND, ...planted])).blind;

const observes = (what: object): Planted => ({ header: { observes: what } });

const NO_EXITS = 'Tor lists no exit connections';

const NO_CIRCUITS = 'a stock Tor tells of no circuit that others built';

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
    expect(await blindTo(SEEN)).toEqual([]);
  });

  it('is what only events and a witness tell, where there are none', async () => {
    expect(await blindTo()).toEqual([
      'connection-cycling part: Not all observable: the source told of no opening or end itself, and a poll every 10 s misses what lives between two.',
      'witness-mismatch all: Not observable: no witness was recorded.',
    ]);
  });

  it.each<[string, Planted, string[]]>([
    [
      'circuits',
      observes({ transit_circuits: NO_CIRCUITS }),
      ['unestablished-circuit', 'asymmetric-circuit', 'bandwidth-hog'].map(
        (rule) => `${rule} part: Not all observable: ${NO_CIRCUITS}.`,
      ),
    ],
    [
      'bytes',
      observes({ bytes: 'only of some' }),
      ['asymmetric-circuit', 'bandwidth-hog'].map(
        (rule) => `${rule} part: Not all observable: only of some.`,
      ),
    ],
    [
      'the bytes of circuits that share a connection',
      shared,
      ['asymmetric-circuit', 'bandwidth-hog'].map(
        (rule) =>
          `${rule} part: Not all observable: the bytes of circuits that share a connection cannot be told apart.`,
      ),
    ],
    [
      'connections that Tor does not list',
      observes({ connections: NO_EXITS }),
      [
        ...['local-network-connection', 'many-connections-one-address', 'non-relay-outbound'],
        ...['connection-cycling', 'beacon'],
      ].map((rule) => `${rule} part: Not all observable: ${NO_EXITS}.`),
    ],
    [
      'ages',
      observes({ ages: 'only of some' }),
      ['beacon part: Not all observable: openings are not all known (only of some).'],
    ],
    [
      'whether private addresses are refused',
      { config: { ExitPolicyRejectPrivate: undefined } },
      [
        'local-network-connection all: Not observable: the recording does not tell ExitPolicyRejectPrivate.',
      ],
    ],
    [
      'what the operator permits',
      { ...local({ conn: 700 }), config: { ExitPolicyRejectPrivate: '0' } },
      [
        'local-network-connection all: Not observable: ExitPolicyRejectPrivate is 0: the operator permits such connections.',
      ],
    ],
    [
      'whether the relay is an exit',
      { config: { ExitRelay: undefined } },
      [
        'non-relay-outbound all: Not observable: the recording does not tell whether the relay is an exit (ExitRelay).',
      ],
    ],
    [
      'whether the policy makes it an exit',
      { config: { ExitRelay: 'auto' } },
      [
        'non-relay-outbound all: Not observable: ExitRelay is auto, which leaves open whether the relay is an exit.',
      ],
    ],
    [
      'what an exit is for',
      { config: { ExitRelay: '1' } },
      [
        'non-relay-outbound all: Not observable: the relay is an exit: such connections are what it is for.',
      ],
    ],
    [
      'what an exit by its policy is for',
      { config: { ExitRelay: 'auto', 'exit-policy/accepts': '1' } },
      [
        'non-relay-outbound all: Not observable: the relay is an exit: such connections are what it is for.',
      ],
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
        'many-connections-one-address part: Not all observable: the addresses of clients’ and exits’ connections are not kept, and their source does not count how many go to one.',
        'beacon part: Not all observable: places whose address is not kept cannot be told apart.',
      ],
    ],
    [
      'how many descriptors are used',
      info({ 'info/descriptor-used': undefined }),
      [
        'descriptor-exhaustion all: Not observable: the recording does not tell info/descriptor-used and info/descriptor-limit.',
      ],
    ],
    [
      'how many there may be',
      info({ 'info/descriptor-limit': undefined }),
      [
        'descriptor-exhaustion all: Not observable: the recording does not tell info/descriptor-used and info/descriptor-limit.',
      ],
    ],
    [
      'anything where there may be none',
      info({ 'info/descriptor-limit': '0' }),
      [
        'descriptor-exhaustion all: Not observable: the recording does not tell info/descriptor-used and info/descriptor-limit.',
      ],
    ],
  ])('is said of %s', async (_, planted, expected) => {
    expect(await blindTo(SEEN, planted)).toEqual(expected);
  });

  it('is all, of a source that tells of no circuits', async () => {
    const alone: Planted = {
      ...observes({ transit_circuits: NO_CIRCUITS }),
      lines: (poll) => [line(poll, { conn: 1, flags: 'IRt' })],
    };
    const { told, blind } = await foundIn([SEEN, alone]);
    expect([told, blind.map((each) => each.split(':')[0])]).toEqual([
      [],
      ['unestablished-circuit all', 'asymmetric-circuit all', 'bandwidth-hog all'],
    ]);
  });

  it.each<[number, string]>([
    [29, 'part'],
    [30, 'all'],
  ])('of cuts at a poll every %d s and without events is %s', async (seconds, how) => {
    const [cycling] = await blindTo({ header: { interval_s: seconds } });
    expect(cycling).toMatch(`connection-cycling ${how}: `);
    expect(await blindTo(SEEN, { header: { interval_s: seconds } })).toEqual([]);
  });

  it('is not what is counted of withheld addresses, or only when it is not', async () => {
    const withheldAll = withheld(12, 'OCt');
    const some = await blindTo(SEEN, withheldAll, outside(2, 4, 5));
    expect(some[0]).toMatch(/^many-connections-one-address part: .*, at some times,/);
    const all = await blindTo(SEEN, withheldAll, outside(2, 6, 5));
    expect(all.map((each) => each.split(' ')[0])).toEqual(['beacon']);
  });

  it('is what a witness missed that failed', async () => {
    const every = Array.from({ length: 31 }, (_, poll) => poll);
    expect(await blindTo(SEEN, failing(every))).toEqual([
      'witness-mismatch all: Not observable: the witness failed (it may not be read).',
    ]);
    expect(await blindTo(SEEN, failing([3, 4, 9]))).toEqual([
      'witness-mismatch part: Not all observable: the witness failed (it may not be read) in 3 snapshots.',
    ]);
  });

  it('is a part where the configuration changed between two recorders', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    const permitted = { ExitPolicyRejectPrivate: '0', ExitRelay: '1' };
    const planted = [BACKGROUND, SEEN];
    const before = transcriptWith(...planted);
    const after = transcriptWith(...planted, { config: permitted });
    await importInto(path, before.slice(0, 16));
    await importInto(path, [after[0]!, ...after.slice(16)]);
    const recording = Recording.open(path);
    try {
      const rows = [...tableOf(findings, recording).rows]
        .map((row) => row.slice(0, 3))
        .filter(([, severity]) => severity === 'not observable');
      expect(rows).toEqual([
        ['local-network-connection', 'not observable', 'part'],
        ['non-relay-outbound', 'not observable', 'part'],
      ]);
    } finally {
      recording.close();
    }
  });
});
