/** What recordings say of complaints, question by question. */
import { describe, expect, it } from 'vitest';
import { answersTo } from '../../src/reports/answer/answer.ts';
import type {
  Complaint,
  ComplaintAnswer,
  QuestionName,
} from '../../src/reports/answer/complaint.ts';
import { withRecording } from '../recording/tapes.ts';
import {
  after,
  EXIT,
  exitLine,
  FULL,
  gapLine,
  headerLine,
  iso,
  MIDDLE,
  pollLine,
  pollLines,
  relayLine,
  sessionLine,
} from './complaints.ts';

type Asked = Omit<Complaint, 'at' | 'withinMs'> & { readonly at: number; readonly within?: number };

/** The answers to a question; times in seconds after the beginning. */
async function answered(
  lines: readonly string[],
  question: QuestionName,
  { at, within = 25, ...more }: Asked,
): Promise<ComplaintAnswer[]> {
  const complaint = { at: after(at), withinMs: within * 1000, ...more };
  return await withRecording(lines, (recording) =>
    answersTo(recording, complaint).filter((answer) => answer.question === question),
  );
}

function to(ip: string, port?: number) {
  return { destination: { ip, port } };
}

/** Verdicts with the times that they are of, in seconds after the beginning. */
function verdicts(answers: readonly ComplaintAnswer[]) {
  const since = (time: number) => (time - after(0)) / 1000;
  return answers.map(({ verdict, from, to: until }) => [verdict, since(from), since(until)]);
}

const QUIET = [headerLine(EXIT), ...pollLines(0, 600)];

/** An outage from 200 to 300. */
const OUTAGE = [
  headerLine(EXIT),
  ...pollLines(0, 200),
  gapLine(200, 300, 'control port closed'),
  ...pollLines(300, 600),
];

describe('was it recorded then', () => {
  it('seen, with the snapshots around it, and since when Tor ran', async () => {
    const [answer] = await answered(QUIET, 'recorded', { at: 304 });
    expect(verdicts([answer!])).toEqual([['seen', 300, 310]]);
    expect(answer!.evidence).toEqual(
      [
        `6 snapshots from ${iso(270)} to ${iso(330)}, of exit ${'AB'.repeat(20)}, Tor 0.4.9.11`,
        `the recording reaches from ${iso(0)} to ${iso(600)}`,
        `Tor ran since ${iso(-1000)}, by its uptime at ${iso(270)}`,
      ].map((fact) => fact.replace('6 snap', '7 snap')),
    );
  });

  it('seen, between two snapshots that a narrow window does not hold', async () => {
    const answers = await answered(QUIET, 'recorded', { at: 304, within: 1 });
    expect(verdicts(answers)).toEqual([['seen', 300, 310]]);
  });

  it('not observable in a gap, through which one process ran', async () => {
    const answers = await answered(OUTAGE, 'recorded', { at: 250, within: 60 });
    expect(verdicts(answers)).toEqual([['not observable', 250, 250]]);
    expect(answers[0]!.because).toContain(
      `from ${iso(200)} to ${iso(300)}: control port closed. Tor ran all the while`,
    );
  });

  it('not observable in a gap, in which Tor was started', async () => {
    const lines = [
      ...OUTAGE.slice(0, 23),
      ...pollLines(300, 600, (seconds) => ({
        info: { 'info/uptime-process': `${seconds - 280}` },
      })),
    ];
    const [answer] = await answered(lines, 'recorded', { at: 250, within: 60 });
    expect(answer!.because).toContain(`Tor was started at ${iso(280)}, meanwhile`);
    // A restart without a gap shows by the uptimes alone.
    const restarted = [
      headerLine(EXIT),
      ...pollLines(0, 600, (seconds) =>
        seconds < 300 ? {} : { info: { 'info/uptime-process': `${seconds - 295}` } },
      ),
    ];
    const [seen] = await answered(restarted, 'recorded', { at: 300, within: 60 });
    expect(seen!.evidence.slice(2)).toEqual([
      `Tor ran since ${iso(-1000)}, by its uptime at ${iso(240)}`,
      `Tor ran since ${iso(295)}, by its uptime at ${iso(300)}`,
    ]);
  });

  it.each([
    [-60, 'the recording begins later'],
    [660, 'the recording ends earlier'],
  ])('not observable %s s from the beginning, where the window reaches it', async (at, why) => {
    const [answer] = await answered(QUIET, 'recorded', { at, within: 90 });
    expect(answer).toMatchObject({ verdict: 'not observable' });
    expect(answer!.because).toContain(why);
  });

  it.each([
    [-3600, 25, /^$/],
    [3600, 25, /^$/],
    [250, 25, /a gap \(control port closed\)/],
  ])('is an error where nothing of the window was seen: %s', async (at, within, around) => {
    const thrown = await answered(OUTAGE, 'recorded', { at, within }).catch((error) => error);
    expect(thrown).toMatchObject({ kind: 'recording' });
    expect(thrown.parts.cause).toMatch(/^nothing was recorded from /);
    expect(thrown.hint).toContain(`it holds ${iso(0)} to ${iso(600)}, 52 snapshots`);
    expect(thrown.hint.split('snapshots 21')[1] ?? '').toMatch(around);
  });
});

