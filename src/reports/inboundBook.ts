/**
 * What the tape shows of each peer that connected to this Tor.
 * Owns the accounts; which connections came in is inbound.ts's, the columns peers.ts's.
 */
import type { End } from '../listing/life.ts';
import type { BlindTimes, Stretch } from '../recording/index/blind.ts';
import type { Unlisted } from '../recording/index/indexedLives.ts';
import type { Step, TapeConnection, TapeEntry } from '../recording/playback/step.ts';
import { ExactSum, ExactSums } from './exactSum.ts';
import { type InboundConnection, inboundAt } from './inbound.ts';

const SHORT_LIVED_MS = 30_000;

/** A life, as far as its opening and its end count. */
interface Life {
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly lastSeen: number;
  readonly closedBy: number | null;
  readonly end: End;
}

export class InboundPeer {
  readonly orId: string;
  connections = 0;
  opened = 0;
  closed = 0;
  shortLived = 0;
  maxConcurrent = 0;
  /** The most from one address in one snapshot; of those whose address is kept. */
  mostFromOneAddress = 0;
  /** The most addresses in one snapshot. */
  maxAddresses = 0;
  readonly read = new ExactSum();
  readonly written = new ExactSum();
  /** Milliseconds since the epoch. */
  firstSeen: number;
  lastSeen: number;
  /** The address of those that are there now; where there are several, how many of each. */
  #ip = '';
  #ips: Map<string, number> | undefined;
  #concurrent = 0;
  /** Of the snapshots in which it was there: how many, and addresses in all. */
  #snapshots = 0;
  #addresses = 0;
  /** From which snapshot on what is there now has been. */
  #since = 0;

  constructor(orId: string, at: number) {
    this.orId = orId;
    this.firstSeen = at;
    this.lastSeen = at;
  }

  get isThere(): boolean {
    return this.#concurrent > 0;
  }

  /** Adds or takes a connection away that a snapshot shows, or shows no more. */
  change(ip: string, by: 1 | -1, snapshot: number): void {
    this.#settle(snapshot);
    if (this.#concurrent === 0) {
      this.#ip = ip;
    } else if (this.#ips === undefined && ip !== this.#ip) {
      this.#ips = new Map([[this.#ip, this.#concurrent]]);
    }
    this.#concurrent += by;
    if (this.#ips === undefined) return;
    const there = (this.#ips.get(ip) ?? 0) + by;
    if (there === 0) this.#ips.delete(ip);
    else this.#ips.set(ip, there);
    if (this.#ips.size === 0) this.#ips = undefined;
  }

  get #addressesNow(): number {
    return this.#ips?.size ?? Math.min(1, this.#concurrent);
  }

  /** Takes note of the most when a snapshot was taken in. */
  look(ip: string): void {
    const fromIt = this.#ips === undefined ? this.#concurrent : (this.#ips.get(ip) ?? 0);
    this.maxConcurrent = Math.max(this.maxConcurrent, this.#concurrent);
    this.maxAddresses = Math.max(this.maxAddresses, this.#addressesNow);
    this.mostFromOneAddress = Math.max(this.mostFromOneAddress, fromIt);
  }

  /** How many addresses it had in the mean of the snapshots up to one; null where in none. */
  meanAddresses(snapshot: number): number | null {
    this.#settle(snapshot + 1);
    return this.#snapshots === 0 ? null : this.#addresses / this.#snapshots;
  }

  #settle(snapshot: number): void {
    const addresses = this.#addressesNow;
    if (addresses > 0) {
      this.#snapshots += snapshot - this.#since;
      this.#addresses += (snapshot - this.#since) * addresses;
    }
    this.#since = snapshot;
  }
}

/** A connection that counts for a peer until it is gone. */
interface Counted {
  peer: InboundPeer;
  /** Of its line, when that has gone. */
  entry: TapeEntry | undefined;
  readonly opened: boolean;
  /** Of what it moved, in the sums. */
  readonly number: number;
}

export class InboundBook {
  readonly #blind: BlindTimes;
  /** The steps that share time with a gap, in order. */
  readonly #blindSteps: Stretch[] = [];
  readonly #peers = new Map<string, InboundPeer>();
  readonly #counted = new Map<TapeConnection, Counted>();
  /** What each of those moved, by number, and numbers that are free. */
  readonly #read = new ExactSums();
  readonly #written = new ExactSums();
  readonly #free: number[] = [];
  /** Connections that no line speaks for now. */
  #away = new Set<TapeConnection>();
  #firstAt: number | undefined;
  #lastAt = 0;
  #number = 0;

  constructor(blind: BlindTimes) {
    this.#blind = blind;
  }

  watch(step: Step): void {
    const { number, at, since, acrossGap, rows, counted } = step;
    if (since !== undefined && acrossGap) this.#blindSteps.push({ from: since, to: at });
    this.#firstAt ??= at;
    this.#number = number;
    const inbound = inboundAt(step);
    const { ended, begun } = inbound.changes;
    for (const { connection, label, slot } of ended) {
      const known = this.#counted.get(connection)!;
      const { peer } = known;
      known.entry = rows.entryOf(slot);
      peer.change(label.ip, -1, number);
      if (!peer.isThere) peer.lastSeen = this.#lastAt;
      this.#away.add(connection);
    }
    for (const one of begun) {
      const peer = this.#peerOf(one.label.orId, at);
      peer.change(one.label.ip, 1, number);
      this.#count(one, peer);
      this.#away.delete(one.connection);
    }
    for (const { label } of begun) this.#peers.get(label.orId)!.look(label.ip);
    this.#close(number);
    for (let index = 0; index < counted.slots.length; index++) {
      const moved = inbound.at(counted.slots[index]!);
      if (moved === undefined) continue;
      const connection = this.#counted.get(moved.connection)!;
      this.#read.add(connection.number, counted.read[index]!);
      this.#written.add(connection.number, counted.written[index]!);
    }
    this.#lastAt = at;
  }

  #peerOf(orId: string, at: number): InboundPeer {
    let peer = this.#peers.get(orId);
    if (peer === undefined) {
      peer = new InboundPeer(orId, at);
      this.#peers.set(orId, peer);
    }
    return peer;
  }

  /** A connection counts once, for what it turned out to be: a relay proves itself only then. */
  #count({ connection }: InboundConnection, peer: InboundPeer): void {
    const known = this.#counted.get(connection);
    const opened = known?.opened ?? this.#sawOpening(connection);
    if (known?.peer !== peer) {
      if (known !== undefined) {
        known.peer.connections--;
        if (opened) known.peer.opened--;
      }
      peer.connections++;
      if (opened) peer.opened++;
    }
    if (known !== undefined) {
      known.peer = peer;
      known.entry = undefined;
      return;
    }
    const number = this.#free.pop() ?? this.#counted.size;
    this.#read.makeRoom(number + 1);
    this.#written.makeRoom(number + 1);
    this.#counted.set(connection, { peer, entry: undefined, opened, number });
  }

  #sawOpening({ openedAt, openedKnown }: Pick<Life, 'openedAt' | 'openedKnown'>): boolean {
    return openedKnown && openedAt >= this.#firstAt! && !this.#isHidden(openedAt);
  }

