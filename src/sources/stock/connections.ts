/**
 * Which TCP connections Tor has: joins the socket table with `ORCONN` events and the dump.
 * Owns CONN_ID, openings and ends; what a connection is like is connection.ts's, circuits are
 * circuits.ts's.
 *
 * CONN_ID is Tor's own id where it is known when the connection is first seen, else one of
 * conntape's that it keeps for life: 2^40 + the socket's inode, which the system does not give again
 * for four billion sockets, so that a recorder that starts anew does not either. Without an inode
 * they are counted from 2^42 + the time of the start in milliseconds. Tor counts from 0.
 */
import type { JsonObject, LifeEvent } from '../../listing/snapshot.ts';
import type { SystemSocket } from '../../sockets/socket.ts';
import { type Connection, type Ending, type FirstSight, flagsOf } from './connection.ts';
import type { Dump } from './dump.ts';
import { dumpedIds } from './dumped.ts';
import { endpointKey } from './endpoint.ts';
import type { OrConnEvent } from './events.ts';
import { type OrConn, OrConns, orConnKeys, socketKeys } from './orConns.ts';
import { pairUp } from './pairing.ts';
import type { Side, Surroundings } from './surroundings.ts';

const INODE_IDS = 2 ** 40;
const COUNTED_IDS = 2 ** 42;

/** What one poll brings. Times are milliseconds since the epoch. */
export interface Look {
  readonly at: number;
  /** When the reading of the sockets began: what opened before must be among them. */
  readonly readSince: number;
  readonly sockets: readonly SystemSocket[];
  readonly surroundings: Surroundings;
  /** Taken just before the sockets were read. */
  readonly dump: Dump | undefined;
}

/** A socket that no poll saw before, and its side. */
interface Newcomer {
  readonly socket: SystemSocket;
  readonly side: Side;
  readonly key: string;
}

export class Connections {
  readonly #bySocket = new Map<string, Connection>();
  readonly #byTorId = new Map<number, Connection>();
  readonly #orConns = new OrConns();
  #nextId: number;
  /** The number of the next poll; that of the first after a time in which nobody looked. */
  #generation = 1;
  #firstGeneration = 1;
  #lastAt = 0;

  /** @param startedAt when this recorder started, milliseconds since the epoch. */
  constructor(startedAt: number) {
    this.#nextId = COUNTED_IDS + startedAt;
  }

  /** The connection with Tor's global id, while it is open. */
  byTorId(id: number): Connection | undefined {
    return this.#byTorId.get(id);
  }

  /** Events were missed since the last poll: what is new in the next one may be older than it. */
  resume(): void {
    this.#orConns.clear();
    this.#firstGeneration = this.#generation;
  }

  onOrConn(event: OrConnEvent, at: number): void {
    const connection = this.#byTorId.get(event.id);
    if (connection === undefined) {
      this.#orConns.take(event, at, this.#generation);
    } else if (event.status === 'CONNECTED') {
      connection.handshaking = false;
      connection.fingerprint = event.fingerprint ?? connection.fingerprint;
    } else if (event.status === 'CLOSED' || event.status === 'FAILED') {
      connection.ending ??= { at, reason: event.reason };
    }
  }

  /**
   * Goes through the sockets of a poll. Gives the connections that are open, in the order in which
   * they were first seen, and what opened and ended since the poll before, in time order. A socket
   * that Tor said is closed may linger: it is left out.
   */
  poll(look: Look): { open: Connection[]; events: LifeEvent[] } {
    const { newcomers, gone } = this.#sort(look);
    const events = new EventList(this.#lastAt, look.at);
    const taken = this.#meet(newcomers, look, events);
    for (const connection of taken) this.#bySocket.set(keyOf(connection.socket), connection);
    if (look.dump !== undefined) this.#learn(look.dump, look);
    for (const connection of this.#bySocket.values()) connection.look(look.surroundings);
    this.#settle(gone, look, events);
    const open: Connection[] = [];
    for (const connection of [...this.#bySocket.values(), ...gone]) {
      const { ending } = connection;
      if (ending !== undefined) {
        if (!connection.endTold) events.add('closed', connection.connId, ending);
        connection.endTold = true;
      } else if (connection.seenIn === this.#generation) {
        open.push(connection);
      }
    }
    for (const { torId } of gone) if (torId !== undefined) this.#byTorId.delete(torId);
    this.#generation++;
    this.#lastAt = look.at;
    return { open, events: events.inOrder() };
  }
}
