/**
 * What a socket is for, from where its ends are: Tor's listeners, its configuration, the consensus.
 * Owns that inference; what Tor's events say of a connection, connections.ts adds.
 */
import type { Endpoint } from '../../sockets/socket.ts';
import type { Consensus } from './consensus.ts';
import { endpointKey, parseEndpoint } from './endpoint.ts';

/** A letter of TYPE_FLAGS' second category. */
export type Usage = 'C' | 'R' | 'X' | 'H' | 'D';

/** What a connection to a listener is for, by the name in `GETINFO net/listeners/NAME`. */
const LISTENERS: Readonly<Record<string, Usage>> = {
  or: 'R',
  extor: 'R',
  dir: 'D',
  control: 'X',
  // For the operator's own monitoring.
  metrics: 'X',
  socks: 'C',
  trans: 'C',
  natd: 'C',
  httptunnel: 'C',
};

export const LISTENER_KEYS: readonly string[] = Object.keys(LISTENERS).map(
  (name) => `net/listeners/${name}`,
);

/** Options that name addresses Tor itself connects to: neither relays nor exit traffic. */
export const TARGET_OPTIONS: readonly string[] = [
  'HTTPSProxy',
  'Socks4Proxy',
  'Socks5Proxy',
  'HiddenServiceOptions',
];

/** How a socket's ends look. */
export interface Side {
  readonly inbound: boolean;
  readonly usage: Usage;
  /** The relay at the other end, as its address tells; undefined for any other. */
  readonly fingerprint: string | undefined;
  /** Whether the connection may be one that `ORCONN` events tell of. */
  readonly maybeOr: boolean;
}

const ANY = new Set(['0.0.0.0', '::']);

export class Surroundings {
  readonly consensus: Consensus;
  /** Whether this Tor is a relay: all others relay nothing. */
  readonly isRelay: boolean;
  readonly #listeners = new Map<string, Usage>();
  readonly #targets = new Map<string, Usage>();

  /**
   * @param listeners the values of `LISTENER_KEYS`, as far as Tor knows them.
   * @param options the values of `TARGET_OPTIONS`, as far as Tor knows them.
   */
  constructor(
    consensus: Consensus,
    isRelay: boolean,
    listeners: ReadonlyMap<string, string>,
    options: ReadonlyMap<string, string>,
  ) {
    this.consensus = consensus;
    this.isRelay = isRelay;
    for (const [name, usage] of Object.entries(LISTENERS)) {
      for (const word of (listeners.get(`net/listeners/${name}`) ?? '').split(' ')) {
        const endpoint = parseEndpoint(word.replaceAll('"', ''));
        if (endpoint !== undefined) this.#listeners.set(listenerKey(endpoint), usage);
      }
    }
    for (const proxy of ['HTTPSProxy', 'Socks4Proxy', 'Socks5Proxy']) {
      const endpoint = parseEndpoint(options.get(proxy) ?? '');
      if (endpoint !== undefined) this.#targets.set(endpointKey(endpoint), 'C');
    }
    for (const value of (options.get('HiddenServicePort') ?? '').split('\n')) {
      const endpoint = backendOf(value);
      if (endpoint !== undefined) this.#targets.set(endpointKey(endpoint), 'H');
    }
  }

  /**
   * An inbound socket is one at a listener of Tor's. An outbound one is, in this order: to a target
   * that Tor was configured with; to a relay's OR port (C where this Tor is no relay itself); to a
   * relay's directory port; else unknown: a relay's exit traffic (R) or a client's own (C).
   */
  sideOf(local: Endpoint, remote: Endpoint): Side {
    const listener =
      this.#listeners.get(endpointKey(local)) ?? this.#listeners.get(`*:${local.port}`);
    if (listener !== undefined) {
      const maybeOr = listener === 'R';
      return { inbound: true, usage: listener, fingerprint: undefined, maybeOr };
    }
    const endpoint = endpointKey(remote);
    const target = this.#targets.get(endpoint);
    if (target !== undefined) {
      return { inbound: false, usage: target, fingerprint: undefined, maybeOr: false };
    }
    const own = this.isRelay ? 'R' : 'C';
    const fingerprint = this.consensus.relayAt(endpoint);
    const directory = fingerprint ?? this.consensus.directoryAt(endpoint);
    const usage = fingerprint === undefined && directory !== undefined ? 'D' : own;
    return { inbound: false, usage, fingerprint: directory, maybeOr: usage !== 'D' };
  }
}

function listenerKey(endpoint: Endpoint): string {
  return ANY.has(endpoint.ip) ? `*:${endpoint.port}` : endpointKey(endpoint);
}

/** `80 127.0.0.1:8080`, `80 8080` or `80`: where a hidden service's connections go. */
function backendOf(value: string): Endpoint | undefined {
  const [port = '', target = port] = value.split(' ');
  return parseEndpoint(/^\d+$/.test(target) ? `127.0.0.1:${target}` : target);
}
