/** `conntape serve` in front of a Tor that has conn/all: what it opens, to whom, and how it ends. */
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Interruption } from '../../src/cli/io.ts';
import { runConntape } from '../../src/commands/program.ts';
import { type Address, formatAddress, parseAddress } from '../../src/control/address.ts';
import { type ConnectOptions, ControlClient } from '../../src/control/client.ts';
import type { Session, Snapshot, TapeItem } from '../../src/listing/snapshot.ts';
import { openNative } from '../../src/sources/native.ts';
import { converse } from '../control/peers.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { FakeTor } from '../sources/fakeTor.ts';
import { run } from './running.ts';

interface Serving {
  readonly address: Address;
  readonly stderr: () => string;
  /** Lets the poll come that is waited for. */
  readonly poll: () => void;
  /** Interrupts, and gives the exit code. */
  readonly stop: () => Promise<number>;
}

/** Runs `serve` in this process until it serves; its waits end when the test says so. */
async function serving(
  tor: FakeTor,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const interruption = new AbortController();
  let text = '';
  let ready = () => {};
  const isServing = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const stderr = new Writable({
    decodeStrings: false,
    write(chunk, _encoding, done) {
      text += chunk;
      if (text.includes('is polled every')) ready();
      done();
    },
  });
  let waiting = () => {};
  let now = Date.parse('2026-11-23T00:00:00Z');
  const code = runConntape(
    ['serve', '--listen', '127.0.0.1:0', '--control', formatAddress(tor.address), ...args],
    {
      stdin: Readable.from([]),
      stdout: new Writable(),
      stderr,
      env,
      now: () => now,
      monotonic: () => now,
      wait: (ms, signal) =>
        new Promise<void>((resolve) => {
          const over = () => {
            now += Math.ceil(ms);
            resolve();
          };
          waiting = over;
          if (signal.aborted) over();
          else signal.addEventListener('abort', over, { once: true });
        }),
      interrupted: interruption.signal,
      undoIfKilled: () => async () => {},
    },
  );
  const stop = () => {
    interruption.abort(new Interruption('SIGTERM'));
    return code;
  };
  onTestFinished(async () => void (await stop()));
  await Promise.race([isServing, code]);
  const address = parseAddress(/ at (unix:[^\s,]+|[\d.]+:\d+)/.exec(text)?.[1] ?? text);
  return { address, stderr: () => text, poll: () => waiting(), stop };
}

async function clientOf(address: Address, more: Omit<ConnectOptions, 'address'> = {}) {
  const client = await ControlClient.connect({ address, ...more });
  onTestFinished(() => client.close());
  return client;
}

function cookieOf({ stderr }: Serving): string {
  return /cookie (\S+)/.exec(stderr())![1]!;
}

