/** The compiled program, recording a control port: how it starts, how it ends, what it tells. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/control/address.ts';
import { controlPort } from '../control/peers.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { FakeTor } from '../sources/fakeTor.ts';
import { eventually } from '../tor/patience.ts';
import { run } from './running.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

const PASSWORD = 'correct horse "battery" staple';

class Child {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  stdout = '';
  #stderr = '';
  readonly ended: Promise<number | NodeJS.Signals | null>;

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    this.process = spawn(process.execPath, [MAIN, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout.on('data', (chunk) => {
      this.stdout += String(chunk);
    });
    this.process.stderr.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    this.ended = new Promise((resolve) => {
      this.process.once('close', (code, signal) => resolve(signal ?? code));
    });
    onTestFinished(() => {
      this.process.kill('SIGKILL');
    });
  }

  /** Without the times, which a pipe has before each line. */
  get stderr(): string {
    return this.#stderr.replaceAll(/^20\d\d-\S+Z /gm, '');
  }
}

async function world(authentication: Parameters<typeof FakeTor.start>[0] = 'none') {
  const tor = await FakeTor.start(authentication);
  const folder = temporaryFolder();
  const tape = join(folder, 'a.tape');
  const args = ['record', tape, '--control', formatAddress(tor.address), '--interval', '100ms'];
  return { tor, folder, tape, args };
}

/** Resolves in the so-manieth poll. */
function polled(tor: FakeTor, count: number): Promise<void> {
  return new Promise((resolve) => {
    tor.onPoll = () => {
      if (tor.polls >= count) resolve();
    };
  });
}

/** How many snapshots a recording holds that verifies and was closed as it should be. */
async function wholeSnapshots(tape: string): Promise<number> {
  const verified = await run(['verify', tape, '--rebuild']);
  expect(verified.stdout + verified.stderr).toMatch(/^whole: /);
  const { stdout } = await run(['info', tape]);
  return Number(/^snapshots +(\d+)$/m.exec(stdout)?.[1]);
}

