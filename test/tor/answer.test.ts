/**
 * What is answered to complaints about the exit of a private network, held against what was done there
 * and what Tor did.
 */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { decidingRule, EXIT_POLICY, parseExitPolicy } from '../../src/listing/exitPolicy.ts';
import { ipNumber } from '../../src/listing/ip.ts';
import { Recording } from '../../src/recording/reader.ts';
import { answersTo } from '../../src/reports/answer/answer.ts';
import type {
  Complaint,
  ComplaintAnswer,
  QuestionName,
} from '../../src/reports/answer/complaint.ts';
import { run } from '../commands/running.ts';
import { answerOf, command } from './asking.ts';
import { machineLoopback } from './loopback.ts';
import { startTorNetwork, TOR_START_MS, type TorNetwork, torAvailable } from './network.ts';
import { eventually, TEST_MS } from './patience.ts';
import { recorderOf } from './recorder.ts';
import { fetchBytes, serveBytes } from './traffic.ts';

function read<Found>(path: string, look: (recording: Recording) => Found): Found {
  const recording = Recording.open(path);
  try {
    return look(recording);
  } finally {
    recording.close();
  }
}

describe.skipIf(!torAvailable())('an answer about an exit', () => {
  let network: TorNetwork;

  beforeAll(async () => {
    network = await startTorNetwork();
  }, TOR_START_MS);

  afterAll(() => network?.stop());

  it(
    'says what Tor did: ports, addresses, numbers, a gap, and what was before',
    async () => {
      const { exit, server } = network;
      const other = serveBytes(await machineLoopback.listen(server.host));
      onTestFinished(() => other.close());
      await command(
        exit,
        `SETCONF MetricsPort="${exit.ip}:9036" MetricsPortPolicy="accept 127.0.0.1" IPv6Exit=1`,
      );
      // So far apart that a busy machine makes no gaps.
      const recorder = await recorderOf(exit, machineLoopback, ['--interval', '5s']);
      const { path } = recorder;
      const policy = () =>
        read(path, ({ sessions }) => sessions.at(-1)!.header.config[EXIT_POLICY] ?? '');
      const began = read(path, ({ extent }) => extent!.from);

      // Accepted: one port of an address, and the other, too.
      const open = Date.now();
      const stays = await network.openStream();
      onTestFinished(() => void stays.destroy());
      (await network.openStream(other)).destroy();
      for (let streams = 0; streams < 8; streams++) await network.fetchThroughClient(100);
      await recorder.more(2);
      const opened = Date.now();

      // Rejected: the other, and port 25 of IPv6.
      const rules = `reject ${other.host}:${other.port},reject *6:25,accept *:*`;
      await command(exit, `SETCONF ExitPolicy="${rules}"`);
      await eventually(() => expect(policy()).toContain(`:${other.port}`));
      expect(policy()).toBe(await answerOf(exit, EXIT_POLICY));
      const closed = Date.now();
      await expect(network.openStream(other)).rejects.toThrow();
      await fetchBytes(stays, 1000);
      await recorder.more(3);
      const refused = Date.now();

      // A gap.
      process.kill(exit.pid, 'SIGSTOP');
      const stopped = Date.now();
      onTestFinished(() => void process.kill(exit.pid, 'SIGCONT'));
      await eventually(() => expect(Date.now() - stopped).toBeGreaterThan(25_000));
      process.kill(exit.pid, 'SIGCONT');
      await recorder.more(3);
      // The own network, as a relay that is no exit sees it.
      await command(exit, 'SETCONF ExitPolicyRejectPrivate=1');
      await eventually(() => expect(policy()).toContain('10.0.0.0/8'));
      const isPrivate = Date.now();
      await recorder.more(3);
      await recorder.stop();

      const recording = Recording.open(path);
      onTestFinished(() => recording.close());
      const ask = (complaint: Omit<Complaint, 'withinMs'> & { withinMs?: number }) => {
        const answers = answersTo(recording, { withinMs: 1, ...complaint });
        return (question: QuestionName): ComplaintAnswer[] =>
          answers.filter((answer) => answer.question === question);
      };
      const to = (ip: string, port?: number) => ({ destination: { ip, port } });

      // While both were accepted.
      const admitted = ask({
        at: (open + opened) / 2,
        withinMs: (opened - open) / 2,
        ...to(other.host, other.port),
      });
      expect(admitted('recorded')).toMatchObject([{ verdict: 'seen' }]);
      expect(admitted('exit')[0]).toMatchObject({ verdict: 'seen' });
      expect(admitted('policy')[0]).toMatchObject({
        verdict: 'seen',
        because: `It accepted ${other.host}:${other.port}, by its rule “accept *:*”.`,
      });
      expect(admitted('destination')).toMatchObject([{ verdict: 'not observable' }]);
      expect(admitted('local')).toMatchObject([{ verdict: 'not observable' }]);
      const [left] = admitted('left');
      expect(left).toMatchObject({ verdict: 'seen' });
      // Ten streams at least were opened, and each was a connection of its own.
      const [, created, caught] = /counted (\d+) exit connections? .* held (\d+) of them/.exec(
        left!.evidence.join('\n'),
      )!;
      expect(Number(created)).toBeGreaterThanOrEqual(10);
      expect(Number(caught)).toBeLessThanOrEqual(Number(created));
      expect(Number(caught)).toBeGreaterThanOrEqual(1);

      // When one was rejected: Tor refused it.
      const rejected = ask({ at: refused - 4000, withinMs: 500, ...to(other.host, other.port) });
      expect(rejected('policy')).toMatchObject([
        {
          verdict: 'not seen',
          because: `It rejected ${other.host}:${other.port}, by its rule “reject ${other.host}:${other.port}”: Tor refuses such a stream and makes no connection.`,
        },
      ]);
      expect(rejected('policy')[0]!.evidence.join()).toContain('an earlier policy accepted it');
      expect(rejected('left')[0]!.because).toMatch(/^[1-9]\d* connections? to places outside/);
      const still = ask({ at: refused - 4000, withinMs: 500, ...to(server.host, server.port) });
      expect(still('policy')).toMatchObject([{ verdict: 'seen' }]);
      for (const [ip, port, verdict] of [
        ['2001:db8::1', 25, 'not seen'],
        ['2001:db8::1', 443, 'seen'],
        ['198.51.100.7', 25, 'seen'],
        ['10.0.0.1', 80, 'seen'],
      ] as const) {
        expect(ask({ at: refused - 4000, ...to(ip, port) })('policy')).toMatchObject([{ verdict }]);
      }
      expect(ask({ at: refused - 4000, ...to('2001:db8::1') })('policy')[0]!.because).toBe(
        'It accepted 2001:db8::1 on ports 1-24, 26-65535, and on no other.',
      );
      // Over the change: both, with the times between which it came.
      const both = ask({
        at: (open + closed) / 2,
        withinMs: (closed - open) / 2,
        ...to(other.host, other.port),
      });
      expect(both('policy').map(({ verdict }) => verdict)).toEqual(['seen', 'not seen']);
      expect(both('policy')[1]!.from).toBeGreaterThan(opened - 1);
      expect(both('policy')[1]!.from).toBeLessThanOrEqual(closed);

      // In the gap.
      const dark = ask({ at: stopped + 12_000, withinMs: 40_000 });
      expect(dark('recorded')).toMatchObject([{ verdict: 'not observable' }]);
      expect(dark('recorded')[0]!.because).toMatch(/Tor did not answer.* Tor ran all the while/);
      expect(dark('blind')).toMatchObject([{ verdict: 'seen' }]);
      const at = (time: number) => new Date(time).toISOString();
      const within = await run(['answer', path, '--at', at(stopped + 12_000), '--within', '1s']);
      expect(within).toMatchObject({ code: 1, stdout: '' });
      expect(within.stderr).toMatch(
        /nothing was recorded from .*\n {2}it holds .*a gap \(Tor did not/,
      );

      // Before the recording.
      const early = await run(['answer', path, '--at', at(began - 3_600_000)]);
      expect(early).toMatchObject({ code: 1, stdout: '' });
      expect(early.stderr).toContain(`it holds ${at(began)}`);

      // The own network, once it was rejected.
      const own = ask({ at: isPrivate + 5000, withinMs: 1000, ...to('10.0.0.1', 80) });
      expect(own('policy').at(-1)).toMatchObject({ verdict: 'not seen' });
      expect(own('policy').at(-1)!.because).toContain('“reject 10.0.0.0/8:*”');
      expect(own('local')).toMatchObject([
        { verdict: 'not seen', evidence: ['10.0.0.1 is such an address'] },
        // The stream that has been there since before.
        { verdict: 'not observable' },
      ]);
      // The relay’s own addresses.
      expect(ask({ at: opened, source: exit.ip })('source')).toMatchObject([{ verdict: 'seen' }]);
      expect(ask({ at: opened, source: '192.0.2.1' })('source')).toMatchObject([
        { verdict: 'not observable' },
      ]);
    },
    3 * TEST_MS,
  );

  it.each<[options: string, admitted: string[], rejected: string[]]>([
    [
      'ExitRelay=0 ExitPolicy="accept *:*"',
      [],
      ['198.51.100.7 80', '2001:db8::1 80', '10.0.0.1 80'],
    ],
    [
      'ExitRelay=1 ReducedExitPolicy=1 IPv6Exit=1 ExitPolicyRejectPrivate=1 ExitPolicy',
      ['198.51.100.7 443', '2001:db8::1 443'],
      ['198.51.100.7 25', '2001:db8::1 25', '10.0.0.1 443', 'fd00::1 443', '127.0.0.1 443'],
    ],
    [
      'ExitRelay=1 IPv6Exit=0 ReducedExitPolicy=0 ExitPolicyRejectPrivate=0 ExitPolicy="accept *:80,reject *:*"',
      ['198.51.100.7 80', '10.0.0.1 80'],
      ['2001:db8::1 80', '198.51.100.7 81'],
    ],
    [
      'ExitRelay=1 IPv6Exit=1 ExitPolicyRejectPrivate=0 ExitPolicy="reject *4:443,accept *:443,reject6 [2001:db8::]/32:*,accept 198.51.100.0/255.255.255.0:1-2,reject private:80,accept *:80,reject *:*"',
      ['2001:db8::1 443', '198.51.100.255 2', '192.0.2.1 80', '2001:db9::1 80'],
      [
        '192.0.2.1 443',
        '198.51.101.0 2',
        '198.51.100.1 3',
        '10.0.0.1 80',
        '2001:db8::1 80',
        '2001:db9::1 2',
      ],
    ],
    [
      'ExitRelay=1 IPv6Exit=1 ExitPolicyRejectPrivate=1 ExitPolicy ReducedExitPolicy=0',
      ['198.51.100.7 80', '2001:db8::1 80', '198.51.100.7 7000'],
      ['198.51.100.7 25', '2001:db8::1 25', '198.51.100.7 6881', '192.168.1.1 80', '::1 80'],
    ],
  ])(
    'judges the policy that Tor makes of %s',
    async (options, admitted, rejected) => {
      const relay = network.relays[2]!;
      const before = await answerOf(relay, EXIT_POLICY);
      await command(relay, `SETCONF ${options}`);
      const judged = (text: string) => {
        const policy = parseExitPolicy(text)!;
        const isAdmitted = (place: string) => {
          const [ip, port] = place.split(' ');
          return decidingRule(policy, ipNumber(ip!)!, Number(port))?.accepts ?? true;
        };
        return [...admitted, ...rejected].filter(isAdmitted);
      };
      // It follows its options some seconds later.
      await eventually(async () => {
        const text = await answerOf(relay, EXIT_POLICY);
        expect({ text, before, admitted: judged(text) }).toMatchObject({ admitted });
      });
    },
    TEST_MS,
  );
});