describe('was it an exit', () => {
  it.each([
    [{ ...EXIT }, 'seen'],
    [{ ...MIDDLE }, 'not seen'],
    // Tor obeys the policy, not the option.
    [{ ExitRelay: '1', 'exit-policy/accepts': '0' }, 'not seen'],
    [{ ExitRelay: '0', 'exit-policy/accepts': '1' }, 'seen'],
    [{ ExitRelay: '0' }, 'not seen'],
    [{ ExitRelay: '1' }, 'seen'],
    [{ ExitRelay: 'auto' }, 'not observable'],
    [{}, 'not observable'],
  ])('%j: %s', async (config, verdict) => {
    const lines = [headerLine(config), ...pollLines(0, 600)];
    expect(verdicts(await answered(lines, 'exit', { at: 300 }))).toEqual([[verdict, 270, 330]]);
  });

  it('has an answer for each time in which it was another, and for a gap', async () => {
    const lines = [...OUTAGE, sessionLine(604, MIDDLE), ...pollLines(610, 700)];
    const answers = await answered(lines, 'exit', { at: 400, within: 250 });
    expect(verdicts(answers)).toEqual([
      ['seen', 150, 200],
      ['not observable', 200, 300],
      ['seen', 300, 600],
      ['not seen', 604, 650],
    ]);
    expect(answers[3]!.evidence[0]).toBe(`it became so between ${iso(600)} and ${iso(604)}`);
  });

  it('knows of a change that was undone before the next poll', async () => {
    const lines = [
      headerLine(MIDDLE),
      ...pollLines(0, 300),
      sessionLine(302, EXIT),
      sessionLine(305, MIDDLE),
      ...pollLines(310, 600),
    ];
    expect(verdicts(await answered(lines, 'exit', { at: 300 }))).toEqual([
      ['not seen', 270, 300],
      ['seen', 302, 302],
      ['not seen', 305, 330],
    ]);
  });

  it('knows that what a poll behind the window found may have begun in it', async () => {
    const lines = [
      headerLine(MIDDLE),
      ...pollLines(0, 320),
      sessionLine(330, EXIT),
      ...pollLines(330, 600),
    ];
    const before = await answered(lines, 'exit', { at: 310, within: 5 });
    expect(verdicts(before)).toEqual([['not seen', 300, 320]]);
    const across = await answered(lines, 'exit', { at: 320, within: 5 });
    expect(verdicts(across)).toEqual([
      ['not seen', 310, 320],
      ['seen', 330, 330],
    ]);
    expect(across[1]!.evidence[0]).toBe(`it became so between ${iso(320)} and ${iso(330)}`);
    // What was over before the window is nothing to it.
    const later = await answered(lines, 'exit', { at: 335, within: 4 });
    expect(verdicts(later)).toEqual([['seen', 330, 340]]);
  });

  it('leaves out what was over before the window, and what came behind what came behind it', async () => {
    const lines = [
      headerLine(MIDDLE),
      ...pollLines(0, 320),
      sessionLine(324, EXIT),
      pollLine(330),
      sessionLine(338, MIDDLE),
      sessionLine(339, EXIT),
      ...pollLines(340, 600),
    ];
    expect(verdicts(await answered(lines, 'exit', { at: 328, within: 2 }))).toEqual([
      ['seen', 324, 330],
    ]);
    expect(verdicts(await answered(lines, 'exit', { at: 330.5, within: 0.5 }))).toEqual([
      ['seen', 330, 330],
      ['not seen', 338, 338],
    ]);
  });
});