describe('record', () => {
  it('ends with 1 where its file was removed, and says what was lost', async () => {
    const { tor, tape, args } = await world();
    const child = new Child(args);
    await polled(tor, 3);
    rmSync(tape);
    await polled(tor, tor.polls + 3);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(1);
    expect(child.stderr).toContain(`${tape} was removed, and with it what was recorded from`);
    const [head] = /(?<=chain head )[0-9a-f]{64}/.exec(child.stderr) ?? [];
    expect((await run(['verify', tape, '--rebuild'])).code).toBe(0);
    expect((await run(['verify', tape])).stdout).toContain(head);
    expect(await wholeSnapshots(tape)).toBeGreaterThanOrEqual(1);
  });

  it('says once what it records, and then what of its configuration changed', async () => {
    const { tor, args } = await world();
    tor.conf.set('ExitRelay', '0');
    const child = new Child(args);
    await polled(tor, 2);
    tor.setConf('ExitRelay', '1');
    await polled(tor, tor.polls + 2);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    const told = child.stderr.split('\n').filter((line) => /recording|from now on/.test(line));
    expect(told).toEqual([
      expect.stringContaining('recording r0'),
      'conntape: from now on ExitRelay is 1',
    ]);
  });

  it('records while the folder of its status is not there, says so, and writes it when it is', async () => {
    const { tor, folder, args } = await world();
    const later = join(folder, 'later');
    const child = new Child([...args, '--status-file', join(later, 'status.json')]);
    await eventually(() => expect(child.stderr).toContain(`there is no folder ${later}`));
    await polled(tor, tor.polls + 2);
    mkdirSync(later);
    await eventually(() => expect(readdirSync(later)).toEqual(['status.json']));
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
  });

  it('keeps a status that is whole whenever it is read, and is followed by info', async () => {
    const { tor, tape, folder, args } = await world();
    const status = join(folder, 'status.json');
    const child = new Child([...args, '--status-file', status]);
    await polled(tor, 3);
    const follower = new Child(['info', '--follow', tape]);
    const seen = new Set<unknown>();
    // As fast as it can be read, over some polls.
    const enough = tor.polls + 8;
    while (tor.polls < enough) {
      const read = JSON.parse(readFileSync(status, 'utf8')) as Record<string, unknown>;
      seen.add(read['snapshots']);
      expect(read).toMatchObject({ status: 1, recording: tape, nickname: 'r0' });
      await nextTurn();
    }
    expect(seen.size).toBeGreaterThan(3);
    await eventually(() => expect(follower.stdout.split('\n').length).toBeGreaterThan(2));
    follower.process.kill('SIGINT');
    expect(await follower.ended).toBe('SIGINT');
    const [first, second] = follower.stdout.split('\n');
    expect(first).toMatch(/^\d{4}-.*Z {2}r0 {2}snapshot \d+ {2}gaps: \d+ {2}/);
    expect(second! > first!).toBe(true);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    const last = JSON.parse(readFileSync(status, 'utf8')) as Record<string, unknown>;
    expect(last['chain_head']).toBe(/(?<=chain head )[0-9a-f]{64}/.exec(child.stderr)![0]);
  });

  it('hears SIGTERM while another program locks the recording, and ends with 1', async () => {
    const { tor, tape, args } = await world();
    const child = new Child(args);
    await polled(tor, 3);
    const db = new Database(tape);
    onTestFinished(() => {
      db.close();
    });
    db.exec('BEGIN IMMEDIATE');
    // Polls go on: none waits for the lock as long as SQLite's usual 5 s.
    await polled(tor, tor.polls + 4);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(1);
    expect(child.stderr).toContain('stopped while paused: nothing was kept since');
    db.close();
    const [head] = /(?<=chain head )[0-9a-f]{64}/.exec(child.stderr) ?? [];
    expect((await run(['verify', tape])).stdout).toContain(head);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends by %s: a success, and a whole file',
    async (signal) => {
      const { tor, tape, args } = await world();
      const child = new Child(args);
      await polled(tor, 3);
      child.process.kill(signal);
      expect(await child.ended).toBe(0);
      expect(await wholeSnapshots(tape)).toBeGreaterThanOrEqual(2);
      expect(child.stdout).toBe('');
      expect(child.stderr).toMatch(
        /^conntape: recording r0 A{40} \(Tor 0.4.9.11, native\) every 100ms into /m,
      );
      const head = /chain head ([0-9a-f]{64})/.exec(child.stderr)?.[1];
      expect((await run(['info', tape])).stdout).toContain(head);
      expect((await run(['replay', tape, '--at', '+0s'])).stdout).toBe('1 0 0 0 0 0 IRt 0 0 5\n');
    },
  );

  it('ends at once in the middle of a poll', async () => {
    const { tor, tape, args } = await world();
    const child = new Child([...args.slice(0, -1), '1h']);
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      tor.onPoll = () => {
        resolve();
        return new Promise((done) => {
          answer = done;
        });
      };
    });
    await asked;
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(1);
    expect(child.stderr).toContain('no snapshot was kept: the recorder stopped before the first');
    answer();
    expect((await run(['verify', tape, '--rebuild'])).stdout).toMatch(/^whole: 0 items/);
  });

  it('stops by itself after --for, and continues a recording with a gap between', async () => {
    const { tape, args } = await world();
    for (const before of [0, 1]) {
      const child = new Child([...args, '--for', '3s']);
      expect([await child.ended, child.stderr]).toEqual([0, expect.stringContaining('recorded ')]);
      expect(await wholeSnapshots(tape)).toBeGreaterThan(before);
    }
    const { stdout } = await run(['replay', tape, '--format', 'transcript']);
    expect(stdout.match(/"reason":"recorder not running"/g)).toHaveLength(1);
  });

  it('may be stopped while it connects', async () => {
    let connected = () => {};
    const asked = new Promise<void>((resolve) => {
      connected = resolve;
    });
    const address = await controlPort(() => connected());
    const tape = join(temporaryFolder(), 'a.tape');
    const child = new Child(['record', tape, '--control', formatAddress(address)]);
    await asked;
    child.process.kill('SIGTERM');
    expect([await child.ended, child.stderr]).toEqual([
      1,
      'conntape: stopped before anything was recorded\n',
    ]);
  });

  it('keeps its promise of --for no longer than there is something to record', async () => {
    const { tor, args } = await world();
    await tor.stop();
    const child = new Child([...args, '--for', '1h']);
    expect([await child.ended, child.stdout]).toEqual([1, '']);
    expect(child.stderr).toContain('nothing listens there');
  });

  it('takes more days than a timer can wait for what they are', async () => {
    const { tor, tape, args } = await world();
    // 353 ms more than the 2^31 − 1 that a timer of Node's waits at most.
    const child = new Child([...args, '--for', '24d20h31m24s']);
    await polled(tor, 8);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(await wholeSnapshots(tape)).toBeGreaterThanOrEqual(4);
  });

  it('refuses a recording of another relay, and one that is being written', async () => {
    const { tor, tape, args } = await world();
    const first = new Child(args);
    await polled(tor, 2);
    const second = new Child([...args, '--for', '1h']);
    expect([await second.ended, second.stderr]).toEqual([
      1,
      expect.stringMatching(/another process is writing it\n {2}/),
    ]);
    first.process.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    tor.info.set('fingerprint', 'B'.repeat(40));
    const third = new Child([...args, '--for', '1h']);
    expect([await third.ended, third.stderr]).toEqual([
      1,
      expect.stringMatching(/it holds another relay\n {2}record into another file/),
    ]);
    await wholeSnapshots(tape);
  });

  it('shows nothing of a relay that a terminal would obey', async () => {
    const { tor, args } = await world();
    tor.conf.set('Nickname', '\u001b]0;owned\u0007');
    const child = new Child(args);
    await polled(tor, 3);
    child.process.kill('SIGTERM');
    expect(await child.ended).toBe(0);
    expect(child.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });
});

