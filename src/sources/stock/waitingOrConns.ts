/**
 * OR connections that Tor reported and no socket is known for yet.
 * Owns what `ORCONN` events say until a connection takes it over; matching is connections.ts's.
 */
import type { Direction } from '../../listing/flags.ts';
import { flagsOf, type ReportedEnd } from './connection.ts';
import type { Consensus } from './consensus.ts';
import { endpointKey } from './endpoint.ts';
import type { OrConnEvent } from './events.ts';
import type { EventDetails } from './lifeEvents.ts';
import type { Surroundings } from './surroundings.ts';

/** More than a process can have descriptors for; further ones are left to the socket table. */
const MAX_WAITING = 1 << 18;

/** The key of outbound connections to what no consensus lists. */
const UNLISTED = 'out unlisted';

export interface OrConn {
  readonly id: number;
  /** Undefined where it is older than the subscription. */
  readonly openedAt: number | undefined;
  /** The poll that was next when it opened. */
  readonly generation: number;
  /** Undefined where no event said which way it goes. */
  readonly inbound: boolean | undefined;
  readonly endpoint: string | undefined;
  readonly ip: string | undefined;
  /** The relay that Tor launched it to; it is proven only by `CONNECTED`. */
  readonly launchedTo: string | undefined;
  fingerprint: string | undefined;
  established: boolean;
  ending: ReportedEnd | undefined;
  /** Whether it opened while the sockets of its poll were being read: the next may hold its own. */
  late: boolean;
}

export class WaitingOrConns {
  readonly #waiting = new Map<number, OrConn>();

  get waiting(): readonly OrConn[] {
    return [...this.#waiting.values()];
  }

  get(id: number): OrConn | undefined {
    return this.#waiting.get(id);
  }

  /** @param generation the number of the next poll. */
  take(event: OrConnEvent, at: number, generation: number): void {
    const conn = this.#waiting.get(event.id) ?? this.#begin(event, at, generation);
    switch (event.status) {
      case 'CONNECTED':
        conn.established = true;
        conn.fingerprint = event.fingerprint;
        break;
      case 'FAILED':
      case 'CLOSED':
        conn.ending ??= { at, reason: event.reason };
        break;
      default:
    }
  }

  forget(id: number): void {
    this.#waiting.delete(id);
  }

  clear(): void {
    this.#waiting.clear();
  }

  #begin(event: OrConnEvent, at: number, generation: number): OrConn {
    const opens = event.status === 'NEW' || event.status === 'LAUNCHED';
    const conn: OrConn = {
      id: event.id,
      openedAt: opens ? at : undefined,
      generation,
      inbound: opens ? event.status === 'NEW' : undefined,
      endpoint: event.endpoint === undefined ? undefined : endpointKey(event.endpoint),
      ip: event.endpoint?.ip,
      launchedTo: event.fingerprint,
      fingerprint: undefined,
      established: false,
      ending: undefined,
      late: false,
    };
    if (this.#waiting.size < MAX_WAITING) this.#waiting.set(event.id, conn);
    return conn;
  }
}

/** Where the other end of its socket may be: the keys that `socketKeys` gives a socket. */
export function orConnKeys(conn: OrConn, consensus: Consensus): string[] {
  const { endpoint, inbound, launchedTo } = conn;
  if (endpoint !== undefined) {
    const keys = [`in ${endpoint}`, `out ${endpoint}`];
    return inbound === undefined ? keys : keys.slice(inbound ? 0 : 1, inbound ? 1 : 2);
  }
  const listed = launchedTo === undefined ? [] : consensus.endpointsOf(launchedTo);
  return listed.length === 0 ? [UNLISTED] : listed.map((key) => `out ${key}`);
}

/** The keys of a socket by where its other end is. */
export function socketKeys(direction: Direction, endpoint: string, isListed: boolean): string[] {
  if (direction === 'inbound') return [`in ${endpoint}`];
  if (isListed) return [`out ${endpoint}`];
  const outbound = [`out ${endpoint}`, UNLISTED];
  return direction === 'outbound' ? outbound : [`in ${endpoint}`, ...outbound];
}

/** How an event describes an OR connection whose socket was never seen. */
export function detailsOf(conn: OrConn, { consensus, isRelay }: Surroundings): EventDetails {
  const { fingerprint, launchedTo, established } = conn;
  const relay = fingerprint ?? launchedTo ?? consensus.relayAt(conn.endpoint ?? '');
  const listed = relay !== undefined && consensus.hasRelay(relay);
  const inTor = fingerprint !== undefined || (listed && conn.inbound !== true);
  const direction = conn.inbound === true ? 'inbound' : 'outbound';
  const flags = flagsOf(direction, established, isRelay ? 'R' : 'C', inTor);
  return listed && inTor ? { or_id: relay, type_flags: flags } : { type_flags: flags };
}
