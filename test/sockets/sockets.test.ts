import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LsofParser } from '../../src/sockets/lsof.ts';
import { countDescriptors, parseProcLine } from '../../src/sockets/proc.ts';
import { openSocketReader, socketReader, systemTools } from '../../src/sockets/reader.ts';
import { normalAddress, parseToolEndpoint, type SystemSocket } from '../../src/sockets/socket.ts';
import { SsParser } from '../../src/sockets/ss.ts';
import { temporaryFolder } from '../control/peers.ts';
import { onPath } from './system.ts';

describe('parseToolEndpoint', () => {
  it.each([
    ['127.0.0.1:9001', { ip: '127.0.0.1', port: 9001 }],
    ['[::1]:443', { ip: '::1', port: 443 }],
    ['[::ffff:192.0.2.7]:80', { ip: '192.0.2.7', port: 80 }],
    ['[fe80::1]%eth0:22', { ip: 'fe80::1', port: 22 }],
    ['*:9001', { ip: '0.0.0.0', port: 9001 }],
    ['0.0.0.0:*', { ip: '0.0.0.0', port: 0 }],
  ])('%s', (text, endpoint) => {
    expect(parseToolEndpoint(text)).toEqual(endpoint);
  });

  it.each(['', 'nothing', ':80', '127.0.0.1:', '127.0.0.1:http'])('refuses %j', (text) => {
    expect(parseToolEndpoint(text)).toBeUndefined();
  });

  it('takes zones and brackets off', () => {
    expect(normalAddress('[fe80::2%lo]')).toBe('fe80::2');
  });
});

/** What `ss` prints, read as a whole. */
function parseSs(...lines: string[]) {
  const parser = new SsParser();
  parser.push(Buffer.from(lines.join('\n')));
  return parser.end();
}

