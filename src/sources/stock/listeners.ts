/**
 * Where Tor listens, and where it did: a listener may go while its connections live on.
 * Owns what a local port says of a connection's direction; the other end's address is
 * surroundings.ts's.
 */
import type { Endpoint } from '../../sockets/socket.ts';
import { endpointKey, parseEndpoint } from './endpoint.ts';

/** A letter of TYPE_FLAGS' second category; U where nothing shows it. */
export type UsageLetter = 'C' | 'R' | 'X' | 'H' | 'D' | 'U';

/** What a connection to a listener is for, by the name in `GETINFO net/listeners/NAME`. */
const USAGES: Readonly<Record<string, UsageLetter>> = {
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

const OR = 'net/listeners/or';
const EXT_OR = 'net/listeners/extor';

export const LISTENER_KEYS: readonly string[] = Object.keys(USAGES).map(
  (name) => `net/listeners/${name}`,
);

const ANY = new Set(['0.0.0.0', '::']);

export class Listeners {
  /** Where the poll before, and the last one, found them: what opened between may be at either. */
  #before: ReadonlyMap<string, UsageLetter> = new Map();
  #now: ReadonlyMap<string, UsageLetter> = new Map();
  /** The ports that were ever listened at in the life of this process, as far as it was polled. */
  readonly #ports = new Set<number>();
  readonly #ephemeral: readonly [number, number] | undefined;
  #takesOr = true;
  #hasExtOr = false;

  /**
   * @param ephemeral the local ports that the system gives to connections opened from here, least
   *   and greatest; undefined where they are not known.
   */
  constructor(ephemeral: readonly [number, number] | undefined) {
    this.#ephemeral = ephemeral;
  }

  /** Takes the values of `LISTENER_KEYS` of a poll, as far as Tor knows them. */
  look(values: ReadonlyMap<string, string>): void {
    const now = new Map<string, UsageLetter>();
    for (const [name, usage] of Object.entries(USAGES)) {
      for (const word of (values.get(`net/listeners/${name}`) ?? '').split(' ')) {
        const endpoint = parseEndpoint(word.replaceAll('"', ''));
        if (endpoint === undefined) continue;
        now.set(keyOf(endpoint), usage);
        this.#ports.add(endpoint.port);
      }
    }
    this.#before = this.#now;
    this.#now = now;
    this.#takesOr = values.get(OR) !== '';
    this.#hasExtOr = (values.get(EXT_OR) ?? '') !== '';
  }

  /**
   * Whether events name inbound OR connections by the ends of their sockets: not where a pluggable
   * transport hands them on, which tells Tor the address that they came to it from.
   */
  get namesInbound(): boolean {
    return !this.#hasExtOr;
  }

  /** What a connection with this local end is for, where a listener is there. */
  usageAt(local: Endpoint): UsageLetter | undefined {
    return at(this.#now, local) ?? at(this.#before, local);
  }

  /**
   * Whether a connection with this local end, where no listener is, may have come in by one that is
   * gone: there was one in this process's life; or the connection is older than the recording, and
   * its port is not one that the system gives to what goes out, or several connections have it, or
   * no OR listener is left.
   * @param isShared whether another connection has the same local end.
   */
  mayHaveBeenAt(local: Endpoint, isOld: boolean, isShared: boolean, isRelay: boolean): boolean {
    if (this.#ports.has(local.port)) return !this.#listensNow(local.port);
    return isOld && (isShared || this.#isReserved(local.port) || (isRelay && !this.#takesOr));
  }

  /** A listener of another address at this port: the port alone says nothing then. */
  #listensNow(port: number): boolean {
    return [...this.#now.keys()].some((key) => key.endsWith(`:${port}`));
  }

  #isReserved(port: number): boolean {
    const range = this.#ephemeral;
    return range !== undefined && (port < range[0] || port > range[1]);
  }
}

function at(listeners: ReadonlyMap<string, UsageLetter>, local: Endpoint): UsageLetter | undefined {
  return listeners.get(endpointKey(local)) ?? listeners.get(`*:${local.port}`);
}

function keyOf(endpoint: Endpoint): string {
  return ANY.has(endpoint.ip) ? `*:${endpoint.port}` : endpointKey(endpoint);
}
