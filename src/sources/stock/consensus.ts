/**
 * Which relays there are: the consensus as `ns/all` and `NEWCONSENSUS` give it.
 * Owns the reading of it (dir-spec, section 3.4.1; control-spec, section 4.1.13) and the look-ups.
 */
import { fingerprintOfIdentity } from '../../listing/fingerprint.ts';
import { endpointKey, parseEndpoint } from './endpoint.ts';

/** The network has some 10,000 relays; what claims to have many more is not a consensus. */
const MAX_RELAYS = 200_000;

/**
 * `r` lines end with the address, the OR port and the directory port; before them are a digest, which
 * microdescriptors leave out, a date and a time.
 */
const ROUTER = /^r \S+ ([A-Za-z0-9+/]{27}) (?:\S+ ){2,3}(\S+) (\d{1,5}) (\d{1,5})$/;

export class Consensus {
  readonly #endpoints = new Map<string, string[]>();
  readonly #relays = new Map<string, string>();
  readonly #directories = new Map<string, string>();
  readonly #authorities: string[] = [];
  readonly #addresses = new Set<string>();

  /**
   * Reads status entries, one or more lines each. An empty text is an empty consensus: so it is
   * while Tor has none. Lines not known and entries that do not parse are passed over.
   */
  static parse(text: string): Consensus {
    const consensus = new Consensus();
    let entry: string[] = [];
    for (const line of text.split('\n')) {
      if (line.startsWith('r ')) {
        consensus.#add(entry);
        entry = [];
      }
      entry.push(line);
    }
    consensus.#add(entry);
    return consensus;
  }

  /** Entries of the directory authorities, joined by newlines: the value of `ns/authority`. */
  get authorities(): string {
    return this.#authorities.join('\n');
  }

  /** How many relays it lists. */
  get size(): number {
    return this.#endpoints.size;
  }

  hasRelay(fingerprint: string): boolean {
    return this.#endpoints.has(fingerprint);
  }

  /** Where a relay takes OR connections, as endpoint keys; empty for one that is not listed. */
  endpointsOf(fingerprint: string): readonly string[] {
    return this.#endpoints.get(fingerprint) ?? [];
  }

  /** The relay that takes OR connections at an endpoint. */
  relayAt(endpoint: string): string | undefined {
    return this.#relays.get(endpoint);
  }

  /** The relay that serves directory documents at an endpoint. */
  directoryAt(endpoint: string): string | undefined {
    return this.#directories.get(endpoint);
  }

  /** The IPs at which a relay takes OR connections; empty for one that is not listed. */
  addressesOf(fingerprint: string): readonly string[] {
    return this.endpointsOf(fingerprint).map((key) => parseEndpoint(key)!.ip);
  }

  /** Whether a relay takes OR connections at an IP, at whatever port. */
  hasAddress(ip: string): boolean {
    return this.#addresses.has(ip);
  }

  #add(entry: readonly string[]): void {
    const [, identity, ip, port, dirPort] = ROUTER.exec(entry[0] ?? '') ?? [];
    const main = parseEndpoint(`${ip}:${port}`);
    if (identity === undefined || main === undefined || this.size >= MAX_RELAYS) return;
    const fingerprint = fingerprintOfIdentity(identity);
    const endpoints = [endpointKey(main)];
    this.#addresses.add(main.ip);
    let isAuthority = false;
    for (const line of entry) {
      const more = line.startsWith('a ') ? parseEndpoint(line.slice(2)) : undefined;
      if (more !== undefined) {
        endpoints.push(endpointKey(more));
        this.#addresses.add(more.ip);
      }
      isAuthority ||= line.startsWith('s ') && line.split(' ').includes('Authority');
    }
    // Once, and line by line: an entry may claim to have any number of lines.
    if (isAuthority) for (const line of entry) this.#authorities.push(line);
    this.#endpoints.set(fingerprint, endpoints);
    for (const endpoint of endpoints) this.#relays.set(endpoint, fingerprint);
    if (dirPort !== '0') {
      this.#directories.set(endpointKey({ ip: main.ip, port: Number(dirPort) }), fingerprint);
    }
  }
}
