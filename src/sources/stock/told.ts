/**
 * What Tor's events told of OR connections, held against the sockets of a poll.
 * Owns the comparing; which socket is which connection is connections.ts's.
 */
import { needsPolicy } from '../../listing/privacy.ts';
import type { Comparison, WitnessedRow } from '../../listing/witness.ts';
import { LEAST_TOLERANCE, witnessedRowOf } from '../comparison.ts';
import type { Connection } from './connection.ts';

/** More than that are a Tor that tells of no end, which these show. */
const MAX_UNCLOSED = 1000;

/** The OR connections that Tor said are open, whose sockets have gone without a word of it. */
export class UnclosedOrConns implements Iterable<Connection> {
  readonly #byTorId = new Map<number, Connection>();

  [Symbol.iterator](): Iterator<Connection> {
    return this.#byTorId.values();
  }

  /** Takes those whose sockets have gone. Of one that was never open Tor tells no end. */
  add(gone: readonly Connection[]): void {
    for (const connection of gone) {
      const { torId, old, handshaking, ending } = connection;
      if (torId === undefined || old || handshaking || ending !== undefined) continue;
      if (this.#byTorId.size < MAX_UNCLOSED) this.#byTorId.set(torId, connection);
    }
  }

  /** Tor told its end. Gives whether it was one of these. */
  hear(torId: number): boolean {
    return this.#byTorId.delete(torId);
  }

  clear(): void {
    this.#byTorId.clear();
  }
}

/** What is known after a poll. */
export interface Told {
  /** The connections that have a socket. */
  readonly open: Iterable<Connection>;
  /** Those that Tor said are open and never said have ended, whose sockets have gone. */
  readonly unclosed: Iterable<Connection>;
  /** Whether Tor names those that come in by the addresses that their sockets have. */
  readonly namesInbound: boolean;
  readonly keepsLocal: boolean;
}

/**
 * Compares what opened under watch: of an inbound connection at the OR port there was an event, which
 * names its socket; of an outbound one no event can be missed for certain, since two to one relay
 * cannot be told apart. What Tor said is open has a socket. All else is in neither count.
 */
export function compareTold({ open, unclosed, namesInbound, keepsLocal }: Told): Comparison {
  const inbound = { reported: 0, system: 0 };
  const outbound = { reported: 0, system: 0 };
  for (const { old, isNew, socket, side, torId } of open) {
    if (old || isNew || socket.state !== 'established' || !side.maybeOr) continue;
    const isTold = torId !== undefined;
    if (side.direction === 'inbound' && side.usage === 'R' && namesInbound) {
      inbound.system++;
      if (isTold) inbound.reported++;
    } else if (isTold) {
      outbound.system++;
      outbound.reported++;
    }
  }
  const onlyReported: WitnessedRow[] = [];
  for (const connection of unclosed) {
    const label = connection.label();
    const mayName = keepsLocal || !needsPolicy(label.orId, label.flags, label.ip);
    if (!label.withheld && mayName) onlyReported.push(witnessedRowOf(label));
    else (connection.side.direction === 'inbound' ? inbound : outbound).reported++;
  }
  return {
    reported: inbound.reported + outbound.reported + onlyReported.length,
    system: inbound.system + outbound.system,
    tolerance: LEAST_TOLERANCE,
    onlyReported,
    onlySystem: [],
    onlyReportedCount: onlyReported.length,
    onlySystemCount: 0,
    inbound,
    outbound,
  };
}
