/**
 * Sessions travel in the stream: whatever way a recording takes, its audit is the same.
 */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recording } from '../../src/recording/reader.ts';
import { importInto, temporaryFolder, transcriptOf } from '../recording/tapes.ts';
import { copyServed } from '../serving/copies.ts';
import { run } from './running.ts';

const FINGERPRINT = 'F'.repeat(40);

const START = Date.parse('2026-11-23T03:00:00Z');

/** A relay's traffic goes straight out of the Tor network, which is allowed to exits alone. */
function poll(second: number): string {
  const uptime = 100 + second;
  return JSON.stringify({ at: iso(second), conn: `1 5 0 0 0 0 ORt ${second} ${second} ${uptime}` });
}

function configured(exit: '0' | '1', fingerprint = FINGERPRINT, bytes = 'connection'): object {
  return {
    source: 'native',
    bytes,
    interval_s: 10,
    relay: { fingerprint, nickname: 'r', tor_version: '0.4.9.11' },
    config: { ExitRelay: exit, ExitPolicyRejectPrivate: '1' },
  };
}

function session(second: number, exit: '0' | '1'): string {
  return JSON.stringify({ session: configured(exit), at: iso(second) });
}

function gap(from: number, to: number): string {
  return JSON.stringify({ gap: { from: iso(from), to: iso(to), reason: 'control port closed' } });
}

function iso(second: number): string {
  return new Date(START + second * 1000).toISOString();
}

const HEADER = JSON.stringify({ transcript: 1, ...configured('0') });

interface Case {
  readonly lines: readonly string[];
  /** First and last second of each stretch in which the relay was not an exit and traffic left it. */
  readonly criticals: readonly (readonly [number, number])[];
}

const CASES: Readonly<Record<string, Case>> = {
  'became an exit': {
    lines: [HEADER, poll(0), poll(10), poll(20), session(25, '1'), poll(30), poll(40), poll(50)],
    criticals: [[0, 20]],
  },
  // What an exit admitted lives on.
  'was one from the very start': {
    lines: [HEADER, session(-5, '1'), poll(0), poll(10), session(15, '0'), poll(20), poll(30)],
    criticals: [],
  },
  'became one in the moment of the first snapshot': {
    lines: [HEADER, session(0, '1'), poll(0), poll(10)],
    criticals: [],
  },
  'became one after the last snapshot': {
    lines: [HEADER, poll(0), poll(10), session(15, '1')],
    criticals: [[0, 10]],
  },
  'became one between two gaps': {
    lines: [
      ...[HEADER, poll(0), poll(10), gap(11, 14), session(15, '1'), gap(16, 19), poll(20)],
      ...[poll(30), gap(30, 34), session(34, '1'), gap(34, 39), poll(40)],
    ],
    criticals: [[0, 10]],
  },
  'was one for a moment between two snapshots, and for two': {
    lines: [
      ...[HEADER, poll(0), session(2, '1'), session(4, '0'), poll(10), session(20, '1'), poll(20)],
      ...[poll(30), session(31, '1'), poll(40), session(49, '0'), session(50, '1'), poll(50)],
    ],
    criticals: [[0, 10]],
  },
};

/** What the recording is audited to, as a program reads it, and as a person does. */
async function audited(path: string, window: readonly string[] = []): Promise<string[]> {
  const found = await run(['report', 'findings', path, ...window, '--format', 'ndjson']);
  const told = await run(['audit', path, ...window]);
  expect([found.code, told.code]).toEqual([0, 0]);
  return [found.stdout, told.stdout.replaceAll(path, 'TAPE')];
}

function criticalsIn(ndjson: string): [number, number][] {
  return ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter(({ severity }) => severity === 'critical')
    .map((finding) => {
      expect(finding['rule']).toBe('non-relay-outbound');
      return [secondOf(finding['first_seen']!), secondOf(finding['last_seen']!)];
    });
}

