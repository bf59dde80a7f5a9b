/** The witness: what Tor reports against what the system has, on made-up and on real sockets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Listing } from '../../src/listing/listing.ts';
import { parseListing } from '../../src/listing/parse.ts';
import type { Snapshot } from '../../src/listing/snapshot.ts';
import { type Comparison, witnessOf } from '../../src/listing/witness.ts';
import { socketReader, WITNESS_TOOLS, type WitnessTool } from '../../src/sockets/reader.ts';
import {
  parseToolEndpoint,
  type SocketState,
  type SystemSocket,
} from '../../src/sockets/socket.ts';
import { compare as compared } from '../../src/sources/comparison.ts';
import type { PolledConnection } from '../../src/sources/polledConnection.ts';
import { type WitnessOptions, witnessed } from '../../src/sources/witness.ts';
import { HEADER } from '../recording/tapes.ts';

const RELAY = 'AB'.repeat(20);
const APART_MS = 100;

const port = fc.integer({ min: 1, max: 65_535 });

function socket(local: string, remote: string, state: SocketState = 'established'): SystemSocket {
  return { local: parseToolEndpoint(local)!, remote: parseToolEndpoint(remote)!, state };
}

const LISTENER = socket('203.0.113.1:9001', '0.0.0.0:0', 'listening');

const counts = (reported: number, system: number) => ({ reported, system });

/** Where the relay rejects what is private. */
function compare(
  listing: Listing,
  sockets: readonly SystemSocket[],
  apartMs: number,
  listened: ReadonlySet<number> = new Set(),
): Comparison {
  return compared(listing, sockets, apartMs, listened, true);
}

