/**
 * An address and a port in one word, as a key: `192.0.2.7:443`, `[2001:db8::7]:443`.
 * Owns the notation; the keys may be users' addresses and never leave this folder.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { type Endpoint, MAX_PORT, normalAddress } from '../../sockets/socket.ts';

const IPV4 = /^(\d+\.\d+\.\d+\.\d+):(\d{1,5})$/;
const IPV6 = /^\[([0-9A-Fa-f:.]+)\]:(\d{1,5})$/;

/** Reads `ADDRESS:PORT` or `[ADDRESS]:PORT`; undefined for anything else. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = IPV4.exec(text) ?? IPV6.exec(text);
  if (match === null) return undefined;
  const ip = match[1]!;
  const port = Number(match[2]);
  if (port > MAX_PORT || !(isIPv4(ip) || isIPv6(ip))) return undefined;
  return { ip: normalAddress(ip), port };
}

export function endpointKey({ ip, port }: Endpoint): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}
