/**
 * Which TCP connections Tor has: joins the socket table with `ORCONN` events and the dump.
 * Owns CONN_ID, openings and ends; what a connection is like is connection.ts's, circuits are
 * ownCircuits.ts's and transitCircuits.ts's.
 *
 * CONN_ID is Tor's own id where it is known when the connection is first seen, else one of
 * conntape's, which it keeps for life: 2^40 + the socket's inode, which the system does not give
 * again for four billion sockets, so that a recorder that starts anew does not either. Without an
 * inode they are counted from 2^42 + the time of the start in milliseconds. Tor counts from 0.
 */
import type { LifeEvent } from '../../listing/snapshot.ts';
import type { SystemSocket } from '../../sockets/socket.ts';
import { Connection } from './connection.ts';
import type { Dump } from './dump.ts';
import { dumpedConnections, dumpedIds } from './dumped.ts';
import { endpointKey } from './endpoint.ts';
import type { OrConnEvent } from './events.ts';
import { LifeEvents } from './lifeEvents.ts';
import { namedBy, type OrConnStatus } from './orConnStatus.ts';
import { type Pairing, pairUp } from './pairing.ts';
import { isSameSocket, sharedEnds } from './socketEnds.ts';
import type { Surroundings } from './surroundings.ts';
import { type Told, UnclosedOrConns } from './told.ts';
import {
  detailsOf,
  type OrConn,
  orConnKeys,
  socketKeys,
  WaitingOrConns,
} from './waitingOrConns.ts';

const INODE_IDS = 2 ** 40;
const COUNTED_IDS = 2 ** 42;

/** What one poll brings. Times are milliseconds since the epoch. */
export interface Look {
  readonly at: number;
  /** When the reading of the sockets began: what opened before must be among them. */
  readonly readSince: number;
  readonly sockets: readonly SystemSocket[];
  readonly surroundings: Surroundings;
  /** One that was taken since the poll before. */
  readonly dump: Dump | undefined;
  /** Asked for with this poll, where `wantsStatus` said so. */
  readonly status?: OrConnStatus | undefined;
}

/** What a poll found. */
export interface Found {
  /** In the order in which they were first seen. */
  readonly open: readonly Connection[];
  /** What opened and ended since the poll before, in time order. */
  readonly events: readonly LifeEvent[];
  /** Where inbound connections came from that were not there at either poll, and proved no relay's. */
  readonly passed: readonly string[];
}

export class Connections {
  readonly #bySocket = new Map<string, Connection>();
  readonly #byTorId = new Map<number, Connection>();
  readonly #orConns = new WaitingOrConns();
  #nextId: number;
  /** The number of the next poll, and of the first one after a time in which nobody looked. */
  #generation = 1;
  #firstGeneration = 1;
  #lastAt = Number.NEGATIVE_INFINITY;
  readonly #unclosed = new UnclosedOrConns();
  /** The relays of connections that are older than the subscription and were not all found. */
  #unnamed: ReadonlySet<string> = new Set();

  /** @param startedAt when this recorder started, milliseconds since the epoch. */
  constructor(startedAt: number) {
    this.#nextId = COUNTED_IDS + startedAt;
  }

  /** Whether the next poll finds connections that had no event. */
  get wantsStatus(): boolean {
    return this.#generation === this.#firstGeneration;
  }

  /** Whether a relay may have connections that are not known to be its own. */
  mayHaveMore(fingerprint: string): boolean {
    return this.#unnamed.has(fingerprint);
  }

