/** A MetricsPort: what its text says, where it is found, and that no answer of one costs a poll. */
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Snapshot } from '../../../src/listing/snapshot.ts';
import { FAILED_KEYS } from '../../../src/sources/asking.ts';
import { parseExposition } from '../../../src/sources/metrics/exposition.ts';
import { getText } from '../../../src/sources/metrics/http.ts';
import { type MetricsFrom, metered } from '../../../src/sources/metrics/metered.ts';
import { parseMetricsUrl } from '../../../src/sources/metrics/place.ts';
import { openNative } from '../../../src/sources/native.ts';
import { FakeTor } from '../fakeTor.ts';

const INTERVAL_MS = 500;

/** As Tor 0.4.9.11 sends it, cut short. */
const TEXT = `# HELP tor_relay_connections Total number of opened connections
# TYPE tor_relay_connections gauge
tor_relay_connections{type="OR",direction="received",state="opened",family="ipv4"} 5
# HELP tor_relay_load_socket_total Total number of sockets
# TYPE tor_relay_load_socket_total gauge
tor_relay_load_socket_total{state="opened"} 16
tor_relay_load_socket_total 19968
`;

const VALUES = [
  ['metrics-type/tor_relay_connections', 'gauge'],
  [
    'metrics/tor_relay_connections{type="OR",direction="received",state="opened",family="ipv4"}',
    '5',
  ],
  ['metrics-type/tor_relay_load_socket_total', 'gauge'],
  ['metrics/tor_relay_load_socket_total{state="opened"}', '16'],
  ['metrics/tor_relay_load_socket_total', '19968'],
];

describe('the text of a MetricsPort', () => {
  it('is its series, names and labels as they are, and their types', () => {
    expect(parseExposition(TEXT)).toEqual({ values: new Map(VALUES as []), unread: 0 });
  });

  it.each([
    ['', [], 0],
    ['a 1', [['metrics/a', '1']], 0],
    [
      'a 1\r\nb -1.5e+3 1395066363000\n',
      [
        ['metrics/a', '1'],
        ['metrics/b', '-1.5e+3'],
      ],
      0,
    ],
    [
      'a NaN\nb +Inf',
      [
        ['metrics/a', 'NaN'],
        ['metrics/b', '+Inf'],
      ],
      0,
    ],
    ['a 1\na 2', [['metrics/a', '1']], 0],
    ['a{b="c \\" } d"} 1', [['metrics/a{b="c \\" } d"}', '1']], 0],
    ['a{b="c} 1\na\na one\n{} 1\na{b=c} 1\n1a 1', [], 6],
    [`a{b="${'c'.repeat(2000)}"} 1\nd 1`, [['metrics/d', '1']], 1],
    ['# TYPE a counter for sure\n# anything\n#', [], 0],
  ])('%j', (text, values, unread) => {
    expect(parseExposition(text)).toEqual({ values: new Map(values as []), unread });
  });

  it('has no more series than a Tor has by far', () => {
    const many = Array.from({ length: 5000 }, (_, index) => `a${index} 1`).join('\n');
    const { values, unread } = parseExposition(many);
    expect([values.size, unread]).toEqual([4096, 904]);
  });

  it('may be anything', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'a{}"\\=, 1\n#') })),
        (text) => {
          const { values, unread } = parseExposition(text);
          expect(values.size + unread).toBeLessThanOrEqual(text.split('\n').length);
        },
      ),
    );
  });
});

describe('a URL of a MetricsPort', () => {
  it.each([
    ['http://127.0.0.1:9035/metrics', 'http://127.0.0.1:9035/metrics'],
    ['http://127.0.0.45:9035', 'http://127.0.0.45:9035/metrics'],
    ['http://[::1]:9035/', 'http://[::1]:9035/metrics'],
    ['http://localhost:9035/m', 'http://localhost:9035/m'],
  ])('%s', (text, url) => {
    expect(parseMetricsUrl(text).href).toBe(url);
  });

  it.each([
    '127.0.0.1:9035',
    'https://127.0.0.1:9035/',
    'file:///etc/passwd',
    'http://192.0.2.1:9035/metrics',
    'http://localhost.example:9035/',
    'http://127.0.0.1.example/',
    'http://a:b@127.0.0.1/',
    'on',
  ])('is not %s', (text) => {
    expect(() => parseMetricsUrl(text)).toThrow('reading --metrics');
  });
});

/** An HTTP server on this machine, until the test ends. */
async function serving(listener: RequestListener): Promise<URL> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
}