function secondOf(time: string): number {
  return (Date.parse(time) - START) / 1000;
}

async function importedFrom(transcript: string, path: string): Promise<void> {
  const ran = await run(['import', '-', path], { stdin: transcript });
  expect([ran.code, ran.stderr]).toEqual([0, expect.stringContaining('imported')]);
}

async function transcriptText(path: string, window: readonly string[] = []): Promise<string> {
  const ran = await run(['replay', path, ...window, '--format', 'transcript']);
  expect(ran.code).toBe(0);
  return ran.stdout;
}

async function serve(from: string, to: string, at?: number): Promise<void> {
  const recording = Recording.open(from);
  try {
    await copyServed(recording, to, { speed: 100, intervalMs: 1000 }, at);
  } finally {
    recording.close();
  }
}

describe.each(Object.entries(CASES))('a relay that %s', (_name, { lines, criticals }) => {
  it('is audited the same in each recording made from its own', async () => {
    const folder = temporaryFolder();
    const [first, again, served, after] = ['a', 'b', 'c', 'd'].map((name) =>
      join(folder, `${name}.tape`),
    ) as [string, string, string, string];
    await importedFrom(`${lines.join('\n')}\n`, first);
    const audit = await audited(first);
    expect(criticalsIn(audit[0]!)).toEqual(criticals);
    const transcript = await transcriptText(first);
    expect(transcript.trimEnd().split('\n')).toEqual(lines);
    await importedFrom(transcript, again);
    await serve(again, served);
    await importedFrom(await transcriptText(served), after);
    for (const path of [again, served, after]) {
      expect(await audited(path)).toEqual(audit);
      expect(await transcriptText(path)).toBe(transcript);
    }
  });

  it('is audited the same in a recording of a part as in that part of the recording', async () => {
    const folder = temporaryFolder();
    const whole = join(folder, 'whole.tape');
    await importInto(whole, lines);
    const polls = lines.filter((line) => line.startsWith('{"at"'));
    for (const line of polls) {
      const { at } = JSON.parse(line) as { at: string };
      const window = ['--from', at];
      const [cut, served] = [join(folder, `${at}.cut`), join(folder, `${at}.served`)];
      const transcript = await transcriptText(whole, window);
      await importedFrom(transcript, cut);
      await serve(whole, served, Date.parse(at));
      const found = criticalsIn((await audited(cut))[0]!);
      expect(found).toEqual(criticalsIn((await audited(whole, window))[0]!));
      expect(criticalsIn((await audited(served))[0]!)).toEqual(found);
      for (const path of [cut, served]) expect(await transcriptText(path)).toBe(transcript);
      // The moment alone has the header that held then.
      const moment = await transcriptText(whole, ['--at', at]);
      expect(moment.split('\n')[0]).toBe(transcript.split('\n')[0]);
    }
  });
});

describe('a session of a transcript', () => {
  it.each([
    ['another relay', configured('0', 'A'.repeat(40)), 'it holds another relay'],
    [
      'bytes that mean something else',
      configured('0', FINGERPRINT, 'entry'),
      'its bytes are those of each connection, not of each entry',
    ],
  ])('of %s is refused', async (_what, other, cause) => {
    const path = join(temporaryFolder(), 'a.tape');
    const stranger = JSON.stringify({ session: other, at: iso(15) });
    const stdin = [HEADER, poll(0), stranger, poll(20)].join('\n');
    const ran = await run(['import', '-', path], { stdin });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(cause);
  });

  it('that says the same as the one before is kept: it is another recorder’s', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    const lines = [HEADER, poll(0), session(5, '0'), poll(10)];
    await importInto(path, lines);
    const recording = Recording.open(path);
    expect(transcriptOf(recording)).toEqual(lines);
    expect(recording.sessions.map(({ at }) => (at - START) / 1000)).toEqual([0, 5]);
    recording.close();
  });
});
