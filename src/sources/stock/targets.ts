/**
 * Where Tor was configured to connect to: proxies, pluggable transports, the places of onion services.
 * Owns the forms that torrc lines take, as Tor's own parser does; what a connection there is for,
 * surroundings.ts says.
 */
import { isIPv4, isIPv6 } from 'node:net';
import { unquoteAt } from '../../control/quoting.ts';
import { type Endpoint, normalAddress } from '../../sockets/socket.ts';
import { endpointKey } from './endpoint.ts';

/** Options that name addresses Tor itself connects to: neither relays nor exit traffic. */
export const TARGET_OPTIONS: readonly string[] = [
  'HTTPSProxy',
  'Socks4Proxy',
  'Socks5Proxy',
  'TCPProxy',
  'ClientTransportPlugin',
  'HiddenServiceOptions',
];

/** The port of a proxy that is given without one. */
const PROXY_PORTS = { HTTPSProxy: 443, Socks4Proxy: 1080, Socks5Proxy: 1080, TCPProxy: 443 };

const LOOPBACK = ['127.0.0.1', '::1'];

/** C for what clients' traffic goes through, H for an onion service's own place. */
export type TargetUsage = 'C' | 'H';

export class Targets {
  readonly #usages = new Map<string, TargetUsage>();
  /** The ports of targets whose address Tor got from a name, which nothing here looks up. */
  readonly #namedPorts = new Set<number>();

  /** @param options the values of `TARGET_OPTIONS`, as far as Tor knows them. */
  constructor(options: ReadonlyMap<string, string>) {
    for (const [option, port] of Object.entries(PROXY_PORTS)) {
      // TCPProxy has its protocol before the address.
      const value = linesOf(options, option)[0]?.split(/\s+/).at(-1) ?? '';
      if (value !== '') this.#add(value, port, 'C');
    }
    for (const value of linesOf(options, 'ClientTransportPlugin')) {
      const [, kind = '', address = ''] = value.split(/\s+/);
      if (/^socks[45]$/.test(kind)) this.#add(address, 0, 'C');
    }
    for (const value of linesOf(options, 'HiddenServicePort')) this.#addService(value);
  }

  /**
   * What a connection to the endpoint is for; `unknown` where it may be to a target that has a name
   * for its address.
   */
  usageOf(endpoint: Endpoint): TargetUsage | 'unknown' | undefined {
    const known = this.#usages.get(endpointKey(endpoint));
    return known ?? (this.#namedPorts.has(endpoint.port) ? 'unknown' : undefined);
  }

  /** `80 127.0.0.1:8080`, `80 8080`, `80 localhost:8080`, `80 unix:/path`, `80`. */
  #addService(value: string): void {
    const [, digits = '', rest = ''] = /^(\d+)\s*(.*)$/s.exec(value) ?? [];
    const port = Number(digits);
    const target = unquoted(rest.trim());
    // A Unix socket has no address to be mistaken for.
    if (digits === '' || /^unix:/i.test(target)) return;
    if (target === '' || /^\d+$/.test(target)) {
      this.#add(`127.0.0.1:${target || digits}`, port, 'H');
    } else {
      this.#add(target, port, 'H');
    }
  }

  #add(text: string, defaultPort: number, usage: TargetUsage): void {
    const { host, port } = split(text);
    const at = port || defaultPort;
    const ips = host.toLowerCase() === 'localhost' ? LOOPBACK : [host];
    for (const ip of ips) {
      if (isIPv4(ip) || isIPv6(ip)) {
        this.#usages.set(endpointKey({ ip: normalAddress(ip), port: at }), usage);
      } else {
        this.#namedPorts.add(at);
      }
    }
  }
}

/** The lines of an option, without those that are empty. */
function linesOf(options: ReadonlyMap<string, string>, option: string): string[] {
  const lines = (options.get(option) ?? '').split('\n');
  return lines.map((line) => unquoted(line.trim()).trim()).filter((line) => line !== '');
}

/** A value that is in quotes as a whole, without them. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    const { value, end } = unquoteAt(text, 0);
    return end === text.length ? value : text;
  } catch {
    return text;
  }
}

/** `HOST`, `HOST:PORT`, `[IPV6]`, `[IPV6]:PORT`, `IPV6`: the host without brackets, 0 for no port. */
function split(text: string): { host: string; port: number } {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed !== null) return { host: bracketed[1]!, port: Number(bracketed[2] ?? 0) };
  if (isIPv6(text)) return { host: text, port: 0 };
  const [, host = text, port = '0'] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  return { host, port: Number(port) };
}
