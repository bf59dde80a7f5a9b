/**
 * `orconn-status`: which relays Tor is connected to, and so whose the connections are that were there
 * before anybody listened.
 * Owns its reading (control-spec, section 3.9) and that inference; events name all later ones.
 *
 * Tor names a relay by its fingerprint, and where the other end proved no identity it gives the address
 * and port that it came from: whatever else came in is a relay's. Which relay's, its address says, or
 * that there is only one left. What stays unsure is not named.
 */
import { normalAddress } from '../../sockets/socket.ts';
import type { Connection } from './connection.ts';
import type { Consensus } from './consensus.ts';
import { endpointKey } from './endpoint.ts';

const LINE = /^(?:\$([0-9A-Fa-f]{40})(?:[~=]\S*)?|(\S+):(\d{1,5})) ([A-Z]+)$/;

export interface OrConnStatus {
  /** How many connections to each relay are established. */
  readonly relays: ReadonlyMap<string, number>;
  /** The endpoints of what proved no identity. */
  readonly others: ReadonlySet<string>;
}

/** Undefined where a line is not understood: what it is of could be taken for a relay's. */
export function parseOrConnStatus(text: string): OrConnStatus | undefined {
  const relays = new Map<string, number>();
  const others = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, named, address = '', port, status] = LINE.exec(line.trim()) ?? [];
    if (status === undefined) return undefined;
    if (named === undefined) {
      others.add(endpointKey({ ip: normalAddress(address), port: Number(port) }));
    } else if (status === 'CONNECTED') {
      const fingerprint = named.toUpperCase();
      relays.set(fingerprint, (relays.get(fingerprint) ?? 0) + 1);
    }
  }
  return { relays, others };
}

export interface Named {
  /** Whose connections were found. */
  readonly found: ReadonlyMap<Connection, string>;
  /** How many of a relay's were not. */
  readonly left: ReadonlyMap<string, number>;
}

/**
 * @param open the connections that were there then, and later ones, of which there were events; with the
 *   relays that are known of some.
 */
export function namedBy(
  { relays, others }: OrConnStatus,
  open: Iterable<Connection>,
  consensus: Consensus,
): Named {
  const left = new Map(relays);
  const take = (fingerprint: string) => {
    const count = (left.get(fingerprint) ?? 0) - 1;
    if (count > 0) left.set(fingerprint, count);
    else left.delete(fingerprint);
  };
  let unnamed: Connection[] = [];
  for (const connection of open) {
    const { fingerprint, side, socket } = connection;
    if (fingerprint !== undefined && connection.isEstablished) take(fingerprint);
    // What had an event came later: it may be anyone's.
    if (fingerprint !== undefined || connection.torId !== undefined) continue;
    const cameIn = side.direction === 'inbound' && side.maybeOr;
    if (!cameIn || socket.state !== 'established') continue;
    if (!others.has(endpointKey(socket.remote))) unnamed.push(connection);
  }
  const found = new Map<Connection, string>();
  const name = (connections: readonly Connection[], fingerprint: string) => {
    for (const connection of connections) {
      found.set(connection, fingerprint);
      take(fingerprint);
    }
    unnamed = unnamed.filter((connection) => !found.has(connection));
  };
  for (const [fingerprint, theirs] of byAddress(unnamed, [...left.keys()], consensus)) {
    if (theirs.length <= (left.get(fingerprint) ?? 0)) name(theirs, fingerprint);
  }
  const [last, ...more] = left;
  if (last !== undefined && more.length === 0 && last[1] === unnamed.length) {
    name(unnamed, last[0]);
  }
  return { found, left };
}

/** Those that came from an address of one of these relays, and of no other. */
function byAddress(
  connections: readonly Connection[],
  fingerprints: readonly string[],
  consensus: Consensus,
): Map<string, Connection[]> {
  const relaysAt = new Map<string, Set<string>>();
  for (const fingerprint of fingerprints) {
    for (const ip of consensus.addressesOf(fingerprint)) {
      const there = relaysAt.get(ip) ?? new Set();
      relaysAt.set(ip, there.add(fingerprint));
    }
  }
  const theirs = new Map<string, Connection[]>();
  for (const connection of connections) {
    const [fingerprint, ...others] = relaysAt.get(connection.socket.remote.ip) ?? [];
    if (fingerprint === undefined || others.length > 0) continue;
    theirs.set(fingerprint, [...(theirs.get(fingerprint) ?? []), connection]);
  }
  return theirs;
}
