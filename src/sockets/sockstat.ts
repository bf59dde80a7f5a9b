/**
 * The output of FreeBSD's `sockstat` → sockets.
 * Owns its format; running it is elsewhere.ts's. sockstat counts no bytes.
 *
 *     USER     COMMAND    PID   FD  PROTO  LOCAL ADDRESS         FOREIGN ADDRESS       CONN STATE
 *     _tor     tor        1718  6   tcp4   192.0.2.5:9001        *:*                   LISTEN
 *     _tor     tor        1718  24  tcp6   2001:db8::5:40546     [2001:db8::9]:9001    ESTABLISHED
 *
 * FreeBSD 13 has no brackets, 14 and later have. A socket that no process holds has `?` for it.
 */
import { NAMED_STATES, parseToolEndpoint, type SystemSocket } from './socket.ts';

/**
 * IPv4 and IPv6 (-4 -6), listening ones too (neither -c nor -l), states (-s), addresses not cut (-w).
 * FreeBSD 10 has no -w and cuts none; what is older has no -s.
 */
export const SOCKSTAT_ARGUMENTS: readonly (readonly string[])[] = [
  ['-4', '-6', '-s', '-w'],
  ['-4', '-6', '-s'],
  ['-4', '-6'],
];

/** A socket whose state may not have been printed. */
export type Stateless = Omit<SystemSocket, 'state'> & {
  readonly state: SystemSocket['state'] | undefined;
};

/** The name of a command may have spaces; between the addresses and the state there may be a path's. */
const LINE = /\s(\d+)\s+(\d+)\s+tcp(?:4|6|46)\s+(\S+)\s+(\S+)(?:\s+(\S+))?\s*$/;

/**
 * One line of `sockstat`; undefined for one that is not a TCP socket of this process, or is closed.
 * One without a remote end listens; of others the state is undefined where it is not printed.
 */
export function parseSockstatLine(line: string, pid: number): Stateless | undefined {
  const [, owner = '', fd = '', localText = '', remoteText = '', word] = LINE.exec(line) ?? [];
  const local = parseToolEndpoint(localText);
  const remote = parseToolEndpoint(remoteText);
  if (Number(owner) !== pid || local === undefined || remote === undefined) return undefined;
  const state = word === undefined ? undefined : NAMED_STATES[word];
  if (word !== undefined && state === undefined) return undefined;
  const seen = state ?? (remote.port === 0 ? 'listening' : undefined);
  return { local, remote, state: seen, fd: Number(fd) };
}
