/**
 * What is known of one Tor process, however often the control port is connected to anew.
 * Owns how events, dumps and polls come together into entries; asking is stock.ts's.
 */

import type { Inbound } from '../../listing/inbound.ts';
import type { Entry } from '../../listing/listing.ts';
import type { Outside } from '../../listing/outside.ts';
import type { LifeEvent } from '../../listing/snapshot.ts';
import type { Comparison } from '../../listing/witness.ts';
import { Channels } from './channels.ts';
import { Connections, type Look } from './connections.ts';
import type { Dump } from './dump.ts';
import { type OwnCircuit, parseCellStats, parseOrConn } from './events.ts';
import { InboundCount } from './inbound.ts';
import { entryOfCircuit, entryOfConnection, shareOut } from './lane.ts';
import type { Listeners } from './listeners.ts';
import { countOutside } from './outside.ts';
import { OwnCircuits } from './ownCircuits.ts';
import { compareTold } from './told.ts';
import { TransitCircuits } from './transitCircuits.ts';

/** The start of a process, as uptime in whole seconds and two clocks give it, is that exact. */
const SAME_START_MS = 5000;

/** What one poll found. */
export interface PollResult {
  readonly entries: readonly Entry[];
  readonly events: readonly LifeEvent[];
  /** Circuits that cannot be said to run over this connection or that. */
  readonly unplaced: number;
  readonly outside: Outside;
  readonly inbound: Inbound;
}

export class TorProcess {
  readonly pid: number;
  readonly listeners: Listeners;
  readonly #startedAt: number;
  readonly #connections: Connections;
  readonly #channels: Channels;
  readonly #own: OwnCircuits;
  readonly #transit: TransitCircuits;
  readonly #inbound = new InboundCount();
  #reloadedAt: number | undefined;

  /** @param now when the recorder met it; all times are milliseconds since the epoch. */
  constructor(pid: number, startedAt: number, now: number, listeners: Listeners) {
    this.pid = pid;
    this.listeners = listeners;
    this.#startedAt = startedAt;
    this.#connections = new Connections(now);
    this.#channels = new Channels(this.#connections);
    this.#own = new OwnCircuits(this.#channels, (fingerprint) =>
      this.#connections.mayHaveMore(fingerprint),
    );
    this.#transit = new TransitCircuits(this.#channels);
  }

  /** Whether a process is this one: process ids are given again. */
  is(pid: number, startedAt: number): boolean {
    return pid === this.pid && Math.abs(startedAt - this.#startedAt) < SAME_START_MS;
  }

  /** Events were missed. */
  resume(): void {
    this.#connections.resume();
    this.#transit.resume();
    this.#reloadedAt = undefined;
  }

  /** Takes an event that arrived at `at`; one that does not parse is passed over. */
  onEvent(name: string, text: string, at: number): void {
    if (name === 'ORCONN') {
      const event = parseOrConn(text);
      if (event !== undefined) this.#connections.onOrConn(event, at);
    } else if (name === 'CELL_STATS') {
      const event = parseCellStats(text);
      if (event?.ownId !== undefined) this.#own.onCellStats(event.ownId, event, at);
      else if (event?.inbound !== undefined) this.#transit.onCellStats(event.inbound, event, at);
    } else if (name === 'SIGNAL' && text === 'RELOAD') {
      this.#reloadedAt = at;
    }
  }

  /** What Tor told, held against the sockets of the last poll. */
  compared(keepsLocal: boolean): Comparison {
    const { namesInbound } = this.listeners;
    return compareTold({ ...this.#connections.told, namesInbound, keepsLocal });
  }

  /** Whether the next poll is to ask for `orconn-status`. */
  get wantsStatus(): boolean {
    return this.#connections.wantsStatus;
  }

  /** Whether cells crossed channels that no dump listed. */
  get needsDump(): boolean {
    return this.#transit.needDump;
  }

  /** Seconds since the last reset that was heard of. */
  sinceReset(at: number): number | undefined {
    const reloadedAt = this.#reloadedAt;
    return reloadedAt === undefined ? undefined : Math.max(0, Math.floor((at - reloadedAt) / 1000));
  }

  /**
   * The entries of a poll: each connection with CIRC_ID 0, then each circuit on each of its
   * connections.
   * @param perCircuit whether Tor reports the cells of circuits: else the lines of a circuit repeat
   *   their connection's bytes.
   */
  list(look: Look, own: readonly OwnCircuit[], perCircuit: boolean): PollResult {
    const { at, dump, surroundings } = look;
    const found = this.#connections.poll(look);
    const { open, events } = found;
    if (dump !== undefined) this.#learn(dump);
    const circuits = [this.#own.lines(own, open, at), this.#transit.lines(open, at)];
    const lines = circuits.flatMap((found) => found.lines);
    if (perCircuit) shareOut(open, lines);
    const entries = [
      ...open.map((connection) => entryOfConnection(connection, at, perCircuit)),
      ...lines.map((line) => entryOfCircuit(line, at, perCircuit)),
    ];
    const unplaced = circuits.reduce((sum, found) => sum + found.unplaced, 0);
    const outside = countOutside(open, surroundings.keepsLocal);
    const inbound = this.#inbound.count(found, surroundings);
    return { entries, events, unplaced, outside, inbound };
  }

  #learn(dump: Dump): void {
    this.#channels.learn(dump);
    this.#transit.learn(dump);
  }
}