describe('did its policy admit', () => {
  it.each<[ip: string, port: number | undefined, verdict: string, because: string]>([
    ['198.51.100.7', 443, 'seen', 'It accepted 198.51.100.7:443, by its rule “accept *:443”.'],
    ['198.51.100.7', 25, 'not seen', 'It rejected 198.51.100.7:25, by its rule “reject *:*”: Tor'],
    ['10.1.2.3', 80, 'not seen', 'It rejected 10.1.2.3:80, by its rule “reject 10.0.0.0/8:*”: Tor'],
    ['2001:db8::1', 443, 'not seen', 'It rejected [2001:db8::1]:443, by its rule “reject6 *:*”'],
    [
      '198.51.100.7',
      undefined,
      'seen',
      'It accepted 198.51.100.7 on ports 80, 443, and on no other.',
    ],
    ['10.1.2.3', undefined, 'not seen', 'It rejected 10.1.2.3 on every port'],
  ])('%s %s: %s', async (ip, port, verdict, because) => {
    const answers = await answered(QUIET, 'policy', { at: 300, ...to(ip, port) });
    expect(verdicts(answers)).toEqual([[verdict, 270, 330]]);
    expect(answers[0]!.because.startsWith(because)).toBe(true);
    expect(answers[0]!.evidence).toEqual([
      `the policy had ${FULL.length} rules; the first that matches decides`,
    ]);
  });

  it.each<[name: string, config: Record<string, string>, verdict: string, because: string]>([
    ['is not asked', { ExitRelay: 'auto' }, 'not observable', 'not hold the exit policy'],
    [
      'accepts something',
      { 'exit-policy/accepts': '1' },
      'not observable',
      'not hold the exit policy',
    ],
    [
      'is too long',
      { 'exit-policy/full': '', 'exit-policy/accepts': '1' },
      'not observable',
      'longer',
    ],
    ['cannot be read', { 'exit-policy/full': 'accept a:80' }, 'not observable', 'can be read'],
    ['accepts nothing', { 'exit-policy/accepts': '0' }, 'not seen', 'accepted nothing'],
    ['is an option’s', { ExitRelay: '0' }, 'not seen', 'ExitRelay was 0'],
    [
      'has no last rule',
      { 'exit-policy/full': 'reject *:25' },
      'seen',
      'Tor accepts what none names',
    ],
    ['accepts all', { 'exit-policy/full': 'accept *:*' }, 'seen', 'by its rule “accept *:*”'],
  ])('where it %s', async (_, config, verdict, because) => {
    const lines = [headerLine(config), ...pollLines(0, 600)];
    const [answer, ...others] = await answered(lines, 'policy', {
      at: 300,
      ...to('198.51.100.7', 443),
    });
    expect(others).toEqual([]);
    expect(answer).toMatchObject({ verdict });
    expect(answer!.because).toContain(because);
  });

  it('before and after it changed, and what an earlier policy let through stays', async () => {
    const strict = { ...EXIT, 'exit-policy/full': 'reject *:443\naccept *:*' };
    const lines = [
      headerLine(EXIT),
      ...pollLines(0, 300),
      sessionLine(310, strict),
      ...pollLines(310, 600),
    ];
    const answers = await answered(lines, 'policy', { at: 300, ...to('198.51.100.7', 443) });
    expect(verdicts(answers)).toEqual([
      ['seen', 270, 300],
      ['not seen', 310, 330],
    ]);
    expect(answers[1]!.evidence).toEqual([
      `it became so between ${iso(300)} and ${iso(310)}`,
      'the policy had 2 rules; the first that matches decides',
      `until ${iso(310)} an earlier policy accepted it: Tor leaves open what it then let through`,
    ]);
    // Where the change makes no difference to the question there is one answer.
    const same = await answered(lines, 'policy', { at: 300, ...to('198.51.100.7', 80) });
    expect(same.map(({ verdict }) => verdict)).toEqual(['seen', 'seen']);
    expect(same.map(({ because }) => because)[1]).toContain('“accept *:*”');
  });

  it('is not asked without a destination', async () => {
    expect(await answered(QUIET, 'policy', { at: 300 })).toEqual([]);
    expect(await answered(QUIET, 'destination', { at: 300 })).toEqual([]);
    expect(await answered(QUIET, 'source', { at: 300 })).toEqual([]);
  });
});

