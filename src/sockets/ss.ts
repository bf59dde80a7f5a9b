/**
 * The output of `ss` (iproute2) → sockets.
 * Owns its format and what its silence on a counter means; running it is reader.ts's.
 *
 *     ESTAB 0 0 127.0.0.1:40546 127.0.0.12:9001 users:(("tor",pid=17052,fd=24)) ino:112552 sk:1
 *       bbr … bytes_acked:583653 bytes_received:71311 …   (on one line with -O, else on two)
 */
import {
  parseToolEndpoint,
  type SocketDetails,
  type SocketState,
  type SystemSocket,
} from './socket.ts';

/**
 * TCP (-t), no header (-H), numbers (-n), counters (-i), inodes (-e), all states (-a), a socket a
 * line (-O). An older ss has no -O, a still older one no -H: both are only convenient.
 */
export const SS_ARGUMENTS: readonly (readonly string[])[] = [
  ['-t', '-i', '-n', '-e', '-a', '-H', '-O'],
  ['-t', '-i', '-n', '-e', '-a', '-H'],
  ['-t', '-i', '-n', '-e', '-a'],
];

/** Whether `ss` refused an option, by what it says of it. */
export function refusesOption(message: string): boolean {
  return /(?:invalid|unrecognized|unknown) option/i.test(message);
}

/**
 * What the kernel counts and `ss` prints: `received` only where bytes_sent is missing (Linux before
 * 4.19, iproute2 before 5), `nothing` without tcp_info's bytes (before 4.1); undefined where no
 * socket has moved anything that would show it.
 */
export type CountedBytes = 'both' | 'received' | 'nothing';

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

/** The first column, Netid, is there only where more than one kind of socket may be. */
const HEAD = /^(?:tcp\s+)?([A-Z][A-Z0-9-]*)\s+\d+\s+\d+\s+(\S+)\s+(\S+)/;
const HEADER = /^(?:Netid\s+)?State\s/;
const INODE = / ino:(\d+)/;
const SENT = / bytes_sent:(\d+)/;
const ACKED = / bytes_acked:(\d+)/;
const RECEIVED = / bytes_received:(\d+)/;

/** Every established socket has it; ss prints it first of tcp_info. */
const TCP_INFO = / rto:\d/;

const RTT = / rtt:(\d+(?:\.\d+)?)\//;
/** How many are under way again, and how many there were in all. */
const RETRANSMITTED = / retrans:\d+\/(\d+)/;
const LOST = / lost:(\d+)/;

/** Gathers sockets from lines: without -O the counters of a socket stand on a line of their own. */
export class SsParser {
  readonly #sockets: (SystemSocket & { readonly isCounted: boolean })[] = [];
  #line = '';
  #counts: CountedBytes | undefined;
  /** Whether a connection was described at all, and whether any counter of bytes was printed. */
  #sawInfo = false;
  #sawBytes = false;
  /** How many lines began a socket, in whatever state; and how many began with something else. */
  #known = 0;
  #strange = 0;
  readonly #withDetails: boolean;

  /** @param withDetails whether sockets are to say how they fare. */
  constructor(withDetails = false) {
    this.#withDetails = withDetails;
  }

  push(line: string): void {
    if (/^\s+\S/.test(line)) {
      this.#line += ` ${line.trimStart()}`;
      return;
    }
    this.#flush();
    this.#line = line;
  }

  /** The sockets, and what is counted of them. Throws `Error` where no line was understood. */
  end(): { sockets: SystemSocket[]; counts: CountedBytes | undefined } {
    this.#flush();
    if (this.#known === 0 && this.#strange > 0) {
      throw new Error(`none of the ${this.#strange} lines that it printed has its usual columns`);
    }
    const counts = this.#counts ?? (this.#sawInfo && !this.#sawBytes ? 'nothing' : undefined);
    const sockets = this.#sockets.map(({ isCounted, sent, received, ...socket }) => ({
      ...socket,
      ...(isCounted && counts !== 'received' && counts !== 'nothing' ? { sent: sent! } : {}),
      ...(isCounted && counts !== 'nothing' ? { received: received! } : {}),
    }));
    return { sockets, counts };
  }

  #flush(): void {
    const line = this.#line;
    this.#line = '';
    if (line.trim() === '' || HEADER.test(line)) return;
    const [, stateWord, localText = '', remoteText = ''] = HEAD.exec(line) ?? [];
    if (stateWord === undefined) {
      this.#strange++;
      return;
    }
    this.#known++;
    const state = STATES[stateWord];
    const local = parseToolEndpoint(localText);
    const remote = parseToolEndpoint(remoteText);
    if (state === undefined || local === undefined || remote === undefined) return;
    const inode = INODE.exec(line)?.[1];
    const isCounted = state !== 'established' || TCP_INFO.test(line) || ACKED.test(line);
    this.#look(state, line);
    // What was sent twice counts twice in bytes_sent, and the handshake counts in bytes_acked of the
    // side that opened: what both hold was written and has arrived.
    const sent = Math.min(counter(SENT, line), counter(ACKED, line));
    const received = counter(RECEIVED, line);
    const details = this.#withDetails && TCP_INFO.test(line) ? { details: detailsIn(line) } : {};
    const socket = { local, remote, state, sent, received, isCounted, ...details };
    this.#sockets.push(inode === undefined ? socket : { ...socket, inode: Number(inode) });
  }

  /** ss leaves a counter out while it is 0, and always where the kernel does not have it. */
  #look(state: SocketState, line: string): void {
    const acked = counter(ACKED, line);
    if (SENT.test(line)) this.#counts = 'both';
    // One byte is acknowledged of a handshake.
    else if (acked > 1) this.#counts ??= 'received';
    if (acked > 0 || RECEIVED.test(line)) this.#sawBytes = true;
    if (state === 'established' && TCP_INFO.test(line)) this.#sawInfo = true;
  }
}

/** What ss leaves out is 0, but for a time that nothing gave yet. */
function detailsIn(line: string): SocketDetails {
  const rtt = RTT.exec(line)?.[1];
  return {
    rttMs: rtt === undefined ? undefined : Number(rtt),
    retransmitted: counter(RETRANSMITTED, line),
    lost: counter(LOST, line),
  };
}

/** A counter of the kernel's tcp_info; ss leaves it out while it is 0. */
function counter(pattern: RegExp, line: string): number {
  return Number(pattern.exec(line)?.[1] ?? 0);
}
