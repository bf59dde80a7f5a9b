/** `record --check`, in front of control ports of all kinds: what it says, and that it leaves no trace. */
import { readdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { formatAddress } from '../../src/control/address.ts';
import { temporaryFolder } from '../recording/tapes.ts';
import { FakeTor } from '../sources/fakeTor.ts';
import { connectedPair, consensusAt, StandIn } from '../sources/stock/standIn.ts';
import { run } from './running.ts';

const PASSWORD = { CONNTAPE_CONTROL_PASSWORD: 'secret' };

/** Runs it, and gives its lines by what they are about, with spaces as one. */
async function check(tor: StandIn | FakeTor, ...options: string[]) {
  const args = ['record', '--check', '--control', formatAddress(tor.address), ...options];
  const { code, stdout, stderr } = await run(args, { env: PASSWORD, now: Date.now() });
  const lines = new Map<string, string>();
  let last = '';
  for (const line of stdout.trimEnd().split('\n')) {
    const [, answer, what, says] = /^(yes|partly|no) +(\S+(?: \S+)*?) {2,}(.+)$/.exec(line) ?? [];
    if (what === undefined) lines.set(last, `${lines.get(last)} ${line.trim()}`);
    else lines.set(what, `${answer}: ${says}`);
    last = what ?? last;
  }
  return { code, lines, stderr };
}

async function stockTor(): Promise<StandIn> {
  const { orPort } = await connectedPair();
  const tor = await StandIn.start(orPort);
  tor.info.set('ns/all', consensusAt(orPort));
  tor.info.set('exit-policy/full', 'reject *:*');
  return tor;
}

describe('record --check', () => {
  it('says what a stock Tor gives, what it does not, and what to do for it', async () => {
    const { code, lines, stderr } = await check(await stockTor());
    expect(code).toBe(0);
    expect(stderr).toContain('this Tor can be recorded, as a stock source');
    expect([...lines.keys()]).toEqual([
      ...['control port', 'relay', 'conn/all', 'OR connections', 'ages', 'own circuits'],
      ...['circuits of others', 'consensus', 'configuration', 'MetricsPort'],
      ...['process', 'descriptors', 'sockets', 'witness'],
    ]);
    expect(lines.get('control port')).toMatch(/^yes: Tor 0\.4\.9\.11 at .* lets this user in$/);
    expect(lines.get('relay')).toBe('yes: r0 A214370B39FB71D44C4F79DE014857450C9EF8DC');
    expect(lines.get('conn/all')).toMatch(/^no: /);
    expect(lines.get('OR connections')).toMatch(/^yes: /);
    expect(lines.get('ages')).toMatch(/^partly: .* → record with --dump 1h$/);
    expect(lines.get('circuits of others')).toMatch(/^no: .*TestingEnableCellStatsEvent 1$/);
    expect(lines.get('consensus')).toMatch(/^yes: 1 relays/);
    expect(lines.get('configuration')).toMatch(/^yes: /);
    expect(lines.get('MetricsPort')).toMatch(
      /^no: .*→ torrc: MetricsPort 127\.0\.0\.1:9035 → torrc: MetricsPortPolicy accept 127\.0\.0\.1$/,
    );
    expect(lines.get('process')).toBe(`yes: ${process.pid} is this Tor’s`);
    expect(lines.get('descriptors')).toMatch(/^yes: \d+ of 1024 in use$/);
    expect(lines.get('sockets')).toMatch(/^yes: ss reads \d+ of Tor’s in 0\.00 s: each connection/);
  });

  it('changes nothing, asks for nothing that is logged, and writes no file', async () => {
    const tor = await stockTor();
    const folder = temporaryFolder();
    const { code } = await check(tor, join(folder, 'a.tape'), '--dump', '1h', '--heartbeat', '1h');
    expect([code, tor.dumps, tor.heartbeats]).toEqual([0, 0, 0]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what is not granted', async () => {
    const tor = await stockTor();
    tor.info.set('ns/all', '');
    tor.info.delete('exit-policy/full');
    tor.info.delete('circuit-status');
    tor.info.delete('fingerprint');
    const { code, lines } = await check(tor);
    expect(code).toBe(0);
    expect(lines.get('consensus')).toMatch(/^no: .* → wait until/);
    expect(lines.get('configuration')).toBe('partly: options, no exit policy');
    expect(lines.get('own circuits')).toMatch(/^no: /);
    expect(lines.get('relay')).toMatch(/^partly: this Tor is no relay/);
  });

  it('reads the MetricsPort, and says why it cannot', async () => {
    const tor = await stockTor();
    let type = 'text/html';
    const server = createServer((_, response) => {
      response.setHeader('content-type', type);
      response.end('tor_relay_flag{type="Fast"} 1\n');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    tor.conf.set('MetricsPort', `127.0.0.1:${port}`);
    tor.conf.set('MetricsPortPolicy', 'accept 127.0.0.1');
    expect((await check(tor)).lines.get('MetricsPort')).toMatch(
      /^no: http:.*: the answer is not plain text/,
    );
    type = 'text/plain; charset=utf-8';
    expect((await check(tor)).lines.get('MetricsPort')).toMatch(/^yes: 1 series at http/);
    tor.conf.set('MetricsPortPolicy', 'reject *');
    expect((await check(tor)).lines.get('MetricsPort')).toMatch(/^no: MetricsPortPolicy does not/);
    const off = await check(tor, '--metrics', 'off');
    expect(off.lines.get('MetricsPort')).toBe('no: --metrics off');
  });

  it('records nothing of a Tor whose process is not seen here', async () => {
    const tor = await stockTor();
    tor.info.set('process/pid', `${2 ** 22 + 1}`);
    const { code, lines, stderr } = await check(tor);
    expect(code).toBe(1);
    expect(stderr).toContain('nothing can be recorded so');
    expect(lines.get('process')).toMatch(/^no: Tor says that it is process/);
    expect(lines.get('sockets')).toMatch(/^no: /);
  });

  it('says what a Tor with conn/all gives, and what a source alone would', async () => {
    const tor = await FakeTor.start();
    const { code, lines, stderr } = await check(tor);
    expect(code).toBe(0);
    expect(stderr).toContain('as a native source');
    expect(lines.get('conn/all')).toMatch(/^yes: every connection and circuit/);
    expect(lines.has('OR connections')).toBe(false);
    expect(tor.polls).toBe(0);
    expect((await check(tor, '--source', 'stock')).code).toBe(1);
    expect((await check(await stockTor(), '--source', 'native')).code).toBe(1);
  });

  it('says how to be let in', async () => {
    const away = await run(['record', '--check', '--control', '127.0.0.1:1']);
    expect([away.code, away.stderr]).toEqual([1, 'conntape: nothing can be recorded so\n']);
    expect(away.stdout).toMatch(/^no +control port +127\.0\.0\.1:1: nothing listens there\n/);
    expect(away.stdout).toContain('→ torrc: CookieAuthFileGroupReadable 1\n');
    expect(away.stdout).not.toContain('ControlSocket');
    const tor = await stockTor();
    const args = ['record', '--check', '--control', formatAddress(tor.address)];
    const wrong = await run(args, { env: { CONNTAPE_CONTROL_PASSWORD: 'wrong' } });
    expect(wrong.code).toBe(1);
    expect(wrong.stdout).toMatch(/^no +control port .*515/);
    expect(wrong.stdout).toContain('is the password the one of HashedControlPassword?');
    expect(wrong.stdout).not.toContain('wrong');
  });
});
