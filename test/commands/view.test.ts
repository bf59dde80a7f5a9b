/** `conntape view`: what the operator is told, where it listens, and how it ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Interruption } from '../../src/cli/io.ts';
import { runConntape } from '../../src/commands/program.ts';
import type { Head } from '../../src/page/parts.ts';
import { gaps } from '../oracle/cases.ts';
import { ask, begun, LONG, longTape } from '../page/server/serving.ts';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const PROGRAM = join(import.meta.dirname, '../../dist/main.js');

const LINK = /at (http:\/\/(\S+):(\d+)\/\?token=[\w-]{43})\n/;

async function shortTape(): Promise<string> {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, gaps);
  return path;
}

/** Follows the link in a text, and gives the port and the headers of whoever is let in. */
async function following(text: string) {
  const [, link = '', , digits] = LINK.exec(text) ?? [];
  const port = Number(digits);
  const { headers } = await ask(port, link.slice(link.indexOf('/?')));
  return { port, headers: { cookie: headers['set-cookie']![0]!.split(';')[0]! } };
}

/** Runs it in this process until it serves. */
async function viewing(args: readonly string[]) {
  const interruption = new AbortController();
  const written = { stdout: '', stderr: '' };
  let ready = () => {};
  const isServing = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const into = (name: 'stdout' | 'stderr') =>
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, done) {
        written[name] += chunk;
        if (LINK.test(written[name])) ready();
        done();
      },
    });
  const code = runConntape(['view', ...args], {
    stdin: Readable.from([]),
    stdout: into('stdout'),
    stderr: into('stderr'),
    env: {},
    now: Date.now,
    monotonic: () => 0,
    wait: async () => {},
    interrupted: interruption.signal,
    undoIfKilled: () => async () => {},
  });
  const stop = (signal: 'SIGINT' | 'SIGTERM') => {
    interruption.abort(new Interruption(signal));
    return code;
  };
  onTestFinished(async () => void (await stop('SIGTERM')));
  await Promise.race([isServing, code]);
  return { written, stop };
}

describe('view', () => {
  it('prints the link on standard error alone, and serves the page until it is stopped', async () => {
    const path = await shortTape();
    const { written, stop } = await viewing([path]);
    expect(written.stderr).toContain(`conntape: view ${path} at http://127.0.0.1:`);
    const { port, headers } = await following(written.stderr);
    const page = await ask(port, '/', { headers });
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(
      /^default-src 'none'; script-src 'sha256-[^;]+; style-src 'sha256-.*; frame-ancestors 'none'$/,
    );
    expect(page.body).toMatch(/^<!doctype html>/);
    expect((await ask(port, '/csv/churn', { headers })).body).toBe(
      (await run(['report', 'churn', path, '--format', 'csv'])).stdout,
    );
    expect(await stop('SIGINT')).toBe(130);
    await expect(ask(port, '/')).rejects.toThrow('ECONNREFUSED');
    expect(written.stdout).toBe('');
  });

  it('shows the window that is asked for', async () => {
    const path = await shortTape();
    const { written, stop } = await viewing([path, '--from', '+10s', '--to', '+20s']);
    const { port, headers } = await following(written.stderr);
    const { extent, window } = JSON.parse((await ask(port, '/head', { headers })).body) as Head;
    expect(window).toEqual({ from: extent.from + 10_000, to: extent.from + 20_000 });
    expect(await stop('SIGTERM')).toBe(143);
  });

  it('stands beside another, each with a link of its own', async () => {
    const path = await shortTape();
    const texts = [await viewing([path]), await viewing([path])].map(
      ({ written }) => written.stderr,
    );
    const [one, other] = [await following(texts[0]!), await following(texts[1]!)];
    expect(one.port).not.toBe(other.port);
    expect((await ask(one.port, '/', { headers: one.headers })).status).toBe(200);
    expect((await ask(one.port, '/', { headers: other.headers })).status).toBe(403);
  });

  it('listens where it is told to', async () => {
    const { written } = await viewing([await shortTape(), '--listen', '127.0.0.2:0']);
    expect(written.stderr).toContain(' at http://127.0.0.2:');
  });

  it.each([
    ['0.0.0.0:0', 'other machines could reach it'],
    ['[::]:0', 'other machines could reach it'],
    ['203.0.113.7:8080', 'other machines could reach it'],
    ['relay.example:8080', 'other machines could reach it'],
    ['unix:/tmp/view', 'no browser opens a socket of a path'],
  ])('listens on this machine alone, not on %s', async (address, why) => {
    const { code, stdout, stderr } = await run(['view', 'none.tape', '--listen', address]);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(`listening on ${address}: ${why}`);
    expect(stderr).toContain('ssh -N -L PORT:127.0.0.1:PORT HOST');
  });

  it('says so where another program listens there', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const bound = other.address();
    const address = `127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : ''}`;
    const { code, stderr } = await run(['view', await shortTape(), '--listen', address]);
    expect(code).toBe(2);
    expect(stderr).toContain(`listening on ${address}: another program listens there`);
  });

  it('begins with no recording that is none, holds nothing or is damaged', async () => {
    const path = await shortTape();
    const ran = async (...args: string[]) => (await run(['view', ...args])).code;
    expect(await ran(`${path}.none`)).toBe(1);
    expect(await ran(path, '--from', '2020-01-01', '--to', '2020-01-02')).toBe(1);
    expect(await ran(path, '--from', '+20s', '--to', '+10s')).toBe(2);
    truncateSync(path, 8192);
    expect(await ran(path)).toBe(4);
  });
});

describe.skipIf(process.platform === 'win32')('a view', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'whose page is open and whose downloads stand still is ended by %s',
    async (signal) => {
      const child = spawn(process.execPath, [PROGRAM, 'view', longTape()], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      onTestFinished(() => void child.kill('SIGKILL'));
      let told = '';
      child.stderr.on('data', (chunk) => {
        told += chunk;
      });
      while (!LINK.test(told)) await once(child.stderr, 'data');
      const { port, headers } = await following(told);
      await ask(port, '/', { headers });
      const download = await begun(port, LONG, { headers });
      download.on('error', () => {});
      const exit = once(child, 'exit');
      child.kill(signal);
      expect(await exit).toEqual([null, signal]);
    },
  );
});
