/** SIGINT and SIGTERM end every command, whatever it is doing, and leave nothing behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/control/address.ts';
import { Recording } from '../../src/recording/reader.ts';
import { RecordingWriter } from '../../src/recording/writer.ts';
import { HEADER, snapshotOf, temporaryFolder, WRITER_OPTIONS } from '../recording/tapes.ts';
import { FakeTor } from '../sources/fakeTor.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

const PROGRAM = join(import.meta.dirname, '../../dist/main.js');

/** Starts the program; what it writes waits in the pipes, and it in the end for a reader. */
function start(args: readonly string[]): Child {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  child.stdin.on('error', () => {});
  return child;
}

/** Sends a signal, and gives how the program ended. */
async function ended(child: Child, signal: NodeJS.Signals) {
  const exit = once(child, 'exit');
  child.kill(signal);
  return await exit;
}

/** Resolves when a name that begins so appears in a folder. Begun before what makes it. */
function appearing(folder: string, name: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_, found) => {
      if (found?.startsWith(name) !== true) return;
      watcher.close();
      resolve();
    });
  });
}

/** Whether a process has a file open. */
function hasOpen(pid: number, path: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((descriptor) => {
    try {
      return readlinkSync(join(folder, descriptor)) === path;
    } catch {
      return false;
    }
  });
}

let folder: string;
let tape: string;

/** Ten million observations: seconds of work for every command, whatever the machine. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'conntape-signals-'));
  tape = join(folder, 'long.tape');
  const lines = Array.from({ length: 4000 }, (_, row) => {
    const peer = `${'A'.repeat(36)}${1000 + (row % 1000)} 203.0.113.9 443 9001`;
    return `${row + 1} ${row >> 1} ${peer} ${row % 2 === 0 ? 'I' : 'O'}RT ${row} ${row} 5`;
  });
  const first = snapshotOf(0, lines.join('\n'));
  const { read, written, uptime } = first.listing;
  const writer = RecordingWriter.open(tape, WRITER_OPTIONS);
  writer.append({ kind: 'session', at: Date.UTC(2026, 10, 23), header: HEADER });
  for (let poll = 0; poll < 2500; poll++) {
    const listing = {
      ...first.listing,
      read: read.map((bytes) => bytes + poll * bytes),
      written: written.map((bytes) => bytes + poll),
      uptime: uptime.map((seconds) => seconds + poll * 10),
    };
    writer.append({ ...first, at: Date.UTC(2026, 10, 23) + poll * 10_000, listing });
  }
  writer.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(process.platform !== 'linux')('a command that computes', () => {
  it.each([
    [['audit'], 'SIGINT'],
    [['audit', '--fail-on', 'info'], 'SIGTERM'],
    [['report', 'asymmetry'], 'SIGINT'],
    [['report', 'all', '--format', 'ndjson'], 'SIGTERM'],
    [['verify'], 'SIGINT'],
    [['verify', '--rebuild'], 'SIGTERM'],
    [['replay', '--format', 'csv'], 'SIGINT'],
    [['replay', '--speed', '1'], 'SIGTERM'],
  ] as const)('is ended: %j by %s', async ([command, ...args], signal) => {
    const operands = command === 'report' ? [args[0]!, tape, ...args.slice(1)] : [tape, ...args];
    const child = start([command, ...operands]);
    while (!hasOpen(child.pid!, tape)) await nextTurn();
    expect(await ended(child, signal)).toEqual([null, signal]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('into files leaves none behind: %s', async (signal) => {
    const output = temporaryFolder();
    const old = join(output, 'old.csv');
    writeFileSync(old, 'what was there');
    mkdirSync(join(output, 'dir'));
    writeFileSync(join(output, 'dir', 'asymmetry.csv'), 'what was there');
    for (const args of [
      ['report', 'asymmetry', tape, '--output', old],
      ['export', tape, join(output, 'dir')],
    ]) {
      const child = start(args);
      // Said before the tape is played.
      await once(child.stderr, 'data');
      expect(await ended(child, signal)).toEqual([null, signal]);
    }
    expect(readFileSync(old, 'utf8')).toBe('what was there');
    expect(readFileSync(join(output, 'dir', 'asymmetry.csv'), 'utf8')).toBe('what was there');
    expect(readdirSync(output).sort()).toEqual(['dir', 'old.csv']);
    for (const file of readdirSync(join(output, 'dir'))) expect(file).toMatch(/^[a-z]+\.csv$/);
  });
});

describe('a command whose reader takes nothing', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('is ended by %s', async (signal) => {
    const child = start(['replay', tape, '--format', 'csv']);
    // The pipe is full some time after.
    await once(child.stdout, 'readable');
    expect(await ended(child, signal)).toEqual([null, signal]);
  });
});

describe('import', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'of a transcript without end leaves nothing behind: %s',
    async (signal) => {
      const here = temporaryFolder();
      const begun = appearing(here, 'a.tape.partial');
      const child = start(['import', '-', join(here, 'a.tape')]);
      const feeding = feed(child.stdin);
      await begun;
      expect(await ended(child, signal)).toEqual([null, signal]);
      expect(readdirSync(here)).toEqual([]);
      await feeding;
    },
  );
});

/** Snapshots, until nobody takes any more. */
async function feed(stream: Writable): Promise<void> {
  stream.write('{"transcript":1,"source":"native","interval_s":10,"relay":{},"config":{}}\n');
  for (let at = Date.UTC(2026, 10, 23); !stream.destroyed; at += 10_000) {
    const line = `${JSON.stringify({ at: new Date(at).toISOString(), conn: '1 0 0 0 0 0 IRt 1 1 5' })}\n`;
    if (stream.write(line)) continue;
    await new Promise((resolve) => {
      stream.once('drain', resolve).once('close', resolve);
    });
  }
}

describe('demo', () => {
  it('leaves nothing of a story half recorded', async () => {
    const here = temporaryFolder();
    const begun = appearing(here, '.conntape-demo-');
    const child = start(['demo', here]);
    child.stdout.resume();
    await begun;
    expect(await ended(child, 'SIGINT')).toEqual([null, 'SIGINT']);
    expect(readdirSync(here)).toEqual([]);
  });
});

describe('what runs until it is stopped', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serve ends by %s, and cleans up', async (signal) => {
    const tor = await FakeTor.start();
    const socket = join(temporaryFolder(), 'socket');
    for (const behind of [
      ['--control', formatAddress(tor.address)],
      ['--recording', tape, '--speed', '0'],
    ]) {
      const child = start(['serve', '--listen', `unix:${socket}`, ...behind]);
      const said = (await once(child.stderr, 'data')).toString();
      const [, cookie] = /cookie (\S+)/.exec(said)!;
      expect(readFileSync(cookie!)).toHaveLength(32);
      expect(await ended(child, signal)).toEqual([null, signal]);
      expect(() => readFileSync(cookie!)).toThrow('ENOENT');
      expect(readdirSync(join(socket, '..'))).toEqual([]);
    }
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('record ends well by %s', async (signal) => {
    const tor = await FakeTor.start();
    const path = join(temporaryFolder(), 'a.tape');
    // When it polls a second time the first snapshot is kept.
    const polledTwice = new Promise<void>((resolve) => {
      tor.onPoll = () => {
        tor.onPoll = resolve;
      };
    });
    const args = ['--control', formatAddress(tor.address), '--witness', 'off', '--interval', '1s'];
    const child = start(['record', path, ...args]);
    await polledTwice;
    expect(await ended(child, signal)).toEqual([0, null]);
    Recording.open(path).close();
  });
});
