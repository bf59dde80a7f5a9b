import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { lineOf } from '../../../src/listing/listing.ts';
import type { Snapshot } from '../../../src/listing/snapshot.ts';
import { BYTES_UNCOUNTED, WRITTEN_UNCOUNTED } from '../../../src/listing/uncounted.ts';
import type { WitnessTool } from '../../../src/sockets/reader.ts';
import { FAILED_KEYS } from '../../../src/sources/asking.ts';
import type { PolledConnection } from '../../../src/sources/polledConnection.ts';
import type { StockOptions } from '../../../src/sources/stock/probe.ts';
import { stockOpener } from '../../../src/sources/stock/stock.ts';
import { witnessed } from '../../../src/sources/witness.ts';
import { temporaryFolder } from '../../control/peers.ts';
import { onPlatform } from '../../sockets/system.ts';
import { connectedPair, consensusAt, StandIn } from './standIn.ts';
import { R2, R3 } from './world.ts';

/** The clock of the recorder. */
let now = Date.UTC(2026, 10, 23, 4);

function optionsFor(tor: StandIn, rest: Partial<StockOptions> = {}): StockOptions {
  const connect = { address: tor.address, password: 'secret', now: () => now };
  return { connect, intervalMs: 10_000, dumpEveryMs: 'off', ...rest };
}

async function open(options: StockOptions): Promise<PolledConnection> {
  const connection = await stockOpener(options)(new AbortController().signal);
  onTestFinished(() => connection.close());
  return connection;
}

/** Ten seconds pass, and a poll. */
async function poll(connection: PolledConnection): Promise<Snapshot> {
  now += 10_000;
  const [item] = await connection.poll(now);
  if (item?.kind !== 'snapshot') throw new Error('no snapshot');
  return item;
}

/** The lines of both ends of the connection to the OR port, with ids and ports masked. */
function linesAt(orPort: number, { listing }: Snapshot): string[] {
  return listing.labels
    .map((label, row) =>
      lineOf(label, listing.read[row]!, listing.written[row]!, listing.uptime[row]!),
    )
    .filter((line) => / [iI]R[tT] /.test(line) || line.includes(` 127.0.0.1 ${orPort} `))
    .map((line) => line.replace(/^\d{13,} /, 'ID ').replace(/ 127.0.0.1 \d+ \d+ /, ' ADDRESS '));
}

