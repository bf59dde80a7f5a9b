/**
 * A TCP socket as the operating system reports it.
 * Owns the shape and the normal form of addresses; how sockets are read is the tools' files'.
 */
import { isIP } from 'node:net';

export interface Endpoint {
  /** An address without brackets or zone, IPv4-mapped IPv6 as IPv4; `0.0.0.0` or `::` for any. */
  readonly ip: string;
  /** From 0 to 65535; 0 is any. */
  readonly port: number;
}

export type SocketState = 'established' | 'connecting' | 'listening' | 'closing';

/** The states as lsof and netstat name them, on Linux and elsewhere (SYN_RCVD, FIN_WAIT_1). */
export const NAMED_STATES: Readonly<Record<string, SocketState>> = {
  ESTABLISHED: 'established',
  SYN_SENT: 'connecting',
  SYN_RECV: 'connecting',
  SYN_RCVD: 'connecting',
  LISTEN: 'listening',
  FIN_WAIT1: 'closing',
  FIN_WAIT2: 'closing',
  FIN_WAIT_1: 'closing',
  FIN_WAIT_2: 'closing',
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
  /** Whether the other end opened it; absent where the tool does not say. */
  readonly inbound?: boolean;
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

/** On BSD and macOS the kernel keeps the number of the interface in a link-local address. */
const SCOPED = /^(fe80):[0-9a-f]{1,4}::/i;

/** The normal form of an address: lower case, no brackets, no zone, IPv4 where it is mapped into IPv6. */
export function normalAddress(text: string): string {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (bare === '*') return '0.0.0.0';
  return MAPPED.exec(bare)?.[1] ?? bare.replace(SCOPED, '$1::').toLowerCase();
}

/** `1.2.3.4:443`, `[::1]:9001`, `::1:9001`, `*:80` → endpoint; undefined for anything else. */
export function parseToolEndpoint(text: string): Endpoint | undefined {
  const colon = text.lastIndexOf(':');
  if (colon < 1) return undefined;
  // ss puts the zone behind the bracket: [fe80::1]%eth0.
  return toolEndpoint(text.slice(0, colon).replace(/\]%.*$/, ']'), text.slice(colon + 1));
}

/** An address and a port, `*` for any, as a tool prints them; undefined for what is none. */
export function toolEndpoint(host: string, port: string): Endpoint | undefined {
  if (port !== '*' && !/^\d{1,5}$/.test(port)) return undefined;
  const endpoint = { ip: normalAddress(host), port: port === '*' ? 0 : Number(port) };
  return isIP(endpoint.ip) !== 0 && endpoint.port <= MAX_PORT ? endpoint : undefined;
}

export const MAX_PORT = 65_535;