describe('a listing beside the sockets', () => {
  it('counts what goes into the own network where its address may not be named', () => {
    const listing = parseListing('1 0 0 192.168.1.7 80 33000 ORt 1 2 60');
    const sockets = [socket('203.0.113.1:33001', '192.168.1.8:80')];
    const named = compared(listing, sockets, APART_MS, new Set(), true);
    expect(named).toMatchObject({ onlyReportedCount: 1, onlySystemCount: 1 });
    const found = compared(listing, sockets, APART_MS, new Set(), false);
    expect(found).toMatchObject({ onlyReported: [], onlySystem: [], outbound: counts(1, 1) });
  });

  it('takes a line of unknown direction for any socket at no listener', () => {
    const listing = parseListing('1 0 0 0 0 0 UUt 1 2 60\n2 0 0 0 0 0 UUt 1 2 60');
    const sockets = [
      socket('127.0.0.1:27301', '127.0.0.1:40000'),
      socket('127.0.0.1:27301', '127.0.0.1:40001'),
    ];
    const found = compare(listing, sockets, APART_MS);
    expect(found).toMatchObject({ onlySystemCount: 0, outbound: counts(2, 2) });
    const afterwards = compare(listing, sockets, APART_MS, new Set([27_301]));
    expect(afterwards).toMatchObject({ inbound: counts(2, 2), outbound: counts(0, 0) });
    const one = parseListing('1 0 0 0 0 0 UUt 1 2 60');
    expect(compare(one, sockets, APART_MS).onlySystemCount).toBe(1);
  });
  it('knows an inbound connection by a port that was listened at before', () => {
    const listing = parseListing('1 0 0 0 0 0 IRt 1 2 60');
    const sockets = [socket('127.0.0.1:27301', '127.0.0.1:40000')];
    expect(compare(listing, sockets, APART_MS).onlySystemCount).toBe(1);
    const found = compare(listing, sockets, APART_MS, new Set([27_301]));
    expect(found).toMatchObject({ onlySystemCount: 0, inbound: counts(1, 1) });
  });

  it.each<[string, string[], SystemSocket[]]>([
    [
      'a relay’s connection, by both ends',
      [`1 0 ${RELAY} 203.0.113.2 443 33000 ORT 1 2 60`],
      [socket('203.0.113.1:33000', '203.0.113.2:443')],
    ],
    [
      'one of many lines, once',
      [
        `1 0 ${RELAY} 203.0.113.2 443 33000 ORT 1 2 60`,
        `1 7 ${RELAY} 203.0.113.2 443 33000 ORT 1 2 60`,
      ],
      [socket('203.0.113.1:33000', '203.0.113.2:443')],
    ],
    [
      'a line without a local port',
      [`1 0 ${RELAY} 203.0.113.2 443 0 ORT 1 2 60`],
      [socket('203.0.113.1:33000', '203.0.113.2:443')],
    ],
    [
      'an inbound relay under the address that it announces',
      [`1 0 ${RELAY} 203.0.113.2 443 9001 IRT 1 2 60`],
      [LISTENER, socket('203.0.113.1:9001', '198.51.100.9:40001')],
    ],
    [
      'clients, by their number',
      ['1 0 0 0 0 0 IRt 1 2 60', '2 0 0 0 0 0 IRt 1 2 60'],
      [
        LISTENER,
        socket('203.0.113.1:9001', '198.51.100.7:40001'),
        socket('203.0.113.1:9001', '198.51.100.8:40002'),
      ],
    ],
    [
      'handshakes that never end',
      ['1 0 0 0 0 0 iRt 0 0 60', '2 0 0 0 0 0 iRt 0 0 60'],
      [
        LISTENER,
        socket('203.0.113.1:9001', '198.51.100.7:40001'),
        socket('203.0.113.1:9001', '198.51.100.8:40002'),
      ],
    ],
    ['a listener, which is not a connection', ['1 0 0 0 0 0 iRt 0 0 60'], [LISTENER]],
    ['controllers at a Unix socket', ['1 0 0 0 0 0 IXt 1 2 60', '2 0 0 0 0 0 IXt 1 2 60'], []],
    [
      'an IPv4 address that is mapped into IPv6',
      [`1 0 ${RELAY} ::ffff:203.0.113.2 443 33000 ORT 1 2 60`],
      [socket('203.0.113.1:33000', '203.0.113.2:443')],
    ],
    [
      'two relays behind one address, the one that tells less first',
      [
        `1 0 ${RELAY} 203.0.113.2 443 9001 IRT 1 2 60`,
        `2 0 ${RELAY} 203.0.113.2 40001 9001 IRT 1 2 60`,
      ],
      [
        LISTENER,
        socket('203.0.113.1:9001', '203.0.113.2:40001'),
        socket('203.0.113.1:9001', '203.0.113.2:40002'),
      ],
    ],
  ])('agrees on %s', (_, lines, sockets) => {
    const found = compare(parseListing(lines.join('\n')), sockets, APART_MS);
    expect([found.onlyReported, found.onlySystem]).toEqual([[], []]);
    expect(found.reported).toBe(found.system);
    expect(found.inbound.reported).toBe(found.inbound.system);
    expect(found.outbound.reported).toBe(found.outbound.system);
  });

  it('tells what only Tor reports, unless it is too young or not established', () => {
    const lines = [
      `1 0 ${RELAY} 203.0.113.2 443 33000 ORT 1 2 60`,
      `2 0 ${RELAY} 203.0.113.3 443 33001 ORT 1 2 1`,
      `3 0 ${RELAY} 203.0.113.4 443 33002 oRT 1 2 60`,
    ];
    const found = compare(parseListing(lines.join('\n')), [], APART_MS);
    expect(found.onlyReported.map(({ connId, ip }) => [connId, ip])).toEqual([[1, '203.0.113.2']]);
    expect([found.reported, found.system]).toEqual([3, 0]);
  });

  it('tells what only the system has: the own network’s and a known relay’s address, no other', () => {
    const listing = parseListing(`1 0 ${RELAY} 203.0.113.2 443 33000 ORT 1 2 60`);
    const sockets = [
      LISTENER,
      socket('203.0.113.1:33000', '203.0.113.2:443'),
      socket('203.0.113.1:33001', '203.0.113.2:443'),
      socket('10.0.0.2:33002', '192.168.1.9:22'),
      socket('10.0.0.2:33003', '192.168.1.9:22', 'closing'),
      socket('203.0.113.1:33004', '198.51.100.7:80'),
      socket('203.0.113.1:9001', '192.168.1.7:40001'),
    ];
    const found = compare(listing, sockets, APART_MS);
    expect(found.onlySystem.map(({ ip, port, orId }) => [ip, port, orId])).toEqual([
      ['203.0.113.2', 443, RELAY],
      ['192.168.1.9', 22, '0'],
    ]);
    expect([found.inbound, found.outbound]).toEqual([counts(0, 1), counts(0, 1)]);
    expect(JSON.stringify(found)).not.toMatch(/198\.51\.100|192\.168\.1\.7|4000|33004/);
  });

  it('tells of a line whose local port is not the socket’s, and of no other', () => {
    const lines = [
      `1 0 ${RELAY} 203.0.113.2 443 33009 ORT 1 2 60`,
      `2 0 ${RELAY} 203.0.113.2 443 33001 ORT 1 2 60`,
    ];
    const sockets = [33_001, 33_002].map((at) => socket(`203.0.113.1:${at}`, '203.0.113.2:443'));
    const found = compare(parseListing(lines.join('\n')), sockets, APART_MS);
    expect(found.onlyReported.map(({ connId }) => connId)).toEqual([1]);
    expect(found.onlySystem.map(({ lPort }) => lPort)).toEqual([33_002]);
  });

  it('takes no web site at a relay’s address for the relay', () => {
    const lines = [`1 0 ${RELAY} 203.0.113.2 9001 33000 ORT 1 2 60`, '2 5 0 0 0 0 ORt 1 2 60'];
    const sockets = [
      socket('203.0.113.1:33000', '203.0.113.2:9001'),
      socket('203.0.113.1:33001', '203.0.113.2:443'),
    ];
    const found = compare(parseListing(lines.join('\n')), sockets, APART_MS);
    expect([found.onlyReported, found.onlySystem]).toEqual([[], []]);
    expect(found.outbound).toEqual(counts(1, 1));
  });

  it('never tells a stranger’s address or ports', () => {
    const stranger = fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 254 }), port, port);
    fc.assert(
      fc.property(
        fc.array(stranger),
        fc.array(fc.constantFrom('IRt', 'ORt', 'iRt')),
        (ends, own) => {
          const sockets = ends.map(([inbound, host, near, far]) =>
            socket(`203.0.113.1:${inbound ? 9001 : near}`, `198.51.100.${host}:${far}`),
          );
          const lines = own.map(
            (flags, id) => `${id} 0 0 198.51.100.7 40001 33000 ${flags} 1 2 60`,
          );
          const listing = parseListing(lines.join('\n'));
          const found = compare(listing, [LISTENER, ...sockets], APART_MS);
          expect([found.onlyReported, found.onlySystem]).toEqual([[], []]);
          const { reported, system, inbound, outbound } = found;
          expect([inbound.system + outbound.system, inbound.reported + outbound.reported]).toEqual([
            system,
            reported,
          ]);
        },
      ),
    );
  });

  it('tolerates more where more is young', () => {
    const young = ['1 0 0 0 0 0 IRt 1 2 0', '2 0 0 0 0 0 IRt 1 2 1', '3 0 0 0 0 0 IRt 1 2 60'];
    expect(compare(parseListing(young.join('\n')), [], APART_MS).tolerance).toBe(2 + 2 * 2);
    expect(compare(parseListing(young[2]!), [LISTENER], APART_MS).tolerance).toBe(2);
  });

  it('keeps no more rows than anyone reads', () => {
    const sockets = Array.from({ length: 300 }, (_, index) =>
      socket(`10.0.0.2:${30_000 + index}`, '192.168.1.9:22'),
    );
    const found = compare(parseListing(''), sockets, APART_MS);
    expect([found.onlySystem.length, found.onlySystemCount, found.system]).toEqual([200, 300, 300]);
  });
});

