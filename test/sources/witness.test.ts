/** The witness: what Tor reports against what the system has, on made-up and on real sockets. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConntapeError } from '../../src/error.ts';
import { parseListing } from '../../src/listing/parse.ts';
import type { Snapshot } from '../../src/listing/snapshot.ts';
import { type Comparison, witnessOf } from '../../src/listing/witness.ts';
import { SOCKET_TOOLS, socketReader, WITNESS_TOOLS } from '../../src/sockets/reader.ts';
import { parseEndpoint, type SocketState, type SystemSocket } from '../../src/sockets/socket.ts';
import { compare } from '../../src/sources/comparison.ts';
import type { PolledConnection } from '../../src/sources/polling.ts';
import { type WitnessOptions, witnessed } from '../../src/sources/witness.ts';
import { HEADER } from '../recording/tapes.ts';

const RELAY = 'AB'.repeat(20);
const APART_MS = 100;

function socket(local: string, remote: string, state: SocketState = 'established'): SystemSocket {
  return { local: parseEndpoint(local)!, remote: parseEndpoint(remote)!, state };
}

const LISTENER = socket('203.0.113.1:9001', '0.0.0.0:0', 'listening');

const none = (reported: number, system: number) => ({ reported, system });

describe('a listing beside the sockets', () => {
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
    ['a listener, which is no connection', ['1 0 0 0 0 0 iRt 0 0 60'], [LISTENER]],
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
    expect([found.inbound, found.outbound]).toEqual([none(0, 1), none(0, 1)]);
    expect(JSON.stringify(found)).not.toMatch(/198\.51\.100|192\.168\.1\.7|4000|33004/);
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
    expect([found.onlySystem.length, found.system]).toEqual([200, 300]);
  });
});

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
    controlPort: undefined,
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
    const sockets = await socketReader(SOCKET_TOOLS[0]).read(process.pid);
    return sockets
      .filter(({ state }) => state !== 'listening')
      .map(({ local, remote }, id) =>
        local.port === port
          ? `${id} 0 0 0 0 0 IRt 1 1 60`
          : `${id} 0 0 ${remote.ip} ${remote.port} ${local.port} ORt 1 1 60`,
      )
      .join('\n');
  }

  it.each(WITNESS_TOOLS)('%s agrees with an honest Tor', async (tool) => {
    const witness = await witnessBeside(await honest(), { tool });
    expect(witness?.tool).toBe(tool);
    const found = witness?.found as Comparison;
    expect([found.onlyReported, found.onlySystem]).toEqual([[], []]);
    expect(found.outbound).toEqual(none(0, 0));
    expect(found.inbound.system).toBe(found.inbound.reported);
    expect(found.system).toBeGreaterThanOrEqual(6);
  });

  it.each(WITNESS_TOOLS)('%s finds what is hidden, and what is made up', async (tool) => {
    const lines = (await honest()).split('\n');
    const hidden = lines.findIndex((line) => line.includes(` 127.0.0.1 ${port} `));
    const made = '99 0 0 10.1.2.3 22 30000 ORt 1 1 60';
    const conn = [...lines.filter((_, index) => index !== hidden), made].join('\n');
    const found = (await witnessBeside(conn, { tool }))?.found as Comparison;
    expect(found.onlyReported.map(({ connId, ip }) => [connId, ip])).toEqual([[99, '10.1.2.3']]);
    expect(found.onlySystem.map(({ ip, port: at }) => [ip, at])).toEqual([['127.0.0.1', port]]);
  });

  it('is what Tor’s own process says: another machine’s is none', async () => {
    const other = { tool: 'ss', controlPort: 1 } as const;
    await expect(witnessed(tor(''), options(other))(signal)).rejects.toThrow(ConntapeError);
    const own = witnessed(tor(''), options({ ...other, controlPort: port }))(signal);
    await expect(own).resolves.toBeDefined();
  });

  it('may be missing where any would do, which is said once, and not where one was named', async () => {
    const notices: string[] = [];
    const remote = async () => ({ ...(await tor('')()), askPid: async () => undefined });
    const open = witnessed(remote, options({ notice: (text) => notices.push(text) }));
    for (let time = 0; time < 2; time++) {
      const [snapshot] = (await (await open(signal)).poll(5)) as Snapshot[];
      expect(snapshot!.extra).toEqual({});
    }
    expect(notices).toEqual([expect.stringMatching(/^no witness: .*it runs elsewhere/)]);
    await expect(witnessed(remote, options({ tool: 'lsof' }))(signal)).rejects.toMatchObject({
      hint: expect.stringContaining('--witness off'),
    });
  });
});