describe('ss', () => {
  it('reads a socket with its counters', () => {
    const line =
      'ESTAB 0      0       127.0.0.1:40546 127.0.0.12:9001  ino:112552 sk:1003 cgroup:/ <-> ts sack bbr wscale:10,10 rto:212 rtt:8.529/4.44 bytes_sent:583660 bytes_retrans:8 bytes_acked:583653 bytes_received:71311 segs_out:156 lastsnd:14';
    expect(parseSs(line)).toEqual({
      counts: 'both',
      sockets: [
        {
          local: { ip: '127.0.0.1', port: 40546 },
          remote: { ip: '127.0.0.12', port: 9001 },
          state: 'established',
          inode: 112552,
          sent: 583653,
          received: 71311,
        },
      ],
    });
  });

  it.each([
    ['rtt:8.529/4.44 retrans:1/5 lost:2', { rttMs: 8.529, retransmitted: 5, lost: 2 }],
    ['rtt:0.05/0.02', { rttMs: 0.05, retransmitted: 0, lost: 0 }],
    ['ato:40', { rttMs: undefined, retransmitted: 0, lost: 0 }],
  ])('says how a socket fares where that is asked for: %s', (words, details) => {
    const line = `ESTAB 0 0 127.0.0.1:1 127.0.0.1:2 ino:7 sk:1 cubic rto:204 ${words} bytes_acked:1`;
    const parser = new SsParser(true);
    parser.push(Buffer.from(line));
    expect(parser.end().sockets).toMatchObject([{ details }]);
    expect(parseSs(line).sockets[0]).not.toHaveProperty('details');
  });

  it('counts 0 where ss leaves a counter out, and not the byte of the handshake', () => {
    const line = 'ESTAB 0 0 127.0.0.1:1 127.0.0.1:2 ino:7 sk:1 cubic bytes_acked:1 segs_out:2';
    expect(parseSs(line).sockets).toMatchObject([{ sent: 0, received: 0 }]);
  });

  it.each([
    ['LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:9 sk:2 cubic', 'listening'],
    ['SYN-SENT 0 1 10.0.0.1:5 10.0.0.2:6 ino:9 sk:2', 'connecting'],
    ['CLOSE-WAIT 1 0 10.0.0.1:5 10.0.0.2:6 ino:9 sk:2', 'closing'],
  ])('reads the state of %s', (line, state) => {
    expect(parseSs(line).sockets).toMatchObject([{ state }]);
  });

  it.each(['', 'State  Recv-Q Send-Q', 'UNCONN 0 0 * *'])('skips %j', (line) => {
    expect(parseSs(line).sockets).toEqual([]);
  });

  it('says where it understands nothing', () => {
    expect(() => parseSs('ESTAB x 0 a:1 b:2', 'what 1 2')).toThrow(/none of the 2 lines/);
    expect(parseSs('tcp ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ino:9').sockets).toHaveLength(1);
  });

  it.each(['127.0.0', '127.0..1', '1.2.3.4.5', '256.1.1.1', ''])(
    'passes over a socket whose address is %j',
    (ip) => {
      const line = (local: string) =>
        `ESTAB 0 0 ${local}:9001 127.0.0.1:40000 ino:7 sk:1 rto:201 bytes_sent:5 bytes_acked:6\n`;
      const parser = new SsParser();
      parser.push(Buffer.from(line(ip) + line('127.0.0.2')));
      expect(parser.end().sockets.map(({ local }) => local.ip)).toEqual(['127.0.0.2']);
    },
  );

  it('passes over a socket whose port is none', () => {
    const parser = new SsParser();
    parser.push(Buffer.from('ESTAB 0 0 127.0.0.2:65536 127.0.0.1:40000 ino:7 rto:201\n'));
    expect(parser.end().sockets).toEqual([]);
  });

  it('reads a socket of two lines, as ss without -O prints it', () => {
    const { sockets } = parseSs(
      'State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process',
      'LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:8 sk:1 <->',
      '\t cubic cwnd:10',
      'ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ino:9 sk:2 <->',
      '\t cubic rto:204 bytes_sent:700 bytes_acked:701 bytes_received:30 segs_out:9',
    );
    expect(sockets).toMatchObject([
      { inode: 8, state: 'listening' },
      { inode: 9, sent: 700, received: 30 },
    ]);
  });

  it('does not take the bytes acknowledged for those written, where the kernel does not count them', () => {
    const old =
      'ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ino:9 cubic rto:204 bytes_acked:701 bytes_received:30';
    const idle = 'ESTAB 0 0 10.0.0.1:7 10.0.0.2:6 ino:8 cubic rto:204 bytes_acked:1';
    const { sockets, counts } = parseSs(idle, old);
    expect(counts).toBe('received');
    expect(sockets.map(({ received }) => received)).toEqual([0, 30]);
    expect(sockets.some((socket) => 'sent' in socket)).toBe(false);
  });

  it('knows where nothing is counted, and where nothing shows it', () => {
    const ancient = 'ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ino:9 cubic rto:204 rtt:1/1';
    const { counts, sockets } = parseSs(ancient);
    expect(counts).toBe('nothing');
    expect(sockets.some((socket) => 'sent' in socket || 'received' in socket)).toBe(false);
    expect(parseSs('LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:9 cubic').counts).toBeUndefined();
    expect(
      parseSs('ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ino:9 cubic rto:2 bytes_acked:1').counts,
    ).toBeUndefined();
  });

  it('gives a socket again that is as it was, and what has moved anew', () => {
    const read = (sent: number, fd: number, before: readonly SystemSocket[] = []) => {
      const parser = new SsParser();
      for (const inode of [7, 8]) {
        const words = `ino:${inode} rto:1 bytes_sent:${inode === 8 ? sent : 1} bytes_acked:99`;
        parser.push(Buffer.from(`ESTAB 0 0 10.0.0.1:${inode} 10.0.0.2:6 ${words}\n`));
      }
      const known = new Map(before.map((socket) => [socket.inode!, socket]));
      return parser.end(new Map([7, 8].map((inode) => [inode, fd])), known).sockets;
    };
    const first = read(5, 3);
    const [still, moved] = read(6, 3, first);
    expect(still).toBe(first[0]);
    expect(moved).toEqual({ ...first[1], sent: 6 });
    expect(read(5, 4, first)).toEqual(first.map((socket) => ({ ...socket, fd: 4 })));
  });

  it('reads the same wherever its output is cut', () => {
    const text = Buffer.from(
      [
        'State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process',
        'LISTEN 0 128 [::]:22 [::]:* ino:8 sk:1 <->',
        '\t cubic cwnd:10',
        'ESTAB 0 0 10.0.0.1:5 [fe80::1]%eth0:6 uid:3 ino:9 sk:2 cubic rto:204 rtt:1.5/1 bytes_sent:700 bytes_acked:701 retrans:0/2',
        'SYN-SENT 0 1 10.0.0.1:77 10.0.0.2:65535 ino:10 sk:3',
        '',
      ].join('\n'),
    );
    const whole = new SsParser(true);
    whole.push(text);
    const read = whole.end();
    expect(read.sockets).toHaveLength(3);
    for (let cut = 0; cut <= text.length; cut++) {
      const parser = new SsParser(true);
      parser.push(text.subarray(0, cut));
      parser.push(text.subarray(cut));
      expect(parser.end()).toEqual(read);
    }
  });

  it('reads on behind the counters where something else is to be read', () => {
    const counted = 'ino:7 rto:1 bytes_sent:5 bytes_acked:6 bytes_received:9';
    const parser = new SsParser(true);
    parser.push(Buffer.from(`ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ${counted} lost:3`));
    expect(parser.end().sockets[0]).toMatchObject({ sent: 5, received: 9, details: { lost: 3 } });
    const { sockets } = parseSs(
      'ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 bytes_sent:5 bytes_received:9 rto:1 bytes_acked:6 ino:7',
    );
    expect(sockets).toMatchObject([{ inode: 7, sent: 5, received: 9 }]);
  });

  it('does not gather a line without end', () => {
    const parser = new SsParser();
    const push = () => parser.push(Buffer.alloc(2 ** 15, 'x'));
    expect(() => [push(), push(), push()]).toThrow(/a line without end/);
  });

  it.each([
    'ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ino:7 cgroup:/a-ino:8 bytes_sent:x ino:9 bytes_sent:',
    'ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 noino:8 xbytes_sent:1 ino:7 rto:1',
  ])('takes words only whole, and of two alike the first: %j', (line) => {
    expect(parseSs(line).sockets[0]!.inode).toBe(7);
    expect(parseSs(line).counts).not.toBe('both');
  });

  it.each([
    ['10.0.0.1:123456', undefined],
    ['10.0.0.1:', undefined],
    ['10.0.0.1', undefined],
    ['[::ffff:10.0.0.9]:80', { ip: '10.0.0.9', port: 80 }],
    ['*:9001', { ip: '0.0.0.0', port: 9001 }],
    ['10.0.0.1%lo:53', { ip: '10.0.0.1', port: 53 }],
  ])('reads an end as every tool’s is read: %s', (text, end) => {
    expect(parseToolEndpoint(text)).toEqual(end);
    expect(parseSs(`ESTAB 0 0 ${text} 10.0.0.2:6 ino:9`).sockets[0]?.local).toEqual(end);
  });

  it('leaves the counters out of a socket that it does not describe', () => {
    const { sockets } = parseSs(
      'ESTAB 0 0 10.0.0.1:5 10.0.0.2:6 ino:9 sk:2',
      'ESTAB 0 0 10.0.0.1:7 10.0.0.2:6 ino:8 cubic rto:204 bytes_sent:5 bytes_acked:6',
    );
    expect(sockets.map(({ sent }) => sent)).toEqual([undefined, 5]);
  });
});

