/**
 * The output of OpenBSD's `fstat` → sockets.
 * Owns its format; running it is elsewhere.ts's. fstat counts no bytes and knows no states.
 *
 *     USER  CMD     PID   FD MOUNT  INUM  MODE  R/W  SZ|DV
 *     _tor  tor   15843    6* internet stream tcp 0x0 *:9001
 *     _tor  tor   15843   20* internet stream tcp 0x0 192.0.2.5:36174 --> 198.51.100.9:9001
 *     _tor  tor   15843   21* internet6 stream tcp 0x0 [2001:db8::5]:9001 <-- [2001:db8::9]:50644
 */
import { parseToolEndpoint } from './socket.ts';
import type { Stateless } from './sockstat.ts';

/** The descriptors of one process (-p), devices as numbers (-n), which looks up no names of them. */
export function fstatArguments(pid: number): string[] {
  return ['-n', '-p', String(pid)];
}

/** Behind the addresses there may be what a socket is spliced to. */
const LINE =
  /\s(\d+)\s+(\d+)\*\s+internet6?\s+stream\s+tcp(?:\s+0x[0-9a-f]+)?\s+(\S+)(?:\s+(<--|-->)\s+(\S+))?(?:\s|$)/;

const ANY = { ip: '0.0.0.0', port: 0 };

/**
 * One line of `fstat`; undefined for one that is not a TCP socket of this process. One without a
 * remote end listens; of others the arrow says who opened it, and the state is undefined.
 */
export function parseFstatLine(line: string, pid: number): Stateless | undefined {
  const [, owner = '', fd = '', localText = '', arrow, remoteText] = LINE.exec(line) ?? [];
  const local = parseToolEndpoint(localText);
  const remote = remoteText === undefined ? ANY : parseToolEndpoint(remoteText);
  if (Number(owner) !== pid || local === undefined || remote === undefined) return undefined;
  if (arrow === undefined) return { local, remote, state: 'listening', fd: Number(fd) };
  return { local, remote, state: undefined, fd: Number(fd), inbound: arrow === '<--' };
}
