/**
 * One TCP connection of Tor's: a socket, and what events, dump and consensus add to it.
 * Owns its label and its counters; which socket is which connection is connections.ts's.
 */
import type { Direction } from '../../listing/flags.ts';
import { Label } from '../../listing/label.ts';
import type { SystemSocket } from '../../sockets/socket.ts';
import type { DumpedChannel } from './dump.ts';
import { AGE_UNKNOWN, channelFields, socketFields } from './fields.ts';
import type { EventDetails } from './lifeEvents.ts';
import type { Circumstances, Side, Surroundings } from './surroundings.ts';

/** Bytes in both directions: into this Tor, and out of it. */
export interface Bytes {
  read: number;
  written: number;
}

/** Why and when Tor said that a connection ended. */
export interface ReportedEnd {
  readonly at: number;
  readonly reason: string;
}

export class Connection {
  /** CONN_ID, which it gets once, before it is listed. */
  connId = Number.NaN;
  /** The poll that saw it first. */
  readonly generation: number;
  /** Whether it was there before the recorder could see it open. */
  readonly old: boolean;
  socket: SystemSocket;
  side: Side;
  /** The last poll that saw it. */
  seenIn: number;
  /** Tor's global id, once it is known. */
  torId: number | undefined = undefined;
  /** 40 hex digits, once the peer proved to be, or its address says that it is, a relay. */
  fingerprint: string | undefined = undefined;
  /** Milliseconds since the epoch; the first sight where `ageKnown` is false. */
  openedAt: number;
  ageKnown: boolean;
  /** Whether Tor launched or accepted it and has not said `CONNECTED`. */
  handshaking = false;
  ending: ReportedEnd | undefined = undefined;
  isEndReported = false;
  /** The number, on its inbound channel, of the circuit that an exit connection belongs to. */
  exitCircuit: number | undefined = undefined;
  /** When Tor said that it opened, until that was reported. */
  openingToReport: number | undefined = undefined;
  /** What of its bytes its circuits were given, and what its line of CIRC_ID 0. */
  readonly shared: Bytes = { read: 0, written: 0 };
  readonly own: Bytes = { read: 0, written: 0 };
  readonly #circumstances: Circumstances;
  /** What the dump of a poll said of its channel, and that poll. */
  #channel = { fields: '', toldIn: 0 };
  #orId = '0';
  #isRelay = false;
  #label: Label | undefined;
  /** The fields that the label was made from: a withheld one keeps less of them. */
  #labelled = '';

  constructor(socket: SystemSocket, side: Side, first: FirstSight) {
    this.socket = socket;
    this.side = side;
    this.generation = first.generation;
    this.seenIn = first.generation;
    this.old = first.old;
    this.#circumstances = { isOld: first.old, isShared: first.isShared };
    this.openedAt = first.at;
    this.ageKnown = !first.old;
  }

  get read(): number {
    return this.socket.received ?? 0;
  }

  get written(): number {
    return this.socket.sent ?? 0;
  }

  /** The same socket, as the next poll sees it: a counter that is not there now stands still. */
  seeAgain(socket: SystemSocket, generation: number): void {
    this.seenIn = generation;
    const { sent, received } = this.socket;
    const lacksSent = socket.sent === undefined && sent !== undefined;
    const lacksReceived = socket.received === undefined && received !== undefined;
    this.socket =
      lacksSent || lacksReceived
        ? { ...socket, ...(lacksSent ? { sent } : {}), ...(lacksReceived ? { received } : {}) }
        : socket;
  }

  /** Tor said which way it goes. */
  learnDirection(isInbound: boolean): void {
    if (this.side.direction !== 'unknown') return;
    this.side = { ...this.side, direction: isInbound ? 'inbound' : 'outbound' };
  }

  /** UPTIME, seconds. */
  uptimeAt(at: number): number {
    return Math.max(0, Math.floor((at - this.openedAt) / 1000));
  }

  /** Whether the last poll that saw it is the first that did. */
  get isNew(): boolean {
    return this.seenIn === this.generation;
  }

  get isEstablished(): boolean {
    return this.socket.state !== 'connecting' && !this.handshaking;
  }

  get hasConnId(): boolean {
    return !Number.isNaN(this.connId);
  }

  /** Tor said when it opened, and this is its first poll. */
  learnReportedOpening(at: number): void {
    this.openedAt = at;
    this.ageKnown = true;
    this.openingToReport = at;
  }

  /** Takes in what the dump knows of its age: nothing new where the opening was seen. */
  learnOpening(createdAt: number): void {
    if (this.ageKnown) return;
    this.openedAt = Math.min(this.openedAt, createdAt);
    this.ageKnown = true;
  }

