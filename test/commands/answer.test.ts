/** `conntape answer` as it is typed: what it prints, what it refuses, and what it leaves behind. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RecordingWriter } from '../../src/recording/writer.ts';
import {
  importInto,
  streamOf,
  temporaryFolder,
  WRITER_OPTIONS,
  writeTranscript,
} from '../recording/tapes.ts';
import {
  EXIT,
  exitLine,
  gapLine,
  headerLine,
  iso,
  pollLines,
  sessionLine,
} from '../reports/complaints.ts';
import { run } from './running.ts';

const STRICT = { ...EXIT, 'exit-policy/full': 'reject 198.51.100.0/24:443\naccept *:*' };

const LINES = [
  headerLine(EXIT),
  ...pollLines(0, 300, (seconds) => ({ lines: [exitLine(3, seconds, 5 - 60)] })),
  sessionLine(310, STRICT),
  ...pollLines(310, 600),
  gapLine(600, 900, 'control port closed'),
  ...pollLines(900, 1200),
];

async function tape(): Promise<string> {
  const path = join(temporaryFolder(), 'relay.tape');
  await importInto(path, LINES);
  return path;
}

const ASKED = ['--destination', '198.51.100.7:443', '--source', '192.0.2.1'];

describe('answer', () => {
  it('prints each question, its answers, the head, the version and the command again', async () => {
    const path = await tape();
    const { code, stdout, stderr } = await run(['answer', path, '--at', iso(300), ...ASKED]);
    expect(code).toBe(0);
    expect(stderr).toBe(`conntape: window ${iso(0)} to ${iso(600)}\n`);
    const questions = [...stdout.matchAll(/^\S.*\?$/gm)].map(([question]) => question);
    expect(questions).toEqual([
      'Was the relay up and recorded then?',
      'Was it an exit?',
      'Did its exit policy admit 198.51.100.7:443?',
      'Did it connect to 198.51.100.7:443?',
      'How many connections left the Tor network then?',
      'Did any go into the local network?',
      'Where was the recorder blind?',
      'Was 192.0.2.1 its own address?',
    ]);
    const whole = stdout.replace(/\n {4,}(?!- )/g, ' ');
    expect(whole).toContain(`Did its exit policy admit 198.51.100.7:443?
  SEEN  from ${iso(0)} to ${iso(300)} It accepted 198.51.100.7:443, by its rule “accept *:443”.
    - the policy had 5 rules; the first that matches decides
  NOT SEEN  from ${iso(310)} to ${iso(600)} It rejected 198.51.100.7:443, by its rule “reject 198.51.100.0/24:443”: Tor refuses such a stream and makes no connection.
    - it became so between ${iso(300)} and ${iso(310)}
`);
    for (const line of stdout.split('\n').slice(0, -4)) expect(line.length).toBeLessThan(80);
    const head = /^Chain head {2}([0-9a-f]{64})$/m.exec(stdout)![1]!;
    expect((await run(['verify', path, '--head', head])).code).toBe(0);
    expect(stdout).toMatch(/^Version {5}conntape \d+\.\d+\.\d+$/m);
    const again = /^Again {7}\$ conntape (.*)$/m.exec(stdout)![1]!;
    const words = execFileSync('sh', ['-c', `printf '%s\\0' ${again}`], { encoding: 'utf8' });
    expect((await run(words.split('\0').slice(0, -1), { now: 0 })).stdout).toBe(stdout);
  });

  it('prints the same as one JSON object', async () => {
    const path = await tape();
    const asked = ['--at', '+5m', '--within', '1s', '--destination', '[2001:DB8::1]:443'];
    const { code, stdout } = await run(['answer', path, ...asked, '--format', 'json']);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({
      recording: path,
      at: iso(300),
      from: iso(299),
      to: iso(301),
      destination: '[2001:db8::1]:443',
      source: null,
      head: expect.stringMatching(/^[0-9a-f]{64}$/),
      version: expect.stringMatching(/^conntape \d/),
      command: expect.stringContaining(
        `--at ${iso(300)} --within 1s --destination '[2001:db8::1]:443'`,
      ),
    });
    expect(answer.answers[2]).toEqual({
      question: 'policy',
      asks: 'Did its exit policy admit [2001:db8::1]:443?',
      verdict: 'not seen',
      from: iso(290),
      to: iso(300),
      because:
        'It rejected [2001:db8::1]:443, by its rule “reject6 *:*”: Tor refuses such a stream and makes no connection.',
      evidence: ['the policy had 5 rules; the first that matches decides'],
    });
  });

  it.each([
    [
      'in a gap',
      750,
      `between snapshots 61 and 62, ${iso(600)} and ${iso(900)}: a gap (control port closed)`,
    ],
    ['before it', -3600, `it holds ${iso(0)} to ${iso(1200)}, 92 snapshots`],
    ['behind it', 7200, `it holds ${iso(0)} to ${iso(1200)}, 92 snapshots`],
  ])('of a time %s is an error that says what there is', async (_, seconds, says) => {
    const asked = ['--at', iso(seconds), '--within', '1m'];
    const { code, stdout, stderr } = await run(['answer', await tape(), ...asked]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(
      `nothing was recorded from ${iso(seconds - 60)} to ${iso(seconds + 60)}`,
    );
    expect(stderr).toContain(says);
  });

  it('of a time that was left out says so', async () => {
    const folder = temporaryFolder();
    const [path, part] = [join(folder, 'whole.tape'), join(folder, 'part.tape')];
    const writer = RecordingWriter.open(path, { ...WRITER_OPTIONS, framesPerKey: 10 });
    for (const item of await streamOf(LINES)) writer.append(item);
    writer.close();
    expect((await run(['cut', path, part, '--from', iso(900)])).code).toBe(0);
    const early = await run(['answer', part, '--at', iso(100), '--within', '30s']);
    expect(early).toMatchObject({ code: 1, stdout: '' });
    const left = /before it, \d+ snapshots, (\S+) to \S+, were left out when it was cut, at /;
    expect(left.exec(early.stderr)?.[1]).toBe(iso(0));
    const across = await run(['answer', part, '--at', iso(100), '--within', '1h']);
    expect(across.code).toBe(0);
    const [, told] = /^ {2}NOT OBSERVABLE {2}at \S+\n((?: {4}.*\n)+)/m.exec(across.stdout)!;
    expect(told!.replace(/\s+/g, ' ')).toMatch(left);
  });

  it('says what it wants of an address, and shows none', async () => {
    const path = await tape();
    const forms = '198.51.100.7, 198.51.100.7:443, [2001:db8::1] or [2001:db8::1]:443';
    for (const wrong of [
      ...['203.0.113.77:0', '203.0.113.77:65536', '203.0.113.77:', '203.0.113.77:https'],
      ...['2001:db8::77', '2001:db8::77:443', '[203.0.113.77]:443', '[2001:db8::77]443'],
      ...['203.0.113.777', 'www.example.org:443', '', '203.0.113.77/24', '[fe80::77%eth0]:80'],
    ]) {
      const { code, stdout, stderr } = await run([
        ...['answer', path, '--at', iso(300), `--destination=${wrong}`],
      ]);
      expect({ wrong, code, stdout }).toEqual({ wrong, code: 2, stdout: '' });
      expect(stderr).toContain(`reading --destination: `);
      expect(stderr).toContain(`write it as ${forms}`);
      if (wrong !== '') expect(stderr).not.toContain(wrong);
    }
    const { code, stderr } = await run([
      'answer',
      path,
      '--at',
      iso(300),
      '--source',
      '192.0.2.1:80',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('write it as 192.0.2.1 or 2001:db8::1, without a port');
  });

  it.each([
    [[], /required option '--at/],
    [['--at', '+1m', '--within', '5'], /it has no unit/],
    [['--at', '+1m', '--within', '0s'], /0s is too short/],
    [['--at', '+1m', '--within', '52w'], /364d is too long\n {2}it is at most 31d/],
    [['--at', 'soon'], /it is not a time/],
    [['--at', '+1m', '--format', 'csv'], /Allowed choices are text, json/],
  ])('%j is wrong usage', async (words, says) => {
    const { code, stdout, stderr } = await run(['answer', await tape(), ...words]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
  });

  it('takes an IPv4-mapped address as the IPv4 address', async () => {
    const asked = ['--at', iso(300), '--destination', '[::ffff:198.51.100.7]:443'];
    const { stdout } = await run(['answer', await tape(), ...asked]);
    expect(stdout).toContain('Did its exit policy admit 198.51.100.7:443?');
  });

  it('leaves the recording as it is: nothing of the question is stored', async () => {
    const path = await tape();
    const before = readFileSync(path);
    await run(['answer', path, '--at', iso(300), ...ASKED]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('an exit policy', () => {
  it('passes from transcript to transcript, and what is no policy is scrubbed', async () => {
    const folder = temporaryFolder();
    const [given, path] = [join(folder, 'given.jsonl'), join(folder, 'a.tape')];
    writeTranscript(given, LINES);
    expect((await run(['import', given, path])).code).toBe(0);
    const { stdout } = await run(['replay', path, '--format', 'transcript']);
    expect(stdout.split('\n').filter((line) => line.includes('exit-policy/full'))).toEqual(
      LINES.filter((line) => line.includes('exit-policy/full')),
    );
    const claims = { ...EXIT, 'exit-policy/full': 'accept *:80\n203.0.113.77 was here' };
    const claimed = join(folder, 'claimed.tape');
    writeTranscript(given, [headerLine(claims), ...pollLines(0, 20)]);
    expect((await run(['import', given, claimed])).code).toBe(0);
    const again = await run(['replay', claimed, '--format', 'transcript']);
    expect(again.stdout).toContain('"exit-policy/full":""');
    expect(again.stdout).not.toContain('203.0.113.77');
  });
});