describe('the password', () => {
  it('comes from the environment, or from the first line of a file', async () => {
    const { tor, folder, args } = await world({ password: PASSWORD });
    const file = join(folder, 'password');
    writeFileSync(file, `${PASSWORD}\r\nsecond line\n`);
    for (const [options, env] of [
      [[], { CONNTAPE_CONTROL_PASSWORD: PASSWORD }],
      [['--password-file', file], {}],
      // What is said on the command line counts.
      [['--password-file', file], { CONNTAPE_CONTROL_PASSWORD: 'wrong' }],
    ] as const) {
      const child = new Child([...args, ...options], env);
      await polled(tor, tor.polls + 3);
      child.process.kill('SIGTERM');
      expect([await child.ended, child.stderr]).toEqual([0, expect.stringContaining('recorded ')]);
      expect(child.stdout + child.stderr).not.toContain('horse');
    }
  });

  it('is told to nobody when it is wrong', async () => {
    const { tape, args } = await world({ password: PASSWORD });
    const wrong = 'incorrect donkey';
    const child = new Child(args, { CONNTAPE_CONTROL_PASSWORD: wrong });
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(/^conntape: .*\n {2}\S/);
    const hex = Buffer.from(wrong).toString('hex');
    expect(child.stdout + child.stderr).not.toMatch(new RegExp(`donkey|horse|${hex}`, 'i'));
    expect((await run(['info', tape])).code).toBe(1);
  });

  it('is asked for where there is none', async () => {
    const { args } = await world({ password: PASSWORD });
    const child = new Child(args, { CONNTAPE_CONTROL_PASSWORD: '' });
    expect(await child.ended).toBe(1);
    expect(child.stderr).toMatch(/password/i);
  });
});

describe('the program', () => {
  it('ends quietly when the reader of its output has gone', async () => {
    const child = new Child(['--help']);
    child.process.stdout.destroy();
    expect([await child.ended, child.stderr]).toEqual([0, '']);
  });
});