  /** A dump of this poll has its channel: of the next poll that says nothing. */
  learnChannel(channel: DumpedChannel): void {
    this.#channel = { fields: channelFields(channel), toldIn: this.seenIn };
  }

  /**
   * Looks again at who the peer is. A relay stays one when it drops out of the consensus; OR_ID is
   * given to those that are or were listed alone, since what proves to be a relay and is not listed
   * may be a bridge, whose address is a secret.
   */
  look(surroundings: Surroundings): void {
    if (!this.#isRelay) this.#lookAtSide(surroundings);
    const fingerprint = this.fingerprint ?? this.side.fingerprint;
    if (fingerprint === undefined || (this.#isRelay && this.#orId !== '0')) return;
    this.#isRelay = true;
    this.fingerprint = fingerprint;
    if (surroundings.consensus.hasRelay(fingerprint)) this.#orId = fingerprint;
  }

  /**
   * What a connection was once seen to be for stays: a target that is configured no more, a service
   * or a listener that is gone, says nothing of the connections that it had.
   */
  #lookAtSide(surroundings: Surroundings): void {
    const { side, socket } = this;
    if (side.direction !== 'inbound') {
      const seen =
        side.direction === 'outbound'
          ? surroundings.outbound(socket.remote)
          : surroundings.sideOf(socket.local, socket.remote, this.#circumstances);
      const isNews = seen.fingerprint !== undefined || seen.usage !== surroundings.orUsage;
      if (isNews) this.side = { ...seen, maybeOr: seen.maybeOr && side.maybeOr };
    }
    // Tor gives ids to OR connections alone.
    if (this.side.usage === 'U' && this.torId !== undefined) {
      this.side = { ...this.side, usage: surroundings.orUsage };
    }
  }

  /** The label of the line with CIRC_ID 0: the same object as long as nothing changes. */
  label(): Label {
    const { direction, usage } = this.side;
    const flags = flagsOf(direction, this.isEstablished, usage, this.#isRelay);
    const extra = this.#fields;
    const known = this.#label;
    if (known?.flags === flags && known.orId === this.#orId && this.#labelled === extra) {
      return known;
    }
    this.#label = this.#labelOf(0, flags, extra);
    this.#labelled = extra;
    return this.#label;
  }

  /**
   * The label of its line for a circuit. Direction and usage are the circuit's: two relays share a
   * connection, whichever of them opened it, for circuits in both directions.
   */
  circuitLabel(circId: number, inbound: boolean, usage: string, ageKnown: boolean): Label {
    const direction = inbound ? 'inbound' : 'outbound';
    const flags = flagsOf(direction, this.isEstablished, usage, this.#isRelay);
    return this.#labelOf(circId, flags, ageKnown ? '' : AGE_UNKNOWN);
  }

  /** What an event says of it, for polls that never see it. */
  get eventDetails(): EventDetails {
    const { flags, orId } = this.label();
    return orId === '0' ? { type_flags: flags } : { or_id: orId, type_flags: flags };
  }

  get #fields(): string {
    const { fields, toldIn } = this.#channel;
    const channel = toldIn === this.seenIn ? fields : '';
    const { details } = this.socket;
    const age = this.ageKnown ? '' : AGE_UNKNOWN;
    if (details === undefined && channel === '') return age;
    const all = [age, channel, details === undefined ? '' : socketFields(details)];
    return all.filter((text) => text !== '').join(' ');
  }

  #labelOf(circId: number, flags: string, extra: string): Label {
    // What the line with CIRC_ID 0 withholds, no other line of the connection may show.
    const withheld = circId !== 0 && this.label().withheld;
    const { local, remote } = this.socket;
    return Label.of({
      connId: this.connId,
      circId,
      orId: this.#orId,
      ip: withheld ? '0' : remote.ip,
      port: withheld ? 0 : remote.port,
      lPort: withheld ? 0 : local.port,
      flags,
      extra,
    });
  }
}

/** When and how a connection was first seen. */
export interface FirstSight {
  readonly at: number;
  readonly generation: number;
  readonly old: boolean;
  readonly isShared: boolean;
}

/** The first letter of an established connection; U is neither in nor out. */
const DIRECTIONS = { inbound: 'I', outbound: 'O', unknown: 'U' } as const;

/** TYPE_FLAGS of three letters. */
export function flagsOf(
  direction: Direction,
  established: boolean,
  usage: string,
  isRelay: boolean,
): string {
  const letter = DIRECTIONS[direction];
  return `${established ? letter : letter.toLowerCase()}${usage}${isRelay ? 'T' : 't'}`;
}
