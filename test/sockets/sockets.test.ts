import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LsofParser } from '../../src/sockets/lsof.ts';
import { countDescriptors, parseProcLine } from '../../src/sockets/proc.ts';
import { openSocketReader, SOCKET_TOOLS, socketReader } from '../../src/sockets/reader.ts';
import { normalAddress, parseEndpoint, type SystemSocket } from '../../src/sockets/socket.ts';
import { parseSsLine } from '../../src/sockets/ss.ts';

describe('parseEndpoint', () => {
  it.each([
    ['127.0.0.1:9001', { ip: '127.0.0.1', port: 9001 }],
    ['[::1]:443', { ip: '::1', port: 443 }],
    ['[::ffff:192.0.2.7]:80', { ip: '192.0.2.7', port: 80 }],
    ['[fe80::1]%eth0:22', { ip: 'fe80::1', port: 22 }],
    ['*:9001', { ip: '0.0.0.0', port: 9001 }],
    ['0.0.0.0:*', { ip: '0.0.0.0', port: 0 }],
  ])('%s', (text, endpoint) => {
    expect(parseEndpoint(text)).toEqual(endpoint);
  });

  it.each(['', 'nothing', ':80', '127.0.0.1:', '127.0.0.1:http'])('refuses %j', (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });

  it('takes zones and brackets off', () => {
    expect(normalAddress('[fe80::2%lo]')).toBe('fe80::2');
  });
});

describe('ss', () => {
  it('reads a socket with its counters', () => {
    const line =
      'ESTAB 0      0       127.0.0.1:40546 127.0.0.12:9001  ino:112552 sk:1003 cgroup:/ <-> ts sack bbr wscale:10,10 rto:212 rtt:8.529/4.44 bytes_sent:583660 bytes_retrans:8 bytes_acked:583653 bytes_received:71311 segs_out:156 lastsnd:14';
    expect(parseSsLine(line)).toEqual({
      local: { ip: '127.0.0.1', port: 40546 },
      remote: { ip: '127.0.0.12', port: 9001 },
      state: 'established',
      inode: 112552,
      sent: 583653,
      received: 71311,
    });
  });

  it('counts 0 where ss leaves a counter out, and not the byte of the handshake', () => {
    const line = 'ESTAB 0 0 127.0.0.1:1 127.0.0.1:2 ino:7 sk:1 cubic bytes_acked:1 segs_out:2';
    expect(parseSsLine(line)).toMatchObject({ sent: 0, received: 0 });
  });

  it.each([
    ['LISTEN 0 128 0.0.0.0:22 0.0.0.0:* ino:9 sk:2 cubic', 'listening'],
    ['SYN-SENT 0 1 10.0.0.1:5 10.0.0.2:6 ino:9 sk:2', 'connecting'],
    ['CLOSE-WAIT 1 0 10.0.0.1:5 10.0.0.2:6 ino:9 sk:2', 'closing'],
  ])('reads the state of %s', (line, state) => {
    expect(parseSsLine(line)?.state).toBe(state);
  });

  it.each(['', 'State Recv-Q Send-Q', 'UNCONN 0 0 * *', 'ESTAB x 0 a:1 b:2'])(
    'skips %j',
    (line) => {
      expect(parseSsLine(line)).toBeUndefined();
    },
  );
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
      SOCKET_TOOLS.map(async (tool) => ofTheTest(await socketReader(tool).read(process.pid))),
    );
    expect(ss).toHaveLength(6);
    expect(lsof).toEqual(ss);
    expect(proc).toEqual(ss);
  });

  it('ss counts what was written', async () => {
    const reader = await openSocketReader(process.pid);
    expect(reader).toMatchObject({ tool: 'ss', countsBytes: true });
    const port = clients[0]!.localPort;
    const sockets = await reader.read(process.pid);
    expect(sockets.find(({ local }) => local.port === port)).toMatchObject({ sent: 1000 });
    expect(sockets.find(({ remote }) => remote.port === port)).toMatchObject({ received: 1000 });
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
  ] as const)('says what to install for %s', async (tool, name) => {
    await expect(openSocketReader(2 ** 22 + 1, [tool])).rejects.toMatchObject({
      hint: expect.stringContaining(`install ${name} for ${tool}`),
    });
  });

  it('does not take a network of its own for one without connections', async () => {
    const script = 'echo ready; exec sleep 60';
    const child = spawn('unshare', ['--map-root-user', '--net', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
      if (String(said) !== 'ready\n') return console.warn('SKIPPED: namespaces are not allowed');
      await expect(socketReader('ss').read(child.pid!)).rejects.toMatchObject({ kind: 'connect' });
      expect(await socketReader('ss').read(process.pid)).not.toEqual([]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
