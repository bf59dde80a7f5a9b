/** `record` as a service: what systemd hears of it, what its log is like, what SIGHUP does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/control/address.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { Notified, notifyMissing } from '../cli/notified.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { FakeTor } from '../sources/fakeTor.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/main.js');

const missing = notifyMissing();
if (missing !== undefined) console.warn(`SKIPPED: record as a service: ${missing} is missing`);

class Recorder {
  readonly path = join(temporaryFolder(), 'a.tape');
  readonly said: string[] = [];
  readonly #child;
  readonly #lines;

  constructor(
    tor: FakeTor,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ) {
    const all = [
      '--control',
      formatAddress(tor.address),
      '--witness',
      'off',
      '--interval',
      '100ms',
    ];
    this.#child = spawn(process.execPath, [PROGRAM, 'record', this.path, ...all, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, ...env },
    });
    onTestFinished(() => void this.#child.kill('SIGKILL'));
    this.#lines = createInterface({ input: this.#child.stderr });
    this.#lines.on('line', (line) => this.said.push(line));
  }

  /** Resolves with the first line, of all so far and to come, that has this in it. */
  async says(part: string): Promise<string> {
    for (;;) {
      const found = this.said.find((line) => line.includes(part));
      if (found !== undefined) return found;
      await once(this.#lines, 'line');
    }
  }

  async ended(signal: NodeJS.Signals) {
    const exit = once(this.#child, 'exit');
    this.#child.kill(signal);
    return await exit;
  }

  hangUp(): void {
    this.#child.kill('SIGHUP');
  }

  /** Why, of those that Tor or its control port made. */
  gaps(): string[] {
    const recording = Recording.open(this.path);
    const reasons = [...recording.items(EVERYTHING)].flatMap((item) =>
      item.kind === 'gap' ? [item.reason] : [],
    );
    recording.close();
    // A busy machine may make some of its own.
    return reasons.filter((reason) => /control port|authenticat/.test(reason));
  }
}

describe.skipIf(missing !== undefined)('record as a service', () => {
  it('says that it is ready, that it lives, also while Tor is away, and that it ends', async () => {
    const tor = await FakeTor.start();
    const notified = await Notified.listen();
    const env = { NOTIFY_SOCKET: notified.path, WATCHDOG_USEC: '2000' };
    const recorder = new Recorder(tor, [], env);
    await notified.hears('READY=1');
    expect(await notified.hears('WATCHDOG=1')).toMatch(/^STATUS=/m);
    expect(await notified.hears(' snapshots, ')).toMatch(
      / snapshots, the last \d+s ago; 1 connection/,
    );
    await tor.stop();
    const away = await notified.hears('the control port closed; connecting again');
    expect(away).toContain('WATCHDOG=1');
    expect(await recorder.ended('SIGTERM')).toEqual([0, null]);
    await notified.hears('STOPPING=1');
  });
});

describe('the log of record', () => {
  it('has the time before each line in a pipe', async () => {
    const recorder = new Recorder(await FakeTor.start());
    await recorder.says('recording r0');
    await recorder.ended('SIGTERM');
    await recorder.says('chain head');
    for (const line of recorder.said) {
      expect(line).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z conntape: /);
    }
  });

  it('has a priority before each line in the journal, that of an error at its end', async () => {
    const log = join(temporaryFolder(), 'journal');
    const descriptor = openSync(log, 'w');
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    const args = [
      'record',
      '/nowhere/a.tape',
      '--control',
      formatAddress((await FakeTor.start()).address),
    ];
    const child = spawn(process.execPath, [PROGRAM, ...args, '--witness', 'off'], {
      stdio: ['ignore', 'ignore', descriptor],
      env: { ...process.env, JOURNAL_STREAM: `${dev}:${ino}` },
    });
    expect(await once(child, 'exit')).toEqual([1, null]);
    closeSync(descriptor);
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n');
    expect(lines.filter((line) => !/^<[346]>/.test(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^<3>/);
  });
});

describe('record at SIGHUP', () => {
  it('reads the password again, says whether Tor admits with it, and goes on without a gap', async () => {
    const tor = await FakeTor.start({ password: 'first' });
    const file = join(temporaryFolder(), 'password');
    writeFileSync(file, 'first\n');
    const recorder = new Recorder(tor, ['--password-file', file]);
    await recorder.says('recording r0');
    writeFileSync(file, 'another\n');
    recorder.hangUp();
    expect(await recorder.says('SIGHUP')).toContain('were read again, and: authenticating');
    writeFileSync(file, 'first\n');
    recorder.hangUp();
    await recorder.says('SIGHUP: cookie and password were read again, and Tor admits with them');
    await tor.polled();
    await tor.polled();
    expect(await recorder.ended('SIGTERM')).toEqual([0, null]);
    expect(recorder.gaps()).toEqual([]);
    expect(recorder.said.join('\n')).not.toMatch(/first|another/);
  });

  it('lets itself in at once where Tor asks for another password since', async () => {
    const tor = await FakeTor.start({ password: 'first' });
    const file = join(temporaryFolder(), 'password');
    writeFileSync(file, 'first\n');
    const recorder = new Recorder(tor, ['--password-file', file]);
    await recorder.says('recording r0');
    await tor.stop();
    tor.authentication = { password: 'another' };
    await tor.start();
    await recorder.says('still not polled');
    writeFileSync(file, 'another\n');
    recorder.hangUp();
    await recorder.says('polls are answered again');
    expect(await recorder.ended('SIGTERM')).toEqual([0, null]);
    expect(recorder.gaps()).toHaveLength(1);
  });

  it('says that what it has still holds where the file cannot be read', async () => {
    const tor = await FakeTor.start({ password: 'first' });
    const file = join(temporaryFolder(), 'password');
    writeFileSync(file, 'first\n');
    const recorder = new Recorder(tor, ['--password-file', file]);
    await recorder.says('recording r0');
    rmSync(file);
    recorder.hangUp();
    expect(await recorder.says('SIGHUP')).toContain('what was read before still holds');
    await tor.polled();
    expect(await recorder.ended('SIGTERM')).toEqual([0, null]);
  });

  it('tries a cookie that was changed', async () => {
    const cookieFile = join(temporaryFolder(), 'cookie');
    const tor = await FakeTor.start({ cookieFile });
    const recorder = new Recorder(tor);
    await recorder.says('recording r0');
    const cookie = readFileSync(cookieFile);
    await tor.stop();
    await tor.start();
    expect(readFileSync(cookieFile)).not.toEqual(cookie);
    recorder.hangUp();
    await recorder.says('and Tor admits with them');
    expect(await recorder.ended('SIGTERM')).toEqual([0, null]);
  });
});