describe('did it connect to', () => {
  const lines = (config: Record<string, string>, exits: boolean) => [
    headerLine(config),
    ...pollLines(0, 600, (seconds) => ({
      lines: [
        relayLine(1, seconds, '192.0.2.77'),
        ...(seconds < 310 ? [relayLine(2, seconds, '2001:DB8::77', 443)] : []),
        ...(exits ? [exitLine(3, seconds, -50)] : []),
        // Inbound, whatever it is: it did not go there.
        `9 0 ${'EF'.repeat(20)} 198.51.100.9 4 9001 IRT 1 1 ${seconds + 10}`,
      ],
    })),
  ];

  it('a relay: seen, from when to when', async () => {
    const answers = await answered(lines(EXIT, true), 'destination', {
      at: 300,
      ...to('2001:db8::77', 443),
    });
    expect(verdicts(answers)).toEqual([['seen', 270, 330]]);
    expect(answers[0]!.evidence).toEqual([
      `connection 2 (run 1, ORT) to [2001:DB8::77]:443, relay ${'CD'.repeat(20)}, seen from ${iso(270)} to ${iso(300)}`,
    ]);
    const another = { at: 300, ...to('2001:db8::77', 444) };
    expect(await answered(lines(EXIT, true), 'destination', another)).toMatchObject([
      { verdict: 'not observable' },
    ]);
  });

  it('what only connected here: not that', async () => {
    const asked = { at: 300, ...to('198.51.100.9') };
    expect(await answered(lines(MIDDLE, false), 'destination', asked)).toMatchObject([
      { verdict: 'not seen' },
    ]);
  });

  it('another place: not observable of an exit, not seen of a relay that is none', async () => {
    const asked = { at: 300, ...to('198.51.100.7', 443) };
    const [exit] = await answered(lines(EXIT, true), 'destination', asked);
    expect(exit).toMatchObject({ verdict: 'not observable' });
    expect(exit!.because).toContain('never stored');
    // Nothing stood in a snapshot, and yet something may have gone.
    expect(await answered(lines(EXIT, false), 'destination', asked)).toMatchObject([
      { verdict: 'not observable' },
    ]);
    const [middle] = await answered(lines(MIDDLE, false), 'destination', asked);
    expect(middle).toMatchObject({ verdict: 'not seen' });
    expect(middle!.because).toContain('none of the 2 outbound connections whose address is kept');
    // No exit by its policy, but something that left stood there.
    expect(await answered(lines(MIDDLE, true), 'destination', asked)).toMatchObject([
      { verdict: 'not observable' },
    ]);
  });
});

const CREATED =
  'metrics/tor_relay_connections_total{type="Exit",direction="initiated",state="created",family="ipv4"}';

function counted(value: number) {
  return { [CREATED]: `${value}`, 'conntape/metrics-read': 'yes' };
}