describe('lsof', () => {
  it('reads sockets from lines of fields', () => {
    const parser = new LsofParser();
    for (const line of [
      'p17052',
      'f7',
      'n127.0.0.23:9051',
      'TST=LISTEN',
      'f24',
      'n127.0.0.1:40546->[::1]:9001',
      'TST=ESTABLISHED',
      'TQR=0',
      'f9',
      'n*:80',
      'TST=',
    ]) {
      parser.push(line);
    }
    expect(parser.sockets).toEqual([
      {
        local: { ip: '127.0.0.23', port: 9051 },
        remote: { ip: '0.0.0.0', port: 0 },
        state: 'listening',
        fd: 7,
      },
      {
        local: { ip: '127.0.0.1', port: 40546 },
        remote: { ip: '::1', port: 9001 },
        state: 'established',
        fd: 24,
      },
    ]);
  });
});

describe('/proc/net/tcp', () => {
  it('reads IPv4', () => {
    const line =
      '   1: 0100007F:1F90 0C00007F:2329 01 00000000:00000000 00:00000000 00000000     0        0 112552 1 0';
    expect(parseProcLine(line)).toEqual({
      local: { ip: '127.0.0.1', port: 8080 },
      remote: { ip: '127.0.0.12', port: 9001 },
      state: 'established',
      inode: 112552,
    });
  });

  it('reads IPv6, mapped IPv4 as IPv4', () => {
    const line =
      '   0: 00000000000000000000000001000000:01BB 0000000000000000FFFF00000200000A:9C40 06 0:0 0:0 0 0 0 55 1 0';
    expect(parseProcLine(line)).toMatchObject({
      local: { ip: '::1', port: 443 },
      remote: { ip: '10.0.0.2', port: 40000 },
      state: 'closing',
    });
  });

  it('skips the header', () => {
    expect(parseProcLine('  sl  local_address rem_address   st tx_queue')).toBeUndefined();
  });
});

