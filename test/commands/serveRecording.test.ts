/** `conntape serve --recording`: what it says, what it refuses, and how it ends. */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import Database from 'better-sqlite3';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Interruption, type Io } from '../../src/cli/io.ts';
import { addListenOptions } from '../../src/cli/listening.ts';
import {
  addRecordingOptions,
  type RecordingOptions,
  serveRecording,
} from '../../src/commands/serveRecording.ts';
import { type Address, parseAddress } from '../../src/control/address.ts';
import { ControlClient } from '../../src/control/client.ts';
import { Recording } from '../../src/recording/reader.ts';
import { gaps, MIDNIGHT, nothing, stillOpen } from '../oracle/cases.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

async function tapeOf(lines: readonly string[]): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, lines);
  return path;
}

/** The options of a command line, as `serve` has them. */
function optionsOf(args: readonly string[], round = 1): RecordingOptions {
  const command = addRecordingOptions(addListenOptions(new Command()))
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse([...args], { from: 'user' });
  return { round, ...command.opts<Omit<RecordingOptions, 'round'>>() };
}

/** The time of a test, and those who wait for it. */
class Waiting {
  now = 0;
  #waiting: (() => void)[] = [];

  readonly wait = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.#waiting.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });

  pass(ms: number): void {
    this.now += ms;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

async function serving(path: string, args: readonly string[] = [], round = 1) {
  const interruption = new AbortController();
  const time = new Waiting();
  let said = '';
  let heard = () => {};
  const stderr = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      said += chunk;
      heard();
      done();
    },
  });
  const io: Io = {
    ...{ stdin: Readable.from([]), stdout: new Writable(), stderr, env: {} },
    ...{ now: () => MIDNIGHT + 3_600_000, monotonic: () => time.now, wait: time.wait },
    interrupted: interruption.signal,
    undoIfKilled: () => async () => {},
  };
  /** Resolves when standard error says it. */
  const says = (text: string) =>
    new Promise<void>((resolve) => {
      heard = () => {
        if (said.includes(text)) resolve();
      };
      heard();
    });
  const options = optionsOf(['--recording', path, '--listen', '127.0.0.1:0', ...args], round);
  const ended = serveRecording(options, io);
  const stop = () => {
    const end = new Interruption('SIGINT');
    interruption.abort(end);
    return expect(ended).rejects.toBe(end);
  };
  onTestFinished(async () => {
    interruption.abort();
    await ended.catch(() => {});
  });
  await Promise.race([says('conntape: from '), ended]);
  const address = parseAddress(/ at (127\.0\.0\.1:\d+)/.exec(said)![1]!);
  return { address, time, says, said: () => said, stop, ended };
}

async function clientOf({ address }: { readonly address: Address }) {
  const client = await ControlClient.connect({ address });
  onTestFinished(() => client.close());
  return client;
}