describe('how many left', () => {
  it('stood in snapshots, how many at once, and what share that is', async () => {
    const lines = [
      headerLine(EXIT),
      ...pollLines(0, 600, (seconds) => ({
        lines: [
          exitLine(1, seconds, -50),
          ...(seconds >= 300 && seconds <= 310 ? [exitLine(2, seconds, 295)] : []),
          ...(seconds === 320 ? [exitLine(3, seconds, 315)] : []),
          ...(seconds === 500 ? [exitLine(4, seconds, 495)] : []),
          relayLine(9, seconds, '192.0.2.77'),
        ],
        info: counted(seconds),
        extra: { outside: { connections: 2, addresses: 1, most: 2, concentration: 1 } },
      })),
    ];
    const [answer] = await answered(lines, 'left', { at: 300 });
    expect(answer).toMatchObject({ verdict: 'seen' });
    expect(answer!.because).toBe(
      '3 connections to places outside the Tor network stood in snapshots, 2 at once at most. What opened and closed between two polls, at most 10s apart, was not seen (conn/all lists what is open at a poll).',
    );
    expect(answer!.evidence).toEqual([
      `Tor’s MetricsPort counted 60 exit connections made from ${iso(270)} to ${iso(330)}; snapshots held 2 of them, 3.3 %`,
      'at most 2 connections at once to 1 address outside, 2 of them to one',
    ]);
  });

  it('by Tor’s own count alone, and none by either', async () => {
    const lines = (grows: boolean) => [
      headerLine(EXIT),
      ...pollLines(0, 600, (seconds) => ({ info: counted(grows ? seconds : 7) })),
    ];
    const [some] = await answered(lines(true), 'left', { at: 300 });
    expect(some).toMatchObject({ verdict: 'seen' });
    expect(some!.because).toContain('Tor itself counted 60 exit connections');
    const [none] = await answered(lines(false), 'left', { at: 300 });
    expect(none).toMatchObject({ verdict: 'not seen' });
    expect(none!.because).toContain('any of the 7 snapshots; one that was open');
    expect(none!.because).toContain('Tor itself counted none either.');
  });

  it('not seen says how much of its time was blind, where its time runs across that', async () => {
    const outage = (within: number) => ({ at: 250, within, ...to('198.51.100.7', 443) });
    const lines = [
      ...[headerLine(MIDDLE), ...pollLines(0, 200)],
      ...[gapLine(200, 300, 'control port closed'), ...pollLines(300, 600)],
    ];
    for (const question of ['destination', 'left', 'local'] as const) {
      const [answer] = await answered(lines, question, outage(100));
      expect(answer).toMatchObject({ verdict: 'not seen' });
      expect(answer!.because).toMatch(
        / The recorder was blind for 1m40s of that time: what was then is not known\.$/,
      );
      const [later] = await answered(lines, question, { ...outage(50), at: 250 + 200 });
      expect(later!.because).not.toContain('blind');
      // What lies before its time and after it, its time says.
      const [before] = await answered(lines, question, { ...outage(75), at: 175 });
      expect(before!.because).not.toContain('blind');
    }
  });

  it('not seen without Tor’s count says what is not known', async () => {
    const [answer] = await answered(QUIET, 'left', { at: 300 });
    expect(answer).toMatchObject({ verdict: 'not seen' });
    expect(answer!.evidence[0]).toContain('no two readings of Tor’s MetricsPort');
  });

  it('counts those that only events reported', async () => {
    const passing = (what: string, at: number, more = {}) => ({
      ...{ at: iso(at), conn_id: 50, what },
      ...more,
    });
    const events = [
      passing('opened', 293, { or_id: '0', type_flags: 'ORt' }),
      passing('closed', 296),
    ];
    const lines = [
      headerLine(EXIT, { observes: { short_connections: true } }),
      ...pollLines(0, 600, (seconds) => (seconds === 300 ? { extra: { events } } : {})),
    ];
    const [answer] = await answered(lines, 'left', { at: 300 });
    expect(answer).toMatchObject({ verdict: 'seen', evidence: [] });
    expect(answer!.because).toContain('1 more lived between two polls');
    expect(answer!.because).toContain('The source reports those, too');
  });

  it('not observable where the source lists not all', async () => {
    const observes = { connections: 'a tenth of them' };
    const lines = [headerLine(EXIT, { observes }), ...pollLines(0, 600)];
    const [answer] = await answered(lines, 'left', { at: 300 });
    expect(answer).toMatchObject({ verdict: 'not observable' });
    expect(answer!.because).toContain('a tenth of them');
  });

  it('says of how many it is not known whether they did', async () => {
    const lines = [
      headerLine(EXIT),
      ...pollLines(0, 600, (seconds) => ({
        lines: [`5 0 0 203.0.113.9 443 4 UUt 1 1 ${seconds}`],
      })),
    ];
    const [answer] = await answered(lines, 'left', { at: 300 });
    expect(answer).toMatchObject({ verdict: 'not seen' });
    expect(answer!.evidence).toContain('of 1 connection more it is not known whether they left');
  });
});