  /** Whether a time lies inside a blind step; snapshots, at its edges, do not. */
  #isHidden(time: number): boolean {
    return this.#blindSteps.some(({ from, to }) => from < time && time < to);
  }

  #sawEnd({ lastSeen, closedBy, end }: Life): boolean {
    return end === 'closed' && closedBy !== null && !this.#blind.overlaps(lastSeen, closedBy);
  }

  /** Counts the ends of those that no later snapshot holds. */
  #close(number: number): void {
    for (const connection of this.#away) {
      if (connection.lastSnapshot >= number) continue;
      this.#away.delete(connection);
      const { peer, entry } = this.#forget(connection);
      const { openedAt, openedKnown } = connection;
      const { lastSeen, closedBy, end } = entry!;
      this.#end(peer, { openedAt, openedKnown, lastSeen, closedBy, end });
    }
  }

  #forget(connection: TapeConnection): Counted {
    const counted = this.#counted.get(connection)!;
    this.#counted.delete(connection);
    counted.peer.read.addSum(this.#read.take(counted.number));
    counted.peer.written.addSum(this.#written.take(counted.number));
    this.#free.push(counted.number);
    return counted;
  }

  #end(peer: InboundPeer, life: Life): void {
    if (!this.#sawEnd(life)) return;
    peer.closed++;
    if (life.openedKnown && life.closedBy! - life.openedAt < SHORT_LIVED_MS) peer.shortLived++;
  }

  /** Counts a connection that lived between two polls. */
  addUnlisted(life: Unlisted): void {
    const { orId, openedAt, closedBy, from, to } = life;
    if (this.#firstAt === undefined || openedAt > this.#lastAt || closedBy < this.#firstAt) return;
    const peer = this.#peerOf(orId, from);
    peer.connections++;
    peer.firstSeen = Math.min(peer.firstSeen, from);
    peer.lastSeen = Math.max(peer.lastSeen, to);
    if (this.#sawOpening({ openedAt, openedKnown: true })) peer.opened++;
    if (closedBy <= this.#lastAt) this.#end(peer, { ...life, openedKnown: true });
  }

  /** Every peer, in the order of first sight. Called once, when the last snapshot was seen. */
  all(): InboundPeer[] {
    const peers = [...this.#peers.values()];
    for (const connection of this.#counted.keys()) this.#forget(connection);
    for (const peer of peers)
      if (peer.isThere) peer.lastSeen = Math.max(peer.lastSeen, this.#lastAt);
    return peers;
  }

  /** In the mean of the snapshots in which the peer was there. */
  meanAddressesOf(peer: InboundPeer): number | null {
    return peer.meanAddresses(this.#number);
  }
}