  /** What Tor told, beside the sockets of the last poll. */
  get told(): Pick<Told, 'open' | 'unclosed'> {
    return { open: this.#bySocket.values(), unclosed: this.#unclosed };
  }

  /** The open connection with Tor's global id. */
  byTorId(id: number): Connection | undefined {
    return this.#byTorId.get(id);
  }

  /** Events were missed since the last poll: what is new in the next one may be older than it. */
  resume(): void {
    this.#orConns.clear();
    this.#unclosed.clear();
    this.#firstGeneration = this.#generation;
  }

  /** @param at when it came, milliseconds since the epoch. */
  onOrConn(event: OrConnEvent, at: number): void {
    const connection = this.#byTorId.get(event.id);
    if (connection === undefined) {
      if (this.#unclosed.hear(event.id)) return;
      this.#orConns.take(event, at, this.#generation);
    } else if (event.status === 'CONNECTED') {
      connection.handshaking = false;
      connection.fingerprint = event.fingerprint ?? connection.fingerprint;
    } else if (event.status === 'CLOSED' || event.status === 'FAILED') {
      connection.ending ??= { at, reason: event.reason };
    }
  }

  /**
   * A socket of a connection that Tor said has ended may linger: it is left out of one poll. What is
   * there longer is a connection again, whose age is not known.
   */
  poll(look: Look): Found {
    const events = new LifeEvents(this.#lastAt, look.at);
    const gone = this.#seek(look);
    if (look.dump !== undefined) this.#learn(look.dump);
    const passed: string[] = [];
    this.#settle(gone, look, events, passed);
    if (look.status !== undefined) this.#learnStatus(look.status, look.surroundings);
    for (const channel of look.dump?.channels ?? []) {
      const connection = this.#byTorId.get(channel.connectionId);
      if (connection?.seenIn === this.#generation) connection.learnChannel(channel);
    }
    for (const connection of this.#bySocket.values()) connection.look(look.surroundings);
    const open: Connection[] = [];
    for (const connection of [...gone, ...this.#bySocket.values()]) {
      this.#announce(connection, events);
      if (connection.ending === undefined && connection.seenIn === this.#generation) {
        open.push(connection);
      } else if (connection.ending !== undefined && connection.isNew && !connection.old) {
        const { side, fingerprint, socket } = connection;
        const isOurs = side.direction === 'inbound' && fingerprint === undefined;
        if (isOurs && connection.seenIn === this.#generation) {
          passed.push(socket.remote.ip);
        }
      }
    }
    for (const { torId } of gone) if (torId !== undefined) this.#byTorId.delete(torId);
    this.#unclosed.add(gone);
    this.#generation++;
    this.#lastAt = look.at;
    return { open, events: events.inOrder(), passed };
  }

  /** Finds each socket's connection, begins one for those that have none, gives those without. */
  #seek(look: Look): Connection[] {
    const generation = this.#generation;
    const old = generation === this.#firstGeneration;
    const gone: Connection[] = [];
    let shared: ReadonlySet<string> | undefined;
    for (const socket of look.sockets) {
      if (socket.state === 'listening') continue;
      const key = `${endpointKey(socket.local)} ${endpointKey(socket.remote)}`;
      const known = this.#bySocket.get(key);
      const isSame = known !== undefined && isSameSocket(known.socket, socket);
      if (isSame && !outlives(known, socket)) {
        known.seeAgain(socket, generation);
        continue;
      }
      if (known !== undefined) {
        gone.push(known);
        this.#bySocket.delete(key);
      }
      shared ??= sharedEnds(look.sockets);
      const isShared = shared.has(endpointKey(socket.local));
      const circumstances = { isOld: old, isShared };
      const side = look.surroundings.sideOf(socket.local, socket.remote, circumstances);
      // It may have been another connection that ended, and this one is as old as its socket.
      const first = { at: look.at, generation, old: old || isSame, isShared };
      this.#bySocket.set(key, new Connection(socket, side, first));
    }
    for (const [key, connection] of this.#bySocket) {
      if (connection.seenIn === generation) continue;
      gone.push(connection);
      this.#bySocket.delete(key);
    }
    return gone;
  }

  /** What the dump knows: relays, ages, ids, the circuits of exit connections. */
  #learn(dump: Dump): void {
    const dumped = dumpedConnections(dump, this.#bySocket.values());
    for (const { connection, line } of dumped) {
      if (line.kind !== 'OR') connection.side = { ...connection.side, maybeOr: false };
      // Of a handshake that is not over it is the relay that Tor hopes to meet.
      if (line.isOpen) connection.fingerprint ??= line.fingerprint;
      connection.learnOpening(line.createdAt);
      connection.exitCircuit = line.exitCircuit;
    }
    const incoming = new Map(dump.channels.map((one) => [one.connectionId, one.incoming]));
    for (const [connection, id] of dumpedIds(dumped, dump)) {
      connection.learnDirection(incoming.get(id)!);
      const conn = this.#orConns.get(id);
      if (conn !== undefined) this.#join(conn, connection);
      else if (!this.#byTorId.has(id)) this.#name(connection, id);
    }
  }

  /** What Tor says of those that were there before anybody listened: whose they are. */
  #learnStatus(status: OrConnStatus, { consensus }: Surroundings): void {
    for (const connection of this.#bySocket.values()) {
      connection.fingerprint ??= connection.side.fingerprint;
    }
    const { found, left } = namedBy(status, this.#bySocket.values(), consensus);
    for (const [connection, fingerprint] of found) connection.fingerprint = fingerprint;
    this.#unnamed = new Set(left.keys());
  }

  /** Gives Tor's OR connections their sockets, as far as that is certain. */
  #settle(gone: readonly Connection[], look: Look, events: LifeEvents, passed: string[]): void {
    const lost = gone.filter(isNameless);
    const ended = this.#orConns.waiting.filter(({ ending }) => ending !== undefined);
    if (lost.length > 0) this.#pair(ended, lost, look);
    if (this.#orConns.waiting.length === 0) return;
    const nameless = [...this.#bySocket.values()].filter(isNameless);
    const living = this.#orConns.waiting.filter(({ ending }) => ending === undefined);
    const alive = this.#pair(living, nameless, look);
    const over = this.#pair(
      this.#orConns.waiting.filter(({ ending }) => ending !== undefined),
      nameless.filter(isNameless),
      look,
    );
    for (const conn of this.#orConns.waiting) {
      if (over.contested.has(conn)) this.#orConns.forget(conn.id);
      else if (!alive.contested.has(conn)) this.#passBy(conn, look, events, passed);
    }
  }

  #pair(
    conns: readonly OrConn[],
    connections: readonly Connection[],
    look: Look,
  ): Pairing<OrConn, Connection> {
    const { consensus } = look.surroundings;
    const pairing = pairUp(
      conns,
      connections,
      (conn) => orConnKeys(conn, consensus),
      ({ side, socket }) =>
        socketKeys(side.direction, endpointKey(socket.remote), side.fingerprint !== undefined),
      (conn, { old, generation }) =>
        conn.openedAt === undefined
          ? old
          : generation === conn.generation || (conn.late && generation === conn.generation + 1),
    );
    for (const [conn, connection] of pairing.pairs) this.#join(conn, connection);
    return pairing;
  }

  #join(conn: OrConn, connection: Connection): void {
    this.#orConns.forget(conn.id);
    this.#name(connection, conn.id);
    connection.fingerprint = conn.fingerprint ?? connection.fingerprint;
    connection.ending ??= conn.ending;
    if (conn.inbound !== undefined) connection.learnDirection(conn.inbound);
    if (conn.openedAt === undefined) return;
    connection.handshaking = !conn.established;
    if (connection.generation === this.#generation) connection.learnReportedOpening(conn.openedAt);
  }

  #name(connection: Connection, torId: number): void {
    connection.torId = torId;
    this.#byTorId.set(torId, connection);
  }

  /** What is to be done with an OR connection that has no socket in the table. */
  #passBy(conn: OrConn, look: Look, events: LifeEvents, passed: string[]): void {
    const { openedAt, ending, generation } = conn;
    if (openedAt === undefined) {
      if (ending !== undefined) this.#orConns.forget(conn.id);
      return;
    }
    const isNew = generation === this.#generation;
    if (isNew && openedAt >= look.readSince && ending === undefined) {
      // It may have opened after the sockets were read: the next poll will show.
      conn.late = true;
      return;
    }
    this.#orConns.forget(conn.id);
    if (!isNew && !(conn.late && generation === this.#generation - 1)) return;
    const details = detailsOf(conn, look.surroundings);
    events.opened(conn.id, openedAt, details);
    if (ending !== undefined) events.closed(conn.id, ending.at, ending.reason);
    const ip = conn.inbound === true && conn.fingerprint === undefined ? conn.ip : undefined;
    if (ip !== undefined) passed.push(ip);
  }

  /** Gives a connection its CONN_ID, and passes on what events said of its opening and its end. */
  #announce(connection: Connection, events: LifeEvents): void {
    if (!connection.hasConnId) connection.connId = connection.torId ?? this.#newId(connection);
    const { connId, eventDetails, openingToReport, ending } = connection;
    if (openingToReport !== undefined) events.opened(connId, openingToReport, eventDetails);
    if (ending !== undefined && !connection.isEndReported) {
      events.closed(connId, ending.at, ending.reason);
      connection.isEndReported = true;
    }
    connection.openingToReport = undefined;
  }

  #newId({ socket }: Connection): number {
    return socket.inode === undefined ? this.#nextId++ : INODE_IDS + socket.inode;
  }
}

function isNameless({ torId, side }: Connection): boolean {
  return torId === undefined && side.maybeOr;
}

/** Whether a socket is in use behind the poll that found its connection ended. */
function outlives({ isEndReported }: Connection, { state }: SystemSocket): boolean {
  return isEndReported && state === 'established';
}