describe('a stock Tor', () => {
  it('is asked who it is, and says what it can tell', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const { header } = await open(optionsFor(tor));
    expect(header).toMatchObject({
      source: 'stock',
      bytes: 'connection',
      intervalMs: 10_000,
      relay: {
        fingerprint: 'A214370B39FB71D44C4F79DE014857450C9EF8DC',
        nickname: 'r0',
        torVersion: '0.4.9.11',
      },
      config: { ExitPolicyRejectPrivate: '1' },
    });
    expect(header.observes.bytes).toBe(true);
    expect(header.observes.transitCircuits).toMatch(/no circuit that others built/);
  });

  it('costs what it refuses, a key or an option, and names it', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await open(optionsFor(tor));
    tor.info.delete('circuit-status');
    tor.conf.delete('BandwidthBurst');
    const { info, listing } = await poll(connection);
    expect(info.get(FAILED_KEYS)).toBe(
      'circuit-status (Tor answered 552 Unrecognized key "circuit-status"); ' +
        'BandwidthBurst (Tor answered 552 Unrecognized configuration key "BandwidthBurst")',
    );
    expect(info.get('info/relay/read-total')).toBe('5000');
    expect(info.get('info/relay/bw-limit')).toBe('1073741824');
    expect(listing.labels.length).toBeGreaterThan(0);
    tor.info.set('circuit-status', '');
    tor.conf.set('BandwidthBurst', '1');
    now += 60_000;
    expect((await poll(connection)).info.has(FAILED_KEYS)).toBe(false);
  });

  it('that hung has its sockets of when it answered, as its events are', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await open(optionsFor(tor));
    const asked = now + 10_000;
    const get = tor.info.get.bind(tor.info);
    tor.info.get = (key) => {
      if (key === 'traffic/read') now += 5000;
      return get(key);
    };
    expect((await poll(connection)).at).toBe(asked + 5000);
  });

  it('has its connections, with the bytes that the system counted', async () => {
    const { orPort, near, far } = await connectedPair();
    const tor = await StandIn.start(orPort);
    tor.info.set('ns/all', consensusAt(orPort));
    const connection = await open(optionsFor(tor));
    near.write(Buffer.alloc(3000));
    far.write(Buffer.alloc(500));
    await Promise.all([once(near, 'data'), receive(far, 3000)]);
    const snapshot = await poll(connection);
    expect(linesAt(orPort, snapshot).sort()).toEqual([
      'ID 0 0 0 0 0 IRt 3000 500 0 AGE=unknown',
      `ID 0 ${R3} ADDRESS ORT 500 3000 0 AGE=unknown`,
    ]);
    expect(snapshot.info.get('info/relay/bw-limit')).toBe('1073741824');
    expect(snapshot.info.get('info/uptime-process')).toBe('100');
    expect(Number(snapshot.info.get('info/descriptor-used'))).toBeGreaterThan(3);
    expect(snapshot.info.get('ns/authority')).toBe(consensusAt(orPort));
    expect((await poll(connection)).info.has('ns/authority')).toBe(false);
  });

  it('is its own witness: one reading of the sockets serves for both', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const { signal } = new AbortController();
    const witnessOf = async (tool: WitnessTool | 'auto') => {
      const options = { tool, monotonic: () => 0, notice: () => {} };
      const connection = await witnessed(stockOpener(optionsFor(tor)), options)(signal);
      onTestFinished(() => connection.close());
      return (await poll(connection)).extra['witness'];
    };
    for (const tool of ['auto', 'ss'] as const) {
      expect(await witnessOf(tool)).toMatchObject({ tool: 'ss', shared: true, only_system: [] });
    }
    expect(await witnessOf('lsof')).not.toHaveProperty('shared');
  });

  it('is told of openings and ends by events', async () => {
    const { orPort, near } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await open(optionsFor(tor));
    tor.emit('ORCONN', `127.0.0.1:${near.localPort} NEW ID=297`);
    const first = await poll(connection);
    expect(linesAt(orPort, first)).toContain('297 0 0 0 0 0 iRt 0 0 0');
    expect(first.events).toEqual([
      { at: first.at, connId: 297, what: 'opened', reason: '', extra: { type_flags: 'iRt' } },
    ]);
    tor.emit('ORCONN', `127.0.0.1:${near.localPort} CLOSED REASON=DONE ID=297`);
    const second = await poll(connection);
    expect(second.events).toEqual([
      { at: second.at, connId: 297, what: 'closed', reason: 'DONE', extra: {} },
    ]);
    expect(linesAt(orPort, second)).not.toContainEqual(expect.stringMatching(/^297 /));
  });

  it('is known again when the control port is connected to anew', async () => {
    const { orPort, near } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const options = optionsFor(tor);
    const opener = stockOpener({
      ...options,
      connect: {
        ...options.connect,
        get address() {
          return tor.address;
        },
      },
    });
    const { signal } = new AbortController();
    const before = await opener(signal);
    tor.emit('ORCONN', `127.0.0.1:${near.localPort} NEW ID=297`);
    await poll(before);
    await tor.stop();
    expect((await before.closed).kind).toBe('connect');
    await tor.listen();
    tor.info.set('uptime', '110');
    const after = await opener(signal);
    expect(linesAt(orPort, await poll(after))).toContain('297 0 0 0 0 0 iRt 0 0 10');
    await after.close();
  });

  it('is another one when its process is: nothing is known of it', async () => {
    const { orPort, near } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const opener = stockOpener(optionsFor(tor));
    const { signal } = new AbortController();
    const before = await opener(signal);
    tor.emit('ORCONN', `127.0.0.1:${near.localPort} NEW ID=297`);
    await poll(before);
    await before.close();
    tor.info.set('uptime', '0');
    const after = await opener(signal);
    const lines = linesAt(orPort, await poll(after));
    expect(lines).toContain('ID 0 0 0 0 0 IRt 0 0 0 AGE=unknown');
    await after.close();
  });

  it('tells of a new consensus and of resets', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await open(optionsFor(tor));
    expect((await poll(connection)).info.get('ns/authority')).toBe('');
    tor.emitConsensus(consensusAt(orPort));
    tor.emit('SIGNAL', 'RELOAD');
    const { info, listing } = await poll(connection);
    expect(info.get('ns/authority')).toBe(consensusAt(orPort));
    expect(info.get('info/uptime-reset')).toBe('0');
    expect((await poll(connection)).info.get('info/uptime-reset')).toBe('10');
    expect(listing.labels.map(({ orId }) => orId)).toContain(R3);
  });

  it('has the configuration that it is given meanwhile', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await open(optionsFor(tor));
    await poll(connection);
    now += 3000;
    const changedAt = now;
    tor.conf.set('ExitRelay', '1');
    const asked = tor.confAsked();
    tor.emit('CONF_CHANGED', 'ExitRelay=1');
    await asked;
    now += 7000;
    expect(await connection.poll(now)).toMatchObject([
      { kind: 'session', at: changedAt, header: { source: 'stock', config: { ExitRelay: '1' } } },
      { kind: 'snapshot', at: now },
    ]);
  });

  it('is asked for a dump at the start and then as often as was said', async () => {
    const { orPort, near } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await open(optionsFor(tor, { dumpEveryMs: 20_000 }));
    tor.dump = [
      'Dumping stats:',
      `Conn 4 (socket 999) is a OR connection (open) with 192.0.2.9:9001 RSA_ID=${R2}, created 645 secs ago`,
      `Conn 5 (socket ${descriptorOf(near)}) is a OR connection (open) with 127.0.0.1:${orPort} RSA_ID=${R3}, created 645 secs ago`,
      'Channel 14 (at 0x55) with transport TLS channel (connection 37) is in state open (2)',
      ' * Channel 14 was created at 1795409801 (645 seconds ago) and last active at 1795410017 (7 seconds ago)',
      ` * Channel 14 says it is connected to an OR with digest ${R3}`,
      ' * Channel 14 has these marks: !bad_for_new_circs canonical !client local outgoing',
    ];
    const { listing } = await poll(connection);
    expect(listing.labels.find(({ connId }) => connId === 37)?.flags).toBe('ORT');
    expect(listing.uptime[listing.labels.findIndex(({ connId }) => connId === 37)]).toBe(645);
    for (let polls = 0; polls < 4; polls++) await poll(connection);
    expect(tor.dumps).toBe(3);
  });

  it('is asked for none unless that was said', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    await poll(await open(optionsFor(tor)));
    expect(tor.dumps).toBe(0);
  });

  it('of a testing network is asked without that, and tells of circuits', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    tor.conf.set('TestingEnableCellStatsEvent', '1');
    const connection = await open(optionsFor(tor));
    expect(connection.header.bytes).toBe('entry');
    tor.emit('CELL_STATS', 'InboundQueue=77 InboundConn=2 InboundRemoved=relay:4');
    const { info } = await poll(connection);
    expect(tor.dumps).toBe(1);
    expect(info.get('conntape/unplaced-circuits')).toBe('1');
  });
});