/** Looks again until it holds; the test's own time limit is the end of it. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise(setImmediate);
}

describe('serve', () => {
  it('has examples in its help', async () => {
    const { code, stdout } = await run(['serve', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('$ conntape serve --allow SIGNAL');
    expect(stdout).toContain('127.0.0.1:9951');
  });

  it('serves with a cookie of its own, which is gone at the end', async () => {
    const tor = await FakeTor.start();
    const port = await serving(tor);
    expect(port.stderr()).toMatch(
      /^conntape: serving r0 A{40} \(Tor 0\.4\.9\.11, native\) at 127\.0\.0\.1:\d+, cookie /,
    );
    const cookieFile = cookieOf(port);
    expect(statSync(cookieFile).mode & 0o777).toBe(0o600);
    const client = await clientOf(port.address);
    expect(client.torVersion).toBe('0.4.9.11');
    expect(await client.getInfo(['fingerprint', 'conn/all'])).toEqual(
      new Map([
        ['fingerprint', 'A'.repeat(40)],
        ['conn/all', '1 0 0 0 0 0 IRt 0 0 5'],
      ]),
    );
    expect(await converse(port.address, ['PROTOCOLINFO 1'])).toContain(
      `250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="${cookieFile}"`,
    );
    expect(await port.stop()).toBe(143);
    expect(existsSync(dirname(cookieFile))).toBe(false);
    expect((await client.closed).kind).toBe('connect');
  });

  it('serves with a password in place of the cookie, or with both', async () => {
    const tor = await FakeTor.start();
    const env = { CONNTAPE_LISTEN_PASSWORD: 'secret' };
    const port = await serving(tor, [], env);
    expect(port.stderr()).toContain('with a password');
    expect(port.stderr()).not.toMatch(/secret|cookie/);
    await clientOf(port.address, { password: 'secret' });
    await expect(clientOf(port.address, { password: 'wrong' })).rejects.toThrow('515');

    const folder = temporaryFolder();
    const [passwordFile, cookieFile] = [join(folder, 'password'), join(folder, 'cookie')];
    writeFileSync(passwordFile, 'other\n');
    const both = await serving(tor, [
      ...['--listen-password-file', passwordFile, '--listen-cookie-file', cookieFile],
    ]);
    await clientOf(both.address);
    expect(await converse(both.address, ['AUTHENTICATE "other"'])).toEqual(['250 OK']);
    expect(await both.stop()).toBe(143);
    expect(existsSync(cookieFile)).toBe(false);
    expect(existsSync(passwordFile)).toBe(true);
  });

  it('serves on a Unix socket that only its owner may open', async () => {
    const path = join(temporaryFolder(), 'control');
    const port = await serving(await FakeTor.start(), ['--listen', `unix:${path}`]);
    expect(port.address).toEqual({ kind: 'unix', path });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    await clientOf(port.address);
    expect(await port.stop()).toBe(143);
    expect(existsSync(path)).toBe(false);
  });

  it("authenticates with Tor's own secret, and lets nobody in with it", async () => {
    const tor = await FakeTor.start({ password: 'of Tor' });
    const port = await serving(tor, [], { CONNTAPE_CONTROL_PASSWORD: 'of Tor' });
    const client = await clientOf(port.address);
    expect(await client.tryGetInfo('fingerprint')).toBe('A'.repeat(40));
    expect(await converse(port.address, ['AUTHENTICATE "of Tor"'])).toEqual([
      expect.stringMatching(/^515 /),
    ]);
  });

  it('answers of the newest poll, and says so while Tor is away', async () => {
    const tor = await FakeTor.start();
    const port = await serving(tor, ['--round', '1']);
    const client = await clientOf(port.address);
    const conn = () => client.tryGetInfo('conn/all').catch((error: Error) => error.message);
    expect(await conn()).toBe('1 0 0 0 0 0 IRt 10 20 5');
    tor.info.set('conn/all', '1 0 0 0 0 0 IRt 30 40 15');
    expect(await conn()).toBe('1 0 0 0 0 0 IRt 10 20 5');
    port.poll();
    await until(async () => (await conn()) === '1 0 0 0 0 0 IRt 30 40 15');

    await tor.stop();
    await until(async () => /551 Tor is away: the control port/.test((await conn()) ?? ''));
    await tor.start();
    tor.info.set('conn/all', '2 0 0 0 0 0 IRt 1 2 3');
    await until(async () => {
      port.poll();
      return (await conn()) === '2 0 0 0 0 0 IRt 1 2 3';
    });
    expect(port.stderr()).toContain('polls are answered again');
  });

  it('is recorded as what is behind it, an outage of Tor as the gap it was', async () => {
    const tor = await FakeTor.start();
    const port = await serving(tor);
    const recorder = await openNative({ address: port.address }, 1000);
    onTestFinished(() => recorder.close());
    expect(recorder.header).toMatchObject({
      source: 'native',
      intervalMs: 10_000,
      relay: { nickname: 'r0', torVersion: '0.4.9.11' },
      extra: { round_bytes: 1024 },
    });
    const [, first] = (await recorder.poll(0)) as [Session, Snapshot];
    expect(first.at).toBe(Date.parse('2026-11-23T00:00:00Z'));
    await tor.stop();
    await until(() => port.stderr().includes('connecting again'));
    expect((await recorder.poll(0)).map(({ kind }) => kind)).toEqual(['session', 'snapshot']);
    await tor.start();
    let items = await recorder.poll(0);
    await until(async () => {
      port.poll();
      items = await recorder.poll(0);
      return items.some(({ kind }) => kind === 'gap');
    });
    const [gap, second] = items;
    expect(gap).toMatchObject({ kind: 'gap', from: first.at, to: (second as Snapshot).at });
    expect((second as Snapshot).at).toBeGreaterThan(first.at);
  });

  it('hands on that the configuration changed', async () => {
    const tor = await FakeTor.start();
    tor.conf.set('ExitRelay', '0');
    const port = await serving(tor);
    const recorder = await openNative({ address: port.address }, 1000);
    onTestFinished(() => recorder.close());
    expect(recorder.header.config).toMatchObject({ ExitRelay: '0' });
    const first = await recorder.poll(0);
    tor.setConf('ExitRelay', '1');
    const atOf = (item: TapeItem | undefined) => (item?.kind === 'snapshot' ? item.at : 0);
    let items: readonly TapeItem[] = [];
    await until(async () => {
      port.poll();
      items = await recorder.poll(0);
      return atOf(items.at(-1)) > atOf(first.at(-1));
    });
    expect(items).toMatchObject([
      { kind: 'session', header: { config: { ExitRelay: '1' }, extra: { round_bytes: 1024 } } },
      { kind: 'snapshot' },
    ]);
    const late = await openNative({ address: port.address }, 1000);
    onTestFinished(() => late.close());
    expect(late.header.config).toMatchObject({ ExitRelay: '1' });
  });

  it('lets commands pass that are allowed by name', async () => {
    const port = await serving(await FakeTor.start(), ['--allow', 'signal', '--allow', 'SETCONF']);
    const client = await clientOf(port.address);
    await expect(client.command('SIGNAL NEWNYM')).rejects.toThrow('Unrecognized command "SIGNAL"');
    await expect(client.command('SETCONF a')).rejects.toThrow('Unrecognized command "SETCONF"');
    await expect(client.command('RESETCONF a')).rejects.toThrow('serve --allow RESETCONF');
  });

  it.each<[string, string[], Record<string, string>, string]>([
    [
      'beyond this machine',
      ['--listen', '0.0.0.0:0'],
      { CONNTAPE_LISTEN_PASSWORD: 'p' },
      'listening on 0.0.0.0:0: other machines could reach it',
    ],
    ['beyond this machine, by name', ['--listen', 'example.com:1'], {}, 'other machines'],
    [
      'beyond this machine without a password',
      ['--listen', '[::]:0', '--listen-anywhere', '--listen-cookie-file', '/nonexistent/cookie'],
      {},
      'it would have no password',
    ],
    ['with an empty password', [], { CONNTAPE_LISTEN_PASSWORD: '' }, 'it is empty'],
    ['a command that is unknown', ['--allow', 'BOGUS'], {}, 'It is not one of ADD_ONION, '],
    ['a command that may not be allowed', ['--allow', 'QUIT'], {}, 'It is not one of ADD_ONION, '],
    ['polled too often', ['--interval', '10ms'], {}, 'it is at least 100ms'],
  ])('refuses what is %s', async (_, args, env, message) => {
    // Where no Tor is: the command line is looked at first.
    const { code, stderr } = await run(['serve', '--control', '127.0.0.1:1', ...args], { env });
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  it('listens beyond this machine where that is said and has a password', async () => {
    const port = await serving(
      await FakeTor.start(),
      ['--listen', '0.0.0.0:0', '--listen-anywhere'],
      { CONNTAPE_LISTEN_PASSWORD: 'p' },
    );
    const { address } = port;
    if (address.kind !== 'tcp') throw new Error('no TCP address');
    await clientOf({ ...address, host: '127.0.0.1' }, { password: 'p' });
  });

  it('fails at once where there is no Tor, or the port is taken, and leaves nothing', async () => {
    const { code, stderr } = await run(['serve', '--control', '127.0.0.1:1']);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing listens there');
    const tor = await FakeTor.start();
    const taken = await run([
      ...['serve', '--control', formatAddress(tor.address), '--listen', formatAddress(tor.address)],
    ]);
    expect(taken.code).toBe(2);
    expect(taken.stderr).toContain('another program listens there\n  give another address');
  });
});
