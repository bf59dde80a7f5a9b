/**
 * Where a control port is: a TCP address or a Unix socket.
 * Owns the notation only; connecting is connection.ts's, listening is listening.ts's.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { ConntapeError } from '../error.ts';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

const MAX_PORT = 65_535;

/** What `sun_path` holds on Linux without its final zero; a longer path would be cut silently. */
const MAX_PATH_BYTES = 107;

const UNIX = 'unix:';
const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/;

/**
 * Reads `127.0.0.1:9051`, `[::1]:9051`, `localhost:9051`, `9051` (on 127.0.0.1) or `unix:/path`.
 * Port 0 is allowed: a listener then takes a free one. Throws `usage` for anything else.
 */
export function parseAddress(text: string): Address {
  if (text.startsWith(UNIX)) {
    const path = text.slice(UNIX.length);
    if (path === '') throw badAddress(text, 'the path is empty');
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
      throw badAddress(text, `a socket's path has at most ${MAX_PATH_BYTES} bytes`);
    }
    return { kind: 'unix', path };
  }
  if (text.startsWith('/')) throw badAddress(text, 'it is a path', `a socket is ${UNIX}${text}`);
  const colon = text.lastIndexOf(':');
  const host = colon < 0 ? '127.0.0.1' : hostOf(text.slice(0, colon));
  if (host === undefined) throw badAddress(text, 'the host is neither an address nor a name');
  const digits = text.slice(colon + 1);
  const port = Number(digits);
  if (!/^[0-9]{1,5}$/.test(digits) || port > MAX_PORT) {
    throw badAddress(text, `the port is not a number from 0 to ${MAX_PORT}`);
  }
  return { kind: 'tcp', host, port };
}

function hostOf(text: string): string | undefined {
  const bracketed = /^\[(.*)\]$/.exec(text)?.[1];
  if (bracketed !== undefined) return isIPv6(bracketed) ? bracketed : undefined;
  return HOST_NAME.test(text) ? text : undefined;
}

function badAddress(
  text: string,
  cause: string,
  hint = 'give HOST:PORT, [IPV6]:PORT, PORT or unix:PATH',
): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'reading the address',
    object: JSON.stringify(text.slice(0, MAX_PATH_BYTES)),
    cause,
    hint,
  });
}

/** The notation that `parseAddress` reads back to the same address. */
export function formatAddress(address: Address): string {
  if (address.kind === 'unix') return `${UNIX}${address.path}`;
  const host = isIPv6(address.host) ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** Whether only this machine reaches the address: a Unix socket, 127.0.0.0/8, ::1, localhost. */
export function isLoopback(address: Address): boolean {
  if (address.kind === 'unix') return true;
  const host = address.host.toLowerCase();
  const ipv4 = host.startsWith('::ffff:') ? host.slice('::ffff:'.length) : host;
  if (isIPv4(ipv4)) return ipv4.startsWith('127.');
  return host === 'localhost' || (isIPv6(host) && /^[0:]*:0*1$/.test(host));
}