/** A server that sends some bytes whatever it is asked, and goes on with `more`. */
async function sending(bytes: string, more: (socket: Socket) => void = () => {}): Promise<URL> {
  const sockets: Socket[] = [];
  const server = createTcpServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.write(bytes);
    more(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
}

const plain: RequestListener = (_, response) => {
  response.setHeader('content-type', 'text/plain; charset=utf-8').end(TEXT);
};

const OK = 'HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n';

function endlessly(socket: Socket, bytes: string): void {
  const goOn = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', goOn);
  goOn();
}

describe('what answers at a MetricsPort', () => {
  it('is taken as text', async () => {
    expect(await getText(await serving(plain), 5000)).toBe(TEXT);
  });

  it.each<[string, () => Promise<URL>, RegExp]>([
    [
      'a redirect',
      () => serving((_, response) => response.writeHead(302, { location: '/other' }).end()),
      /HTTP 302/,
    ],
    ['a failure', () => serving((_, response) => response.writeHead(503).end(TEXT)), /HTTP 503/],
    [
      'another type',
      () => serving((_, response) => response.setHeader('content-type', 'text/html').end(TEXT)),
      /not plain text/,
    ],
    ['no type', () => serving((_, response) => response.end(TEXT)), /not plain text/],
    [
      'an endless body',
      () => sending(`${OK}\r\n`, (socket) => endlessly(socket, `a{b="c"} 1\n`.repeat(1000))),
      /larger than 1048576 bytes/,
    ],
    [
      'endless headers',
      () => sending('HTTP/1.0 200 OK\r\n', (socket) => endlessly(socket, 'A: b\r\n'.repeat(1000))),
      /not HTTP/,
    ],
    ['another protocol', () => sending('SSH-2.0-OpenSSH_9.2\r\n'), /not HTTP/],
    ['nothing at all', () => sending(''), /no answer within 0.3 s/],
    [
      'a byte now and then',
      () =>
        sending(`${OK}\r\n`, (socket) => {
          const timer = setInterval(() => socket.write('a'), 20);
          socket.on('close', () => clearInterval(timer));
        }),
      /no answer within 0.3 s/,
    ],
    [
      'an end before its time',
      () => sending(`${OK}Content-Length: 99\r\n\r\na 1\n`, (socket) => socket.end()),
      /connection/,
    ],
    [
      'a connection that closes',
      () => sending('', (socket) => socket.destroy()),
      /connection closed/,
    ],
  ])('is not %s', async (_, server, cause) => {
    await expect(getText(await server(), 300)).rejects.toThrow(cause);
  });
});

async function world(from: MetricsFrom, prepare: (tor: FakeTor) => void = () => {}) {
  const tor = await FakeTor.start();
  tor.conf.set('MetricsPort', '');
  prepare(tor);
  const notices: string[] = [];
  const open = metered((signal) => openNative({ address: tor.address, signal }, INTERVAL_MS), {
    from,
    intervalMs: INTERVAL_MS,
    notice: (text) => notices.push(text),
  });
  const connect = () => open(new AbortController().signal);
  const connection = await connect();
  onTestFinished(() => connection.close());
  const poll = async (at: number) => (await connection.poll(at)).at(-1) as Snapshot;
  return { tor, notices, poll };
}

const SECOND = 1000;

describe('a Tor with a MetricsPort, polled', () => {
  it('has its series among the info values', async () => {
    const { poll } = await world(await serving(plain));
    const { info } = await poll(SECOND);
    expect([...info]).toEqual([
      ['info/uptime-process', '159'],
      ...VALUES,
      ['conntape/metrics-read', 'yes'],
    ]);
  });

  it('is polled whatever the MetricsPort answers, says so, and asks it again after a minute', async () => {
    let answers = 0;
    const { poll } = await world(
      await serving((request, response) => {
        if (answers++ === 0) response.writeHead(500).end();
        else plain(request, response);
      }),
    );
    const failed = await poll(SECOND);
    expect([...failed.info]).toEqual([
      ['info/uptime-process', '159'],
      ['conntape/metrics-read', 'no'],
      [FAILED_KEYS, 'MetricsPort (the answer is HTTP 500)'],
    ]);
    expect(failed.listing.labels).toHaveLength(1);
    expect((await poll(60 * SECOND)).info.get(FAILED_KEYS)).toBe(failed.info.get(FAILED_KEYS));
    expect(answers).toBe(1);
    const later = await poll(61 * SECOND);
    expect(later.info.get('conntape/metrics-read')).toBe('yes');
    expect(later.info.has(FAILED_KEYS)).toBe(false);
  });

  it('names the keys that Tor refuses, too', async () => {
    const { tor, poll } = await world(await serving((_, response) => response.end()));
    tor.refusals.set('info/uptime-process', 'not today');
    const { info } = await poll(SECOND);
    expect(info.get(FAILED_KEYS)).toMatch(/^info\/uptime-process \(.*; MetricsPort \(/);
  });

  it('says how many lines it could not read', async () => {
    const url = await serving((_, response) => {
      response.setHeader('content-type', 'text/plain').end('a 1\nb\nc\n');
    });
    const { info } = await (await world(url)).poll(SECOND);
    expect(info.get('metrics/a')).toBe('1');
    expect(info.get(FAILED_KEYS)).toBe('MetricsPort (2 lines could not be read)');
  });

  it('is found by its configuration, when there is one, within a minute', async () => {
    const { tor, poll, notices } = await world('auto');
    expect((await poll(SECOND)).info.get('conntape/metrics-read')).toBe('no');
    const { host } = await serving(plain);
    tor.conf.set('MetricsPort', host).set('MetricsPortPolicy', 'accept 127.0.0.1');
    expect((await poll(2 * SECOND)).info.get('conntape/metrics-read')).toBe('no');
    expect((await poll(61 * SECOND)).info.get('conntape/metrics-read')).toBe('yes');
    expect(notices).toEqual([]);
  });

  it.each([
    ['accept 127.0.0.0/8', 'yes'],
    ['reject 10.0.0.0/8,accept *', 'yes'],
    ['accept private:*', 'yes'],
    ['accept *4', 'yes'],
    ['reject 127.0.0.1\naccept *', 'no'],
    ['accept 10.1.2.3', 'no'],
    ['accept6 [::1]', 'no'],
    ['accept *6', 'no'],
    ['', 'no'],
  ])('is read where its policy is %j: %s', async (policy, read) => {
    const { host } = await serving(plain);
    const { poll, notices } = await world('auto', ({ conf }) => {
      conf.set('MetricsPort', `${host} prometheus`).set('MetricsPortPolicy', policy);
    });
    expect((await poll(SECOND)).info.get('conntape/metrics-read')).toBe(read);
    await poll(62 * SECOND);
    const why = 'no metrics: MetricsPortPolicy does not admit 127.0.0.1';
    expect(notices).toEqual(read === 'yes' ? [] : [why]);
  });

  it('is read where it listens, whatever its option says', async () => {
    const { port } = await serving(plain);
    const { poll } = await world('auto', ({ conf, info }) => {
      conf.set('MetricsPort', 'auto').set('MetricsPortPolicy', 'accept *');
      info.set('net/listeners/metrics', `"192.0.2.1:9035" "0.0.0.0:${port}"`);
    });
    expect((await poll(SECOND)).info.get('conntape/metrics-read')).toBe('yes');
  });

  it('is not read at another machine', async () => {
    const { poll, notices } = await world('auto', ({ conf }) => {
      conf.set('MetricsPort', '192.0.2.1:9035').set('MetricsPortPolicy', 'accept *');
    });
    expect((await poll(SECOND)).info.get('conntape/metrics-read')).toBe('no');
    expect(notices).toEqual(['no metrics: MetricsPort is at no loopback address']);
  });

  it('is left alone where it is off', async () => {
    let asked = 0;
    const { host } = await serving(() => asked++);
    const { poll } = await world('off', ({ conf }) => {
      conf.set('MetricsPort', host).set('MetricsPortPolicy', 'accept *');
    });
    expect((await poll(SECOND)).info.get('conntape/metrics-read')).toBe('no');
    expect(asked).toBe(0);
  });

  it('is not asked where another conntape is polled, which says itself what was read', async () => {
    const tor = await FakeTor.start();
    tor.info.set('info/names', 'conn/all -- .\nconntape/header -- .\nconntape/moment -- .');
    tor.info.set('conntape/header', JSON.stringify({ transcript: 1, interval_s: 10 }));
    const info = { 'metrics/a': '1', 'conntape/metrics-read': 'yes' };
    const at = new Date(SECOND).toISOString();
    tor.info.set('conntape/moment', JSON.stringify({ at, info }));
    for (const from of ['auto', 'off'] as const) {
      const open = metered((signal) => openNative({ address: tor.address, signal }, INTERVAL_MS), {
        ...{ from, intervalMs: INTERVAL_MS, notice: () => {} },
      });
      const connection = await open(new AbortController().signal);
      const [snapshot] = (await connection.poll(5 * SECOND)) as Snapshot[];
      await connection.close();
      expect(Object.fromEntries(snapshot!.info)).toEqual(info);
    }
  });
});