describe('the tools of this machine', () => {
  const servers = ['127.0.0.1', '::1'].map((host) => ({ host, server: createServer() }));
  const clients: Socket[] = [];

  beforeAll(async () => {
    for (const { host, server } of servers) {
      server.listen(0, host);
      await once(server, 'listening');
      const client = connect((server.address() as AddressInfo).port, host);
      clients.push(client);
      const [peer] = (await once(server, 'connection')) as [Socket];
      clients.push(peer);
      client.write(Buffer.alloc(1000));
      await once(peer, 'data');
    }
  });

  afterAll(() => {
    for (const client of clients) client.destroy();
    for (const { server } of servers) server.close();
  });

  const ofTheTest = (sockets: readonly SystemSocket[]) => {
    const ports = servers.map(({ server }) => (server.address() as AddressInfo).port);
    return sockets
      .filter(({ local, remote }) => ports.includes(local.port) || ports.includes(remote.port))
      .map(({ local, remote, state }) => [local, remote.port, state])
      .sort((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
  };

  it('agree on the sockets of this process', async () => {
    const [ss = [], lsof, proc] = await Promise.all(
      systemTools().stock.map(async (tool) =>
        ofTheTest(await socketReader(tool).read(process.pid)),
      ),
    );
    expect(ss).toHaveLength(6);
    expect(lsof).toEqual(ss);
    expect(proc).toEqual(ss);
  });

  it('ss counts what was written', async () => {
    const reader = await openSocketReader(process.pid);
    expect(reader).toMatchObject({ tool: 'ss', counts: 'both' });
    const port = clients[0]!.localPort;
    const sockets = await reader.read(process.pid);
    expect(sockets.find(({ local }) => local.port === port)).toMatchObject({ sent: 1000 });
    expect(sockets.find(({ remote }) => remote.port === port)).toMatchObject({ received: 1000 });
  });

  it('ss knows how long the way is', async () => {
    const sockets = await socketReader('ss', true).read(process.pid);
    const own = sockets.find(({ local }) => local.port === clients[0]!.localPort);
    expect(own!.details!.rttMs).toBeGreaterThan(0);
  });

  it('tells a process that is not there', async () => {
    await expect(openSocketReader(2 ** 22 + 1)).rejects.toMatchObject({ kind: 'connect' });
    expect(await countDescriptors(2 ** 22 + 1)).toBeUndefined();
    expect(await countDescriptors(process.pid)).toBeGreaterThan(6);
  });

  it.each([
    ['ss', 'iproute2'],
    ['lsof', 'lsof'],
    ['netstat', 'net-tools'],
  ] as const)(
    'says what to install for %s where it is missing, and only there',
    async (tool, name) => {
      const install = expect.stringContaining(`install ${name} for ${tool}`);
      await expect(openSocketReader(2 ** 22 + 1, [tool])).rejects.not.toMatchObject({
        hint: install,
      });
      onPath(temporaryFolder());
      await expect(openSocketReader(process.pid, [tool])).rejects.toMatchObject({
        hint: install,
        message: expect.stringContaining(`running ${tool}: ${tool} is not installed`),
      });
    },
  );

  it('runs an ss that has no -O, and one that has no -H either', async () => {
    for (const refused of ['O', 'H']) {
      const real = realPath('ss');
      fakeSs(
        `case " $* " in *" -${refused} "*|*" -O "*) echo "ss: invalid option -- '${refused}'" >&2; exit 255;; esac`,
        `exec ${real} "$@"`,
      );
      const port = clients[0]!.localPort;
      const sockets = await socketReader('ss').read(process.pid);
      expect(sockets.find(({ local }) => local.port === port)).toMatchObject({ sent: 1000 });
    }
  });

  it.each([
    [
      'a failure',
      'echo "Cannot open netlink socket: Permission denied" >&2; exit 1',
      /it ended with code 1: Cannot open netlink socket/,
    ],
    [
      'columns that are not known',
      'echo "x ESTAB/0 ?"',
      /none of the 1 lines that it printed has its usual columns/,
    ],
  ])('names %s of ss as what it is', async (_, script, message) => {
    fakeSs(script);
    const failure = openSocketReader(process.pid, ['ss']);
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.not.toMatchObject({ hint: expect.stringContaining('install') });
  });

  it('reads another network namespace where it may, and names it where it may not', async () => {
    const script =
      "require('net').createServer().listen(27301, '0.0.0.0', () => console.log('ready'))";
    const args = ['--map-root-user', '--net', process.execPath, '-e', script];
    const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
      if (String(said) !== 'ready\n') return console.warn('SKIPPED: namespaces are not allowed');
      const read = socketReader('ss').read(child.pid!);
      if (process.getuid?.() === 0) {
        expect((await read).map(({ local }) => local.port)).toEqual([27_301]);
      } else {
        await expect(read).rejects.toThrow(`network namespace of process ${child.pid}`);
      }
      onPath(temporaryFolder());
      await expect(socketReader('ss').read(child.pid!)).rejects.toThrow(
        `running ss in the network namespace of process ${child.pid}: nsenter is not installed`,
      );
    } finally {
      child.kill('SIGKILL');
    }
  });
});

function realPath(tool: string): string {
  const folders = (process.env['PATH'] ?? '').split(':');
  return folders.map((folder) => `${folder}/${tool}`).find(existsSync)!;
}

/** The only `ss` there is, until the test ends. */
function fakeSs(...script: readonly string[]): void {
  const folder = temporaryFolder();
  writeFileSync(`${folder}/ss`, `#!/bin/sh\n${script.join('\n')}\n`, { mode: 0o755 });
  onPath(`${folder}:${process.env['PATH']}`);
}
