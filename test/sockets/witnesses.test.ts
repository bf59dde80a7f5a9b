/**
 * The three witnesses on one process: what the real tools printed of it at one moment.
 * Owns the fixtures: a program (process 22526) that listens at 127.0.0.1 and at [::], with a
 * connection to itself over IPv4, over IPv6 and over IPv4 to the IPv6 listener, and one just closed.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LsofParser } from '../../src/sockets/lsof.ts';
import { parseNetstatLine } from '../../src/sockets/netstat.ts';
import type { SystemSocket } from '../../src/sockets/socket.ts';
import { SsParser } from '../../src/sockets/ss.ts';

const PID = 22526;

/** Sockets that are not the process's: another's listener, and one that is nobody's any more. */
const STRANGERS = ['0.0.0.0:2024 0.0.0.0:0 listening', '127.0.0.1:55002 127.0.0.1:37779 closing'];

const OWN = [
  '0.0.0.0:43605 0.0.0.0:0 listening',
  '127.0.0.1:37779 0.0.0.0:0 listening',
  '127.0.0.1:37779 127.0.0.1:55000 established',
  '127.0.0.1:43605 127.0.0.1:46190 established',
  '127.0.0.1:46190 127.0.0.1:43605 established',
  '127.0.0.1:55000 127.0.0.1:37779 established',
  '::1:43605 ::1:50644 established',
  '::1:50644 ::1:43605 established',
];

function linesOf(tool: string): string[] {
  const file = new URL(`../fixtures/sockets/${tool}.txt`, import.meta.url);
  return readFileSync(file, 'utf8').split('\n');
}

/** Any address is written in another way by each tool. */
function told(sockets: readonly (SystemSocket | undefined)[]): string[] {
  return sockets
    .filter((socket) => socket !== undefined)
    .map(({ local, remote, state }) => {
      return `${local.ip}:${local.port} ${remote.ip}:${remote.port} ${state}`;
    })
    .map((text) => text.replace(/^:::/, '0.0.0.0:').replace(' :::0 ', ' 0.0.0.0:0 '))
    .sort();
}

describe('what the tools print of one process', () => {
  it('netstat: its own sockets, and no other’s', () => {
    expect(told(linesOf('netstat').map((line) => parseNetstatLine(line, PID)))).toEqual(OWN);
    expect(told(linesOf('netstat').map((line) => parseNetstatLine(line, 1)))).toEqual([]);
  });

  it('lsof', () => {
    const parser = new LsofParser();
    for (const line of linesOf('lsof')) parser.push(line);
    expect(told(parser.sockets)).toEqual(OWN);
  });

  it('ss, of every process', () => {
    const parser = new SsParser();
    parser.push(Buffer.from(linesOf('ss').join('\n')));
    expect(told(parser.end().sockets)).toEqual([...OWN, ...STRANGERS].sort());
  });

  it.each([
    'tcp 0 0 10.0.0.1:5 10.0.0.2:6 SYN_SENT 22526/tor',
    'tcp6 0 0 fd00::2:5 2001:db8::1:6 SYN_RECV 22526/tor',
  ])('netstat: a connection on its way in %j', (line) => {
    expect(parseNetstatLine(line, PID)?.state).toBe('connecting');
  });

  it.each(['', 'udp 0 0 0.0.0.0:53 0.0.0.0:* 22526/tor', 'tcp 0 0 a b ESTABLISHED 22526/tor'])(
    'netstat: nothing in %j',
    (line) => {
      expect(parseNetstatLine(line, PID)).toBeUndefined();
    },
  );
});
