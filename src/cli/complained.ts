/**
 * The addresses of a complaint, as they are typed.
 * Owns their notation and its errors, which show no address: they may go into a log.
 */
import { ConntapeError } from '../error.ts';
import { plainIp } from '../listing/ip.ts';
import { LARGEST_PORT, portNumber } from '../listing/port.ts';
import type { ComplaintDestination } from '../reports/answer/complaint.ts';

const DESTINATION_FORM =
  'write it as 198.51.100.7, 198.51.100.7:443, [2001:db8::1] or [2001:db8::1]:443';
const SOURCE_FORM = 'write it as 192.0.2.1 or 2001:db8::1, without a port';

/**
 * Reads `198.51.100.7`, `198.51.100.7:443`, `[2001:db8::1]`, `[2001:db8::1]:443`. Without brackets an
 * IPv6 address is none: what is behind its last colon may be meant as a port. An IPv4-mapped address
 * is the IPv4 address. Throws `usage` for anything else.
 */
export function parseDestination(text: string): ComplaintDestination {
  const fault = (cause: string) => wrongAddress('--destination', cause, DESTINATION_FORM);
  const [, bracketed, bare, digits] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/.exec(text) ?? [];
  if (bracketed === undefined && bare === undefined) {
    throw fault('it is not an address with a port; an IPv6 address stands in brackets');
  }
  const written = bracketed ?? bare!;
  const ip = plainIp(written);
  if (ip === undefined || (bracketed !== undefined) !== written.includes(':')) {
    throw fault('it is not an address: a name would have to be resolved as of then');
  }
  if (digits === undefined) return { ip, port: undefined };
  const port = portNumber(digits);
  if (port === undefined) throw fault(`its port is not a number from 1 to ${LARGEST_PORT}`);
  return { ip, port };
}

/** Reads an address, IPv6 with brackets or without. Throws `usage` for anything else. */
export function parseSource(text: string): string {
  const ip = plainIp(/^\[(.*)\]$/.exec(text)?.[1] ?? text);
  if (ip !== undefined) return ip;
  throw wrongAddress('--source', 'it is not an address', SOURCE_FORM);
}

function wrongAddress(option: string, cause: string, hint: string): ConntapeError {
  return new ConntapeError('usage', { operation: `reading ${option}`, cause, hint });
}