describe('serve --recording', () => {
  it('says what it serves, plays to the end, says so and stays', async () => {
    const path = await tapeOf(stillOpen);
    const port = await serving(path, ['--speed', '2']);
    expect(port.said()).toMatch(
      new RegExp(
        `^conntape: serving ${path} at 127\\.0\\.0\\.1:\\d+, cookie (\\S+)\n` +
          'conntape: from 2026-11-23T00:00:00\\.000Z to 2026-11-23T00:00:20\\.000Z at 2 times its pace\n$',
      ),
    );
    const client = await clientOf(port);
    expect(await client.tryGetInfo('conn/all')).toBe('1 0 0 0 0 0 IRt 10 20 5');
    port.time.pass(5000);
    expect(await client.tryGetInfo('conn/all')).toBe('1 0 0 0 0 0 IRt 10 20 15');
    expect(port.said()).not.toContain('end of');
    port.time.pass(5000);
    await port.says('conntape: the end of the recording: it stays at 2026-11-23T00:00:20.000Z\n');
    port.time.pass(5000);
    expect(await client.tryGetInfo('conn/all')).toBe('1 0 0 0 0 0 IRt 10 20 25');
    await port.stop();
    expect((await client.closed).kind).toBe('connect');
    expect(existsSync(dirname(/cookie (\S+)/.exec(port.said())![1]!))).toBe(false);
  });

  it('tells events by itself, in replayed time', async () => {
    const port = await serving(await tapeOf(stillOpen), ['--speed', '10']);
    const client = await clientOf(port);
    const told: string[] = [];
    const three = new Promise<void>((resolve) => {
      client.onEvent(({ name, text }) => {
        if (told.push(`${name} ${text}`) === 3) resolve();
      });
    });
    await client.setEvents(['BW']);
    port.time.pass(300);
    await three;
    expect(told).toEqual(['BW 0 0', 'BW 0 0', 'BW 0 0']);
    await port.stop();
  });

  it.each([
    ['00:00:15', '1 0 0 0 0 0 IRt 10 20 15'],
    ['-20s', '1 0 0 0 0 0 IRt 10 20 5'],
    ['now', '1 0 0 0 0 0 IRt 10 20 25'],
  ])('stands still at %s', async (at, conn) => {
    const port = await serving(await tapeOf(stillOpen), ['--at', at, '--speed', '0']);
    expect(port.said()).toContain('standing still');
    const client = await clientOf(port);
    port.time.pass(99_000);
    expect(await client.tryGetInfo('conn/all')).toBe(conn);
    await port.stop();
  });

  it('says where it begins in a gap', async () => {
    const port = await serving(await tapeOf(gaps), ['--at', '00:00:53']);
    await port.says(
      'conntape: 2026-11-23T00:00:53.000Z lies in a gap (control port closed), which ends at 2026-11-23T00:00:58.000Z\n',
    );
    await port.stop();
  });

  it('counts moments from the one that is replayed', async () => {
    const port = await serving(await tapeOf(stillOpen), ['--at', '00:00:10', '--speed', '0']);
    const client = await clientOf(port);
    const now = await client.tryGetInfo('conntape/at/now/conntape/now');
    expect(now).toBe('2026-11-23T00:00:10.000Z');
    expect(await client.tryGetInfo('conntape/at/never/conn/all')).toBeUndefined();
    await port.stop();
  });

  it('is over at once where it is interrupted, also at the end', async () => {
    const path = await tapeOf(stillOpen);
    for (const args of [[], ['--at', 'now'], ['--speed', '0']]) {
      const port = await serving(path, args);
      await port.stop();
    }
    // Nobody reads it any more.
    Recording.open(path).close();
  });

  it('rounds the bytes of withheld connections, and says so in the header', async () => {
    const port = await serving(await tapeOf(stillOpen), [], 1024);
    const client = await clientOf(port);
    expect(await client.tryGetInfo('conn/all')).toBe('1 0 0 0 0 0 IRt 0 0 5');
    expect(await client.tryGetInfo('conntape/header')).toContain('"round_bytes":1024');
    await port.stop();
  });

  it.each([[['--at', '03:44']], [['--speed', '2']]])('is what %j is for', async (args) => {
    const ran = await run(['serve', ...args]);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('give --recording FILE too');
  });

  it.each([
    ...['--control', '--cookie-file', '--password-file', '--interval', '--source', '--allow'],
  ])('has no %s, which is for a live Tor', async (option) => {
    const values = new Map([
      ['--control', 'unix:x'],
      ['--interval', '1s'],
      ['--source', 'native'],
      ['--allow', 'SIGNAL'],
    ]);
    const ran = await run(['serve', '--recording', 'x', option, values.get(option) ?? 'x']);
    expect([ran.code, ran.stdout]).toEqual([2, '']);
    expect(ran.stderr).toContain('cannot be used with');
  });

  it('plays as fast as the past was, unless told', () => {
    expect(optionsOf(['--recording', 'x']).speed).toBe(1);
  });

  it.each([
    ['not a time', ['--at', 'never'], 'usage', /it is not a time/],
    [
      'a time before the first snapshot',
      ['--at', 'yesterday'],
      'recording',
      /nothing was recorded at/,
    ],
    ['the whole world', ['--listen', '0.0.0.0:0'], 'usage', /other machines/],
  ] as const)('refuses %s', async (_what, args, kind, message) => {
    const path = await tapeOf(stillOpen);
    await expect(serving(path, args)).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message),
    });
  });

  it('refuses what is not a recording, and one that holds nothing', async () => {
    const path = join(temporaryFolder(), 'a.txt');
    await expect(serving(path)).rejects.toMatchObject({ kind: 'recording' });
    writeFileSync(path, 'no recording');
    await expect(serving(path)).rejects.toMatchObject({ kind: 'recording' });
    await expect(serving(await tapeOf(nothing))).rejects.toMatchObject({
      kind: 'recording',
      message: expect.stringContaining('holds no snapshot'),
    });
  });

  it.each([['-1'], ['1001'], ['fast'], [''], ['NaN']])('refuses the speed %j', (speed) => {
    expect(() => optionsOf(['--recording', 'x', '--speed', speed])).toThrow(
      /number from 0 to 1000/,
    );
  });
});

describe('a damaged recording', () => {
  it('ends with what is wrong, once the damage is reached', async () => {
    const path = await tapeOf(stillOpen);
    const db = new Database(path);
    db.prepare("UPDATE tape SET payload = x'00' WHERE at = ? AND kind > 0").run(MIDNIGHT + 20_000);
    db.close();
    const port = await serving(path);
    const client = await clientOf(port);
    expect(await client.tryGetInfo('conn/all')).toBe('1 0 0 0 0 0 IRt 10 20 5');
    port.time.pass(10_000);
    await expect(port.ended).rejects.toMatchObject({ kind: 'damaged' });
  });
});