/** Whether a tool can be run: a machine without one of the witnesses has the others. */
function isInstalled(tool: WitnessTool): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(`${folder}/${tool}`));
}

/** A program that does what it is told in JavaScript, and then prints a line; until the test ends. */
async function program(script: string): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [said] = (await once(child.stdout!, 'data')) as [Buffer];
  return { child, said: said.toString().trim() };
}

/** A process that listens at a port. */
async function listening(): Promise<{ pid: number; port: number; end: () => Promise<void> }> {
  const { child, said } = await program(
    `const server = require('node:net').createServer().listen(0, '127.0.0.1', () =>
       console.log(server.address().port))`,
  );
  const end = async () => {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid!, port: Number(said), end };
}

describe('a witness beside a poll', () => {
  let server: Server;
  const ends: Socket[] = [];
  let port: number;

  beforeAll(async () => {
    server = createServer((end) => ends.push(end)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    for (let index = 0; index < 3; index++) {
      const end = connect(port, '127.0.0.1');
      ends.push(end);
      await once(end, 'connect');
    }
  });

  afterAll(() => {
    for (const end of ends) end.destroy();
    server.close();
  });

  /** A Tor that is this process, and reports what it is told to. */
  const tor =
    (conn: string, pid: number | undefined = process.pid) =>
    async (): Promise<PolledConnection> => ({
      header: HEADER,
      askPid: async () => pid,
      askMetricsPort: async () => undefined,
      closed: new Promise(() => {}),
      close: async () => {},
      poll: async (at): Promise<Snapshot[]> => {
        const listing = parseListing(conn);
        return [
          { kind: 'snapshot', at, pollMs: 0, listing, info: new Map(), events: [], extra: {} },
        ];
      },
    });

  const options = (more: Partial<WitnessOptions> = {}): WitnessOptions => ({
    tool: 'auto',
    monotonic: () => 0,
    notice: () => {},
    ...more,
  });

  const signal = new AbortController().signal;

  async function witnessBeside(conn: string, more: Partial<WitnessOptions> = {}) {
    const connection = await witnessed(tor(conn), options(more))(signal);
    const [snapshot] = (await connection.poll(5)) as Snapshot[];
    return witnessOf(snapshot!.extra);
  }

  /** What this process has of its own, as a listing: three to itself, outbound, with their ports. */
  async function honest(): Promise<string> {
    const sockets = await socketReader('ss').read(process.pid);
    return sockets
      .filter(({ state }) => state !== 'listening')
      .map(({ local, remote }, id) =>
        local.port === port
          ? `${id} 0 0 0 0 0 IRt 1 1 60`
          : `${id} 0 0 ${remote.ip} ${remote.port} ${local.port} ORt 1 1 60`,
      )
      .join('\n');
  }

  it.for(WITNESS_TOOLS)('%s agrees with an honest Tor', async (tool, { skip }) => {
    skip(!isInstalled(tool), `${tool} is not installed`);
    const witness = await witnessBeside(await honest(), { tool });
    expect(witness?.tool).toBe(tool);
    const found = witness?.found as Comparison;
    expect([found.onlyReported, found.onlySystem]).toEqual([[], []]);
    expect(found.outbound).toEqual(counts(0, 0));
    expect(found.inbound.system).toBe(found.inbound.reported);
    expect(found.system).toBeGreaterThanOrEqual(6);
  });

  it.for(WITNESS_TOOLS)('%s finds what is hidden, and what is made up', async (tool, { skip }) => {
    skip(!isInstalled(tool), `${tool} is not installed`);
    const lines = (await honest()).split('\n');
    const hidden = lines.findIndex((line) => line.includes(` 127.0.0.1 ${port} `));
    const made = '99 0 0 10.1.2.3 22 30000 ORt 1 1 60';
    const conn = [...lines.filter((_, index) => index !== hidden), made].join('\n');
    const found = (await witnessBeside(conn, { tool }))?.found as Comparison;
    expect(found.onlyReported.map(({ connId, ip }) => [connId, ip])).toEqual([[99, '10.1.2.3']]);
    expect(found.onlySystem.map(({ ip, port: at }) => [ip, at])).toEqual([['127.0.0.1', port]]);
  });

  it('says when it cannot read, and fails no poll', async () => {
    const child = await listening();
    const connection = await witnessed(tor('', child.pid), options({ tool: 'ss' }))(signal);
    const polled = async () => {
      const [snapshot] = (await connection.poll(5)) as Snapshot[];
      return witnessOf(snapshot!.extra);
    };
    expect((await polled())?.found).toMatchObject({ reported: 0 });
    await child.end();
    expect(await polled()).toEqual({
      tool: 'ss',
      isShared: false,
      found: expect.stringMatching(/^reading the descriptors of process \d+: it is not there/),
    });
  });

  it('that was named may fail later, and is tried again at each poll', async () => {
    let pid: number | undefined = process.pid;
    const restarting = async () => ({ ...(await tor('')()), askPid: async () => pid });
    const open = witnessed(restarting, options({ tool: 'ss' }));
    await open(signal);
    pid = undefined;
    const connection = await open(signal);
    const polled = async () => witnessOf(((await connection.poll(5)) as Snapshot[])[0]!.extra);
    expect(await polled()).toEqual({
      tool: 'ss',
      isShared: false,
      found: expect.stringContaining('a recording, or another conntape'),
    });
    pid = process.pid;
    expect((await polled())?.found).toMatchObject({ reported: 0, tolerance: expect.any(Number) });
  });

  it('may be missing where any would do, which is said once, and not where one was named', async () => {
    const notices: string[] = [];
    const remote = async () => ({ ...(await tor('')()), askPid: async () => undefined });
    const open = witnessed(remote, options({ notice: (text) => notices.push(text) }));
    for (let time = 0; time < 2; time++) {
      const [snapshot] = (await (await open(signal)).poll(5)) as Snapshot[];
      expect(snapshot!.extra).toEqual({});
    }
    expect(notices).toEqual([
      expect.stringMatching(/^no witness: .*a recording, or another conntape/),
    ]);
    await expect(witnessed(remote, options({ tool: 'lsof' }))(signal)).rejects.toMatchObject({
      hint: expect.stringContaining('--witness off'),
    });
  });
});