describe('did any go into the local network', () => {
  const OPEN = { ...EXIT, ExitPolicyRejectPrivate: '0' };
  const local = (config: Record<string, string>) => [
    headerLine(config),
    ...pollLines(0, 600, (seconds) => ({
      lines: seconds === 300 ? [exitLine(7, seconds, 295, '10.0.0.5')] : [],
    })),
  ];

  it('seen while addresses of it are kept, not observable while not', async () => {
    const [seen, ...others] = await answered(local(EXIT), 'local', { at: 300 });
    expect(others).toEqual([]);
    expect(seen).toMatchObject({ verdict: 'seen' });
    expect(seen!.evidence).toEqual([
      `connection 7 (run 1, ORt) to 10.0.0.5:443, seen at ${iso(300)}`,
    ]);
    expect(await answered(local(EXIT), 'local', { at: 400 })).toMatchObject([
      { verdict: 'not seen', evidence: [] },
    ]);
    const asked = { at: 400, ...to('10.0.0.5') };
    expect(await answered(local(EXIT), 'local', asked)).toMatchObject([
      { verdict: 'not seen', evidence: ['10.0.0.5 is such an address'] },
    ]);
    expect(await answered(local(OPEN), 'local', { at: 300 })).toMatchObject([
      { verdict: 'not observable' },
    ]);
  });

  it('not observable of what opened before they were kept', async () => {
    const lines = [
      headerLine(OPEN),
      ...pollLines(0, 290, (seconds) => ({ lines: [exitLine(7, seconds, -50, '10.0.0.5')] })),
      sessionLine(300, EXIT),
      ...pollLines(300, 600, (seconds) => ({
        lines: [exitLine(7, seconds, -50, '10.0.0.5'), exitLine(8, seconds, 305)],
      })),
    ];
    const answers = await answered(lines, 'local', { at: 400 });
    expect(answers.map(({ verdict }) => verdict)).toEqual(['not seen', 'not observable']);
    expect(answers[1]!.because).toMatch(/^Of 1 connection that may have opened before/);
    const across = await answered(lines, 'local', { at: 300 });
    expect(verdicts(across)).toEqual([
      ['not seen', 300, 330],
      ['not observable', 270, 330],
      ['not observable', 270, 290],
    ]);
  });
});

describe('where was it blind', () => {
  it('nowhere, in each gap with its reason, and beyond the recording', async () => {
    expect(verdicts(await answered(QUIET, 'blind', { at: 300 }))).toEqual([['not seen', 270, 330]]);
    const answers = await answered(OUTAGE, 'blind', { at: 250, within: 400 });
    expect(verdicts(answers)).toEqual([
      ['seen', -150, 0],
      ['seen', 200, 300],
      ['seen', 600, 650],
    ]);
    expect(answers.map(({ because }) => because)).toEqual([
      `Nothing was recorded for 2m30s, from ${iso(-150)} to ${iso(0)}: the recording begins later.`,
      `Nothing was recorded for 1m40s, from ${iso(200)} to ${iso(300)}: control port closed.`,
      `Nothing was recorded for 50s, from ${iso(600)} to ${iso(650)}: the recording ends earlier.`,
    ]);
    expect(answers[2]!.evidence).toEqual([
      'the longest step between two snapshots was 10s',
      'not all observed, connections that open and close between two polls: conn/all lists what is open at a poll',
    ]);
  });

  it('does not count the gap beside a window', async () => {
    expect(verdicts(await answered(OUTAGE, 'blind', { at: 330 }))).toEqual([
      ['not seen', 300, 360],
    ]);
    expect(verdicts(await answered(OUTAGE, 'blind', { at: 325 }))).toEqual([
      ['not seen', 300, 350],
    ]);
    expect(verdicts(await answered(OUTAGE, 'blind', { at: 170 }))).toEqual([
      ['not seen', 140, 200],
    ]);
  });

  it('counts a step that is too long', async () => {
    const lines = [headerLine(EXIT), ...pollLines(0, 300), ...pollLines(330, 600)];
    expect(verdicts(await answered(lines, 'blind', { at: 320 }))).toEqual([['seen', 300, 330]]);
  });

  it('sees one snapshot, too', async () => {
    const lines = [headerLine(EXIT), pollLine(0)];
    expect(verdicts(await answered(lines, 'recorded', { at: 0 }))).toEqual([['seen', 0, 0]]);
  });
});

describe('was the source its own', () => {
  it('seen where it is named, else not observable', async () => {
    const own = { at: 300, source: '192.0.2.1' };
    const [seen] = await answered(QUIET, 'source', own);
    expect(seen).toMatchObject({ verdict: 'seen', evidence: ['it stands in ORPort'] });
    const [other] = await answered(QUIET, 'source', { ...own, source: '192.0.2.9' });
    expect(other).toMatchObject({ verdict: 'not observable' });
    expect(other!.evidence).toEqual(['of this relay’s addresses it names 192.0.2.1 (ORPort)']);
  });
});
