/**
 * A TCP socket as the operating system reports it.
 * Owns the shape and the normal form of addresses; how sockets are read is the tools' files'.
 */

export interface Endpoint {
  /** An address without brackets or zone, IPv4-mapped IPv6 as IPv4; `0.0.0.0` or `::` for any. */
  readonly ip: string;
  /** From 0 to 65535; 0 is any. */
  readonly port: number;
}

export type SocketState = 'established' | 'connecting' | 'listening' | 'closing';

/** The states as lsof and netstat name them. */
export const NAMED_STATES: Readonly<Record<string, SocketState>> = {
  ESTABLISHED: 'established',
  SYN_SENT: 'connecting',
  SYN_RECV: 'connecting',
  LISTEN: 'listening',
  FIN_WAIT1: 'closing',
  FIN_WAIT2: 'closing',
  CLOSE_WAIT: 'closing',
  LAST_ACK: 'closing',
  CLOSING: 'closing',
  TIME_WAIT: 'closing',
};

export interface SystemSocket {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly state: SocketState;
  /** Its descriptor in the process that was asked about; absent where the tool does not say. */
  readonly fd?: number;
  /** What `/proc/PID/fd` names it by. */
  readonly inode?: number;
  /**
   * Bytes that were written and arrived, and bytes received, over the life of the socket; absent
   * where the tool does not say.
   */
  readonly sent?: number;
  readonly received?: number;
  /** How it fares; absent where that was not asked for, or the tool does not say. */
  readonly details?: SocketDetails;
}

/** What the kernel measured of a connection. */
export interface SocketDetails {
  /** The smoothed round-trip time, milliseconds; undefined where none was measured. */
  readonly rttMs: number | undefined;
  /** Segments that were sent again over its life, and those that are taken for lost now. */
  readonly retransmitted: number;
  readonly lost: number;
}

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The normal form of an address: lower case, no brackets, no zone, IPv4 where it is mapped into IPv6. */
export function normalAddress(text: string): string {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (bare === '*') return '0.0.0.0';
  return MAPPED.exec(bare)?.[1] ?? bare.toLowerCase();
}

/** `1.2.3.4:443`, `[::1]:9001`, `*:80` → endpoint; undefined for anything else. */
export function parseToolEndpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 1) return undefined;
  const port = text.slice(colon + 1);
  if (port !== '*' && !/^\d{1,5}$/.test(port)) return undefined;
  // ss puts the zone behind the bracket: [fe80::1]%eth0.
  const host = text.slice(0, colon).replace(/\]%.*$/, ']');
  return { ip: normalAddress(host), port: port === '*' ? 0 : Number(port) };
}
