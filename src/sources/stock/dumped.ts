/**
 * Which connection each line of a dump speaks of, and which global id it has.
 * Owns that joining; the lines are dump.ts's, the connections connections.ts's.
 */
import type { Connection } from './connection.ts';
import type { Dump, DumpedChannel, DumpedConnection } from './dump.ts';
import { endpointKey } from './endpoint.ts';
import { CELL_BYTES } from './events.ts';
import { matchUp, pairUp } from './pairing.ts';

/** A connection and the line of the dump that speaks of it. */
export interface Dumped {
  readonly connection: Connection;
  readonly line: DumpedConnection;
}

/** Joins by the descriptor, and where Tor gave the peer's address too, by that. */
export function dumpedConnections(dump: Dump, connections: Iterable<Connection>): Dumped[] {
  const byDescriptor = new Map<number, Connection>();
  for (const connection of connections) {
    const { fd } = connection.socket;
    if (fd !== undefined) byDescriptor.set(fd, connection);
  }
  const found: Dumped[] = [];
  for (const line of dump.connections) {
    const connection = byDescriptor.get(line.fd);
    if (connection === undefined) continue;
    // The descriptor may have been given to another connection since.
    const { endpoint } = line;
    if (endpoint !== undefined && endpointKey(endpoint) !== endpointKey(connection.socket.remote)) {
      continue;
    }
    found.push({ connection, line });
  }
  return found;
}

/**
 * The global ids of OR connections that had none: those of their channels. A channel is a
 * connection's where Tor gave both addresses and they are the same, or where direction, relay and
 * age agree and those of no other do. Ages are whole seconds and the two are not counted from the
 * same moment, so that a second between them counts as none. Of several to one relay that opened
 * within a second the bytes decide: the dump is older than the reading of the sockets, so that no socket
 * has read less than its channel had.
 */
export function dumpedIds(dumped: readonly Dumped[], dump: Dump): Map<Connection, number> {
  const ids = new Map<Connection, number>();
  const known = new Set(dumped.map(({ connection }) => connection.torId));
  let unnamed = dumped.filter(
    ({ connection, line }) => line.kind === 'OR' && connection.torId === undefined,
  );
  let channels = dump.channels.filter(({ connectionId }) => !known.has(connectionId));
  const keys: [(dumped: Dumped) => string[], (channel: DumpedChannel) => string[]][] = [
    [addressKeys, channelAddressKeys],
    [ageKeys, channelAgeKeys],
  ];
  for (const [keysOf, keysOfChannel] of keys) {
    const { pairs } = pairUp(unnamed, channels, keysOf, keysOfChannel);
    for (const [{ connection }, { connectionId }] of pairs) ids.set(connection, connectionId);
    unnamed = unnamed.filter((one) => !pairs.has(one));
    const taken = new Set(pairs.values());
    channels = channels.filter((channel) => !taken.has(channel));
  }
  for (const [{ connection }, { connectionId }] of matchUp(unnamed, channels, mayBeOne)) {
    ids.set(connection, connectionId);
  }
  return ids;
}

function mayBeOne(dumped: Dumped, channel: DumpedChannel): boolean {
  const [key] = channelAgeKeys(channel);
  if (!ageKeys(dumped).includes(key!)) return false;
  const { received } = dumped.connection.socket;
  return received === undefined || (channel.cellsRead ?? 0) * CELL_BYTES <= received;
}

function addressKeys({ line }: Dumped): string[] {
  return line.endpoint === undefined ? [] : [endpointKey(line.endpoint)];
}

function channelAddressKeys({ endpoint }: DumpedChannel): string[] {
  return endpoint === undefined ? [] : [endpointKey(endpoint)];
}

function ageKeys({ connection, line }: Dumped): string[] {
  const { direction } = connection.side;
  const second = Math.round(line.createdAt / 1000);
  const ways = direction === 'unknown' ? [true, false] : [direction === 'inbound'];
  return ways.flatMap((inbound) =>
    [-1, 0, 1].map((off) => ageKey(inbound, line.fingerprint, second + off)),
  );
}

function channelAgeKeys({ incoming, fingerprint, createdAt }: DumpedChannel): string[] {
  return [ageKey(incoming, fingerprint, Math.round(createdAt / 1000))];
}

function ageKey(inbound: boolean, fingerprint: string | undefined, second: number): string {
  return `${inbound ? 'in' : 'out'} ${fingerprint ?? ''} ${second}`;
}