describe('what a stock Tor does not say', () => {
  it('is what an old kernel did not count: neither 0 bytes nor those acknowledged', async () => {
    const { orPort, near } = await connectedPair();
    const tor = await StandIn.start(orPort);
    tor.conf.set('TestingEnableCellStatsEvent', '1');
    ssWithoutBytesSent();
    const connection = await open(optionsFor(tor));
    expect(connection.header.observes.bytes).toBe(WRITTEN_UNCOUNTED);
    // Without them no circuit's bytes can be told apart.
    expect(connection.header.bytes).toBe('connection');
    near.write(Buffer.alloc(3000));
    const { listing } = await poll(connection);
    expect([...listing.written].every((bytes) => bytes === 0)).toBe(true);
  });

  it('is every byte, on a system whose tools count none', async () => {
    const { orPort, near } = await connectedPair();
    const tor = await StandIn.start(orPort);
    onPlatform('darwin');
    const connection = await open(optionsFor(tor));
    expect(connection.header.observes.bytes).toBe(BYTES_UNCOUNTED);
    near.write(Buffer.alloc(3000));
    const { listing, info } = await poll(connection);
    expect(linesAt(orPort, { listing } as Snapshot).length).toBeGreaterThan(0);
    expect([...listing.read, ...listing.written].every((bytes) => bytes === 0)).toBe(true);
    expect(info.has('info/descriptors-used')).toBe(false);
  });

  it('is the direction of what a listener that has gone may have taken in', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    tor.info.set('net/listeners/or', '');
    const { listing, extra } = await poll(await open(optionsFor(tor)));
    expect(new Set(listing.labels.map(({ flags }) => flags))).toEqual(new Set(['UUt']));
    expect(listing.labels.every(({ ip, port, lPort }) => ip === '0' && port + lPort === 0)).toBe(
      true,
    );
    expect(extra['outside']).toMatchObject({ connections: 0 });
  });

  it('is known again where an event says it', async () => {
    const { orPort, near } = await connectedPair();
    const tor = await StandIn.start(orPort);
    tor.info.set('net/listeners/or', '');
    const connection = await open(optionsFor(tor));
    tor.emit('ORCONN', `127.0.0.1:${near.localPort} NEW ID=297`);
    const { listing } = await poll(connection);
    expect(listing.labels.find(({ connId }) => connId === 297)?.flags).toBe('iRt');
  });

  it('stays inbound what came in by a listener that is gone since', async () => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    const connection = await open(optionsFor(tor));
    const before = linesAt(orPort, await poll(connection)).filter((line) => line.includes('IRt'));
    tor.info.set('net/listeners/or', '');
    await poll(connection);
    const after = linesAt(orPort, await poll(connection)).filter((line) => line.includes('IRt'));
    expect(after).toHaveLength(before.length);
  });

  it.each<[string, Record<string, string>, string]>([
    ['a service that ADD_ONION made and nobody holds', { 'onions/detached': 'abcdefgh' }, 'OUt'],
    [
      'a service that another controller holds',
      { 'circuit-status': `7 BUILT $${R2}~r2 PURPOSE=HS_SERVICE_INTRO REND_QUERY=abcdefgh` },
      'OUt',
    ],
    ['no service', { 'onions/detached': '' }, 'ORt'],
  ])('is what a local connection is for, beside %s', async (_, info, flags) => {
    const { orPort } = await connectedPair();
    const tor = await StandIn.start(orPort);
    for (const [key, value] of Object.entries(info)) tor.info.set(key, value);
    const { listing } = await poll(await open(optionsFor(tor)));
    const outbound = listing.labels.find((label) => label.port === orPort);
    expect(outbound?.flags).toBe(flags);
  });
});

