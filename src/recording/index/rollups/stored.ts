/**
 * The rollups that stand in a recording's tables.
 * Owns reading them; what is under way, and in no table yet, is recording/rollups.ts's.
 */
import type { Sqlite } from '../../sqlite.ts';
import type { Window } from '../../window.ts';
import {
  type Balance,
  type CircuitAmount,
  type EndedLengths,
  unpackBalance,
  unpackCircuits,
  unpackLengths,
  unpackPeers,
} from './coding.ts';
import type { GreatestPeers, PeerHour } from './peerTally.ts';
import { HOUR_MS, MINUTE_MS, TEN_MINUTES_MS } from './stretches.ts';

/** A stretch of time, milliseconds since the epoch: `to` is not in it. */
export interface RolledUp {
  readonly from: number;
  readonly to: number;
}

/** What the step up to a snapshot moved. Nothing of it is 0 because it was not seen, but bytes across a gap. */
export interface PollTotal {
  /** The number of the snapshot, from 1, and its time. */
  readonly snapshot: number;
  readonly at: number;
  /** Bytes of all connections, each once. 0 for the first snapshot, and across a gap. */
  readonly read: number;
  readonly written: number;
  /** Connections in the snapshot; that came with it, new or back; that are there no more. */
  readonly connections: number;
  readonly opened: number;
  readonly closed: number;
  /** Circuits whose bytes are known that moved something. */
  readonly circuits: number;
}

/** How the bytes of circuits were balanced; bands as `balanceBandOf` has them. */
export type MinuteBalance = RolledUp & Balance;

/** How long connections had lived that ended; bands as `lengthBandOf` has them. */
export type MinuteEnded = RolledUp & Readonly<EndedLengths>;

/** The circuits whose READ and WRITE were furthest apart, those first. */
export interface TenMinutesLopsided extends RolledUp {
  readonly circuits: readonly CircuitAmount[];
}

/** A peer in an hour. OR_ID and IP are `0` where they were not kept. */
export interface NamedPeerHour extends Omit<PeerHour, 'peer'> {
  readonly orId: string;
  readonly ip: string;
}

/** Those that connections led to, and those that connected: the greatest first. */
export interface HourGreatest extends RolledUp {
  readonly outbound: readonly NamedPeerHour[];
  readonly inbound: readonly NamedPeerHour[];
}

export class StoredRollups {
  readonly #db: Sqlite;
  readonly #peer;

  constructor(db: Sqlite) {
    this.#db = db;
    this.#peer = db.prepare<[number], { orId: string; ip: string }>(
      'SELECT or_id AS orId, ip FROM peer_text WHERE id = ?',
    );
  }

  *polls({ from, to }: Window): Generator<PollTotal, void> {
    yield* this.#db
      .prepare<[number, number], PollTotal>(
        `SELECT snapshot, at, read, written, connections, opened, closed, circuits
         FROM poll_total JOIN snapshot ON number = snapshot
         WHERE at >= ? AND at <= ? ORDER BY snapshot`,
      )
      .iterate(from, to);
  }

  *balances(window: Window): Generator<MinuteBalance, void> {
    for (const { number, blob } of this.#rows(
      'minute_balance',
      'minute',
      'bands',
      MINUTE_MS,
      window,
    )) {
      yield { ...rolledUp(number, MINUTE_MS), ...unpackBalance(blob) };
    }
  }

  *ended(window: Window): Generator<MinuteEnded, void> {
    for (const { number, blob } of this.#rows(
      'minute_ended',
      'minute',
      'lengths',
      MINUTE_MS,
      window,
    )) {
      yield { ...rolledUp(number, MINUTE_MS), ...unpackLengths(blob) };
    }
  }

  *lopsided(window: Window): Generator<TenMinutesLopsided, void> {
    const rows = this.#rows('lopsided', 'ten_minutes', 'circuits', TEN_MINUTES_MS, window);
    for (const { number, blob } of rows) {
      yield { ...rolledUp(number, TEN_MINUTES_MS), circuits: unpackCircuits(blob) };
    }
  }

  *greatest(window: Window): Generator<HourGreatest, void> {
    for (const { outbound, inbound, ...hour } of this.greatestByNumber(window)) {
      yield {
        ...hour,
        outbound: outbound.map((peer) => this.#named(peer)),
        inbound: inbound.map((peer) => this.#named(peer)),
      };
    }
  }

  /** The same, peers by their numbers, which `peerOf` names: of a peer there may be several. */
  *greatestByNumber(window: Window): Generator<RolledUp & GreatestPeers, void> {
    const rows = this.#db
      .prepare<[number, number], { hour: number; outbound: Buffer; inbound: Buffer }>(
        'SELECT hour, outbound, inbound FROM greatest WHERE hour >= ? AND hour <= ? ORDER BY hour',
      )
      .iterate(...numbersIn(window, HOUR_MS));
    for (const { hour, outbound, inbound } of rows) {
      yield {
        ...rolledUp(hour, HOUR_MS),
        outbound: unpackPeers(outbound),
        inbound: unpackPeers(inbound),
      };
    }
  }

  /** OR_ID and IP of a peer by its number. */
  peerOf(peer: number): Pick<NamedPeerHour, 'orId' | 'ip'> {
    return this.#peer.get(peer)!;
  }

  #named({ peer, ...hour }: PeerHour): NamedPeerHour {
    return { ...this.peerOf(peer), ...hour };
  }

  *#rows(table: string, key: string, column: string, lengthMs: number, window: Window) {
    yield* this.#db
      .prepare<[number, number], { number: number; blob: Buffer }>(
        `SELECT ${key} AS number, ${column} AS blob FROM ${table}
         WHERE ${key} >= ? AND ${key} <= ? ORDER BY ${key}`,
      )
      .iterate(...numbersIn(window, lengthMs));
  }
}

export function rolledUp(number: number, lengthMs: number): RolledUp {
  return { from: number * lengthMs, to: (number + 1) * lengthMs };
}

/** The first and the last stretch that a window shares time with. */
function numbersIn({ from, to }: Window, lengthMs: number): [first: number, last: number] {
  return [Math.floor(from / lengthMs), Math.floor(to / lengthMs)];
}
