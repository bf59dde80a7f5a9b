/**
 * The tools of other systems on one process, 15843: a relay that listens at 9001 and 9051, with five
 * connections, one of them on its way and one closing.
 * Owns that they agree. None of these systems was at hand: the fixtures are written after the formats
 * that their tools' documentation and the tests of other programs show, and scripts print them.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BsdNetstatParser } from '../../src/sockets/bsdNetstat.ts';
import { openSocketReader, type SocketTool, systemTools } from '../../src/sockets/reader.ts';
import type { SystemSocket } from '../../src/sockets/socket.ts';
import { temporaryFolder } from '../control/peers.ts';
import { onPath, onPlatform } from './system.ts';

const PID = 15843;

const OWN = [
  '0.0.0.0:9001 0.0.0.0:0 listening',
  '0.0.0.0:9001 0.0.0.0:0 listening',
  '127.0.0.1:9051 0.0.0.0:0 listening',
  '192.0.2.5:36174 198.51.100.9:9001 established',
  '192.0.2.5:9001 203.0.113.77:50644 established',
  '192.0.2.5:9001 203.0.113.78:50646 closing',
  '2001:db8:1111:2222:3333:4444:5555:6666:40000 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff:9001 connecting',
  'fe80::1:9001 fe80::1:50645 established',
];

/** What a script does that stands for a tool: shell, in which `print NAME` prints a fixture. */
type Script = string;

/** These tools alone are there, until the test ends, on a machine of this system. */
function machine(platform: NodeJS.Platform, tools: Readonly<Record<string, Script>>): void {
  const folder = temporaryFolder();
  const fixtures = fileURLToPath(new URL('../fixtures/sockets', import.meta.url));
  for (const [tool, script] of Object.entries(tools)) {
    const print = `print() { while IFS= read -r line; do printf '%s\\n' "$line"; done <'${fixtures}'/"$1".txt; }`;
    writeFileSync(`${folder}/${tool}`, `#!/bin/sh\n${print}\n${script}\n`, { mode: 0o755 });
  }
  onPath(folder);
  onPlatform(platform);
}

/** A tool that refuses an option as getopt of BSD does. */
function refusing(option: string, tool: string, otherwise: Script): Script {
  return `case " $* " in *" -${option} "*) echo "${tool}: illegal option -- ${option}" >&2; exit 1;; esac\n${otherwise}`;
}

function told(sockets: readonly SystemSocket[]): string[] {
  return sockets
    .map(({ local, remote, state }) => {
      return `${local.ip}:${local.port} ${remote.ip}:${remote.port} ${state}`;
    })
    .sort();
}

async function read(tools?: readonly SocketTool[]) {
  const reader = await openSocketReader(PID, tools ?? systemTools().witness);
  return { tool: reader.tool, counts: reader.counts, sockets: await reader.read(PID) };
}

describe.each<[string, NodeJS.Platform, SocketTool, Readonly<Record<string, Script>>]>([
  ['FreeBSD', 'freebsd', 'sockstat', { sockstat: 'print sockstat-freebsd' }],
  [
    'a FreeBSD whose sockstat has no -w',
    'freebsd',
    'sockstat',
    { sockstat: refusing('w', 'sockstat', 'print sockstat-freebsd') },
  ],
  [
    'a FreeBSD whose sockstat knows no states',
    'freebsd',
    'sockstat',
    { sockstat: refusing('s', 'sockstat', 'print sockstat-old'), netstat: 'print netstat-freebsd' },
  ],
  [
    'OpenBSD',
    'openbsd',
    'fstat',
    { fstat: 'print fstat-openbsd', netstat: 'print netstat-openbsd' },
  ],
  ['macOS', 'darwin', 'lsof', { lsof: 'print lsof-macos' }],
  ['macOS without lsof', 'darwin', 'netstat', { netstat: 'print netstat-macos' }],
  [
    'an older macOS, where -l keeps addresses whole',
    'darwin',
    'netstat',
    { netstat: refusing('W', 'netstat', 'print netstat-macos-old') },
  ],
])('%s', (_, platform, tool, tools) => {
  it(`takes ${tool} by itself, which counts no bytes`, async () => {
    machine(platform, tools);
    const found = await read();
    expect(found).toMatchObject({ tool, counts: 'nothing' });
    expect(told(found.sockets)).toEqual(OWN);
    expect(found.sockets.some((one) => 'sent' in one || 'received' in one)).toBe(false);
  });
});

describe('netstat, where it was named', () => {
  it('of FreeBSD names no process: sockstat does', async () => {
    machine('freebsd', { sockstat: 'print sockstat-old', netstat: 'print netstat-freebsd' });
    expect(told((await read(['netstat'])).sockets)).toEqual(OWN);
  });

  it('of OpenBSD neither: fstat does', async () => {
    machine('openbsd', { fstat: 'print fstat-openbsd', netstat: 'print netstat-openbsd' });
    expect(told((await read(['netstat'])).sockets)).toEqual(OWN);
  });

  it('that cuts addresses short is no witness', async () => {
    machine('freebsd', {
      sockstat: 'print sockstat-old',
      netstat: refusing('W', 'netstat', 'print netstat-freebsd-cut'),
    });
    await expect(read(['netstat'])).rejects.toThrow(/netstat: it cuts long addresses short/);
  });

  it('that prints something else is none either', async () => {
    machine('freebsd', { sockstat: 'print sockstat-old', netstat: 'echo what' });
    await expect(read(['netstat'])).rejects.toThrow(/none of the lines/);
  });
});

describe('fstat', () => {
  it('knows who opened a connection', async () => {
    machine('openbsd', { fstat: 'print fstat-openbsd', netstat: 'print netstat-openbsd' });
    const { sockets } = await read();
    expect(sockets.map(({ fd, inbound }) => [fd, inbound])).toEqual([
      ...[6, 7, 8].map((fd) => [fd, undefined]),
      ...[20, 21, 22, 23, 24].map((fd) => [fd, fd !== 20 && fd !== 22]),
    ]);
  });
});

describe('a tool that was not let to see the process', () => {
  it.each<[NodeJS.Platform, SocketTool, string]>([
    ['freebsd', 'sockstat', 'sockstat-freebsd'],
    ['openbsd', 'fstat', 'fstat-openbsd'],
    ['darwin', 'netstat', 'netstat-macos'],
  ])('of %s says so: none is not what there is', async (platform, tool, fixture) => {
    machine(platform, { [tool]: `print ${fixture}` });
    await expect(openSocketReader(PID + 1, [tool])).rejects.toThrow(
      `${tool}: it shows no TCP socket of process ${PID + 1}`,
    );
  });

  it('is not told to install what Debian calls it', async () => {
    machine('darwin', {});
    await expect(read(['netstat'])).rejects.not.toMatchObject({
      hint: expect.stringContaining('net-tools'),
    });
  });
});

describe('netstat of BSD', () => {
  it.each([
    '',
    'tcp4 0 0 192.0.2.5.9001',
    'tcp4 0 0 192.0.2.5.http 203.0.113.1.1 ESTABLISHED',
    'tcp4 0 0 host.9001 203.0.113.1.1 ESTABLISHED',
    'tcp4 0 0 192.0.2.5.99999 203.0.113.1.1 ESTABLISHED',
    'tcp4 0 0 192.0.2.5.9001 203.0.113.1.1 CLOSED',
    'udp4 0 0 192.0.2.5.9001 203.0.113.1.1 ESTABLISHED',
  ])('has no socket in %j', (line) => {
    const parser = new BsdNetstatParser(false);
    parser.push(line);
    expect(parser.sockets).toEqual([]);
  });
});