/** `ss` as it is on a kernel before 4.19, until the test ends. */
function ssWithoutBytesSent(): void {
  const before = process.env['PATH'] ?? '';
  const real = before
    .split(':')
    .map((folder) => `${folder}/ss`)
    .find(existsSync);
  const folder = temporaryFolder();
  const script = `#!/bin/sh\n${real} "$@" | sed 's/ bytes_sent:[0-9]*//; s/ bytes_retrans:[0-9]*//'\n`;
  writeFileSync(`${folder}/ss`, script, { mode: 0o755 });
  process.env['PATH'] = `${folder}:${before}`;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
}

describe('what cannot be seen', () => {
  const failure = async (tor: StandIn, rest: Partial<StockOptions> = {}) =>
    await open(optionsFor(tor, rest)).then(
      () => undefined,
      (error: unknown) => error,
    );

  it('is a Tor on another machine', async () => {
    const address = { kind: 'tcp', host: '192.0.2.1', port: 9051 } as const;
    const opener = stockOpener({ connect: { address }, intervalMs: 1000, dumpEveryMs: 'off' });
    await expect(opener(new AbortController().signal)).rejects.toMatchObject({
      kind: 'usage',
      hint: 'record where Tor runs',
    });
  });

  it('is a Tor that does not tell its process', async () => {
    const tor = await StandIn.start(9001);
    tor.info.delete('process/pid');
    expect(await failure(tor)).toMatchObject({
      kind: 'connect',
      message: expect.stringContaining('Tor does not say which process it is'),
    });
  });

  it('is where ss fails: with what it said, and not as a tool to install', async () => {
    const tor = await StandIn.start(9001);
    const before = process.env['PATH'];
    onTestFinished(() => {
      process.env['PATH'] = before;
    });
    const folder = temporaryFolder();
    writeFileSync(`${folder}/ss`, '#!/bin/sh\necho no netlink >&2; exit 1\n', { mode: 0o755 });
    process.env['PATH'] = `${folder}:${before}`;
    const failed = await failure(tor);
    expect(failed).toMatchObject({ message: expect.stringContaining('no netlink') });
    expect(failed).not.toMatchObject({ hint: expect.stringContaining('install') });
  });

  it('are the sockets of a process that is not there', async () => {
    const tor = await StandIn.start(9001);
    // Past the greatest process id that Linux gives.
    tor.info.set('process/pid', `${2 ** 22 + 1}`);
    expect(await failure(tor)).toMatchObject({ kind: 'connect' });
  });
});

async function receive(socket: Socket, bytes: number): Promise<void> {
  while (socket.bytesRead < bytes) await once(socket, 'data');
}

function descriptorOf(socket: object): number {
  return (socket as { _handle: { fd: number } })._handle.fd;
}
