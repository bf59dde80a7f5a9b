/**
 * The output of `netstat` (net-tools) → sockets.
 * Owns its format; running it is reader.ts's. netstat counts no bytes.
 *
 *     tcp   0   0 127.0.0.1:9051    0.0.0.0:*          LISTEN       17052/tor
 *     tcp6  0   0 ::1:40546         ::1:9001           ESTABLISHED  17052/tor
 */
import { NAMED_STATES, parseToolEndpoint, type SystemSocket } from './socket.ts';

/** TCP (-t), listening ones too (-a), numbers (-n), processes (-p), addresses not cut (-W). */
export const NETSTAT_ARGUMENTS = ['-t', '-a', '-n', '-p', '-W'] as const;

const LINE = /^tcp6?\s+\d+\s+\d+\s+(\S+)\s+(\S+)\s+(\S+)\s+(\d+)\//;

/** One line of `netstat`; undefined for one that is not a TCP socket, or not this process's. */
export function parseNetstatLine(line: string, pid: number): SystemSocket | undefined {
  const [, localText = '', remoteText = '', stateWord = '', owner = ''] = LINE.exec(line) ?? [];
  const state = NAMED_STATES[stateWord];
  const local = parseToolEndpoint(localText);
  const remote = parseToolEndpoint(remoteText);
  if (state === undefined || local === undefined || remote === undefined) return undefined;
  return Number(owner) === pid ? { local, remote, state } : undefined;
}
