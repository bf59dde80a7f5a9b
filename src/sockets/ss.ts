/**
 * The output of `ss` (iproute2) → sockets.
 * Owns its format; running it is reader.ts's.
 *
 *     ESTAB 0 0 127.0.0.1:40546 127.0.0.12:9001 users:(("tor",pid=17052,fd=24)) ino:112552 sk:1
 *       bbr … bytes_acked:583653 bytes_received:71311 …   (on one line, with -O)
 */
import { parseEndpoint, type SocketState, type SystemSocket } from './socket.ts';

/** One TCP socket a line (-O), no header (-H), numbers (-n), counters (-i), inodes (-e). */
export const SS_ARGUMENTS = ['-t', '-i', '-n', '-H', '-O', '-e', '-a'] as const;

const STATES: Readonly<Record<string, SocketState>> = {
  ESTAB: 'established',
  'SYN-SENT': 'connecting',
  'SYN-RECV': 'connecting',
  LISTEN: 'listening',
  'FIN-WAIT-1': 'closing',
  'FIN-WAIT-2': 'closing',
  'CLOSE-WAIT': 'closing',
  'LAST-ACK': 'closing',
  CLOSING: 'closing',
  'TIME-WAIT': 'closing',
};

const HEAD = /^(\S+)\s+\d+\s+\d+\s+(\S+)\s+(\S+)/;
const INODE = / ino:(\d+)/;
const SENT = / bytes_sent:(\d+)/;
const ACKED = / bytes_acked:(\d+)/;
const RECEIVED = / bytes_received:(\d+)/;

/** One line of `ss` with `SS_ARGUMENTS`; undefined for a line that is no TCP socket. */
export function parseSsLine(line: string): SystemSocket | undefined {
  const [, stateWord = '', localText = '', remoteText = ''] = HEAD.exec(line) ?? [];
  const state = STATES[stateWord];
  const local = parseEndpoint(localText);
  const remote = parseEndpoint(remoteText);
  if (state === undefined || local === undefined || remote === undefined) return undefined;
  const inode = INODE.exec(line)?.[1];
  // What was sent twice counts twice in bytes_sent, and the handshake counts in bytes_acked of the
  // side that opened: what both hold was written and has arrived.
  const sent = Math.min(counter(SENT, line), counter(ACKED, line));
  const received = counter(RECEIVED, line);
  return { local, remote, state, sent, received, ...(inode ? { inode: Number(inode) } : {}) };
}

/** A counter of the kernel's tcp_info; ss leaves it out while it is 0. */
function counter(pattern: RegExp, line: string): number {
  return Number(pattern.exec(line)?.[1] ?? 0);
}
