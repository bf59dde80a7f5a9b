/**
 * The connections of a snapshot that came in.
 * Owns which line speaks for a connection, and keeping up with the tape, in proportion to what
 * changes; what is counted of them is the reports' and the rules'.
 *
 * Two relays share a connection, whichever of them opened it, for circuits both ways: what its line
 * of CIRC_ID 0 says is what it is. A connection without that line came in where a line of it did.
 */
import { directionOf } from '../listing/flags.ts';
import type { Label } from '../listing/label.ts';
import type { Step, TapeConnection } from '../recording/playback/step.ts';
import { Shared } from './shared.ts';

export interface InboundConnection {
  readonly connection: TapeConnection;
  /** Of the line that speaks for it, and that line's slot. */
  readonly label: Label;
  readonly slot: number;
}

/** What a snapshot changed: a connection that goes on under another label is in both. */
export interface InboundChanges {
  readonly ended: readonly InboundConnection[];
  readonly begun: readonly InboundConnection[];
}

/** Those of a playback, for all who watch it. */
const shared = new Shared<InboundConnections, undefined>(() => new InboundConnections());

/** The connections that came in, as of a step; to be asked with every step. */
export function inboundAt(step: Step): InboundConnections {
  return shared.at(step, undefined);
}

export class InboundConnections {
  readonly #shown = new Map<TapeConnection, InboundConnection>();
  /** By slot, of lines that may speak: of CIRC_ID 0, or inbound. */
  readonly #connections: (TapeConnection | undefined)[] = [];
  #ended: InboundConnection[] = [];
  #begun: InboundConnection[] = [];

  /** What the last snapshot changed. */
  get changes(): InboundChanges {
    return { ended: this.#ended, begun: this.#begun };
  }

  /** The connection of a line of the last snapshot; undefined where it did not come in. */
  at(slot: number): InboundConnection | undefined {
    const connection = this.#connections[slot];
    return connection === undefined ? undefined : this.#shown.get(connection);
  }

  /** Takes the next snapshot. */
  follow(step: Step): void {
    const touched = new Map<TapeConnection, number>();
    const { left, arrived, relabelled, reconnected, rows } = step;
    while (this.#connections.length < rows.capacity) this.#connections.push(undefined);
    for (const slot of left) this.#drop(slot, touched);
    for (const slots of [arrived, relabelled, reconnected]) {
      for (const slot of slots) this.#take(slot, step, touched);
    }
    this.#ended = [];
    this.#begun = [];
    for (const [connection, slot] of touched) {
      const before = this.#shown.get(connection);
      const now = this.#speaking(connection, slot, step);
      if (before?.label === now?.label && before?.slot === now?.slot) continue;
      if (before !== undefined) this.#ended.push(before);
      if (now === undefined) this.#shown.delete(connection);
      else {
        this.#begun.push(now);
        this.#shown.set(connection, now);
      }
    }
  }

  #drop(slot: number, touched: Map<TapeConnection, number>): void {
    const connection = this.#connections[slot];
    if (connection === undefined) return;
    this.#connections[slot] = undefined;
    touched.set(connection, NO_SLOT);
  }

  #take(slot: number, { rows }: Step, touched: Map<TapeConnection, number>): void {
    this.#drop(slot, touched);
    const cameIn = directionOf(rows.flagsOf(slot)) === 'inbound';
    if (!cameIn && rows.circuitNumberOf(slot) >= 0) return;
    const connection = rows.connectionOf(slot);
    this.#connections[slot] = connection;
    touched.set(connection, slot);
  }

  /** @param only the one line that a connection may have. */
  #speaking(
    connection: TapeConnection,
    only: number,
    { rows }: Step,
  ): InboundConnection | undefined {
    let slot = connection.slots.size === 0 ? only : NO_SLOT;
    for (const line of connection.slots) {
      if (this.#connections[line] !== connection) continue;
      const isWhole = rows.circuitNumberOf(line) < 0;
      if (isWhole || slot === NO_SLOT) slot = line;
      if (isWhole) break;
    }
    if (slot === NO_SLOT || directionOf(rows.flagsOf(slot)) !== 'inbound') return undefined;
    return { connection, label: rows.labelOf(slot), slot };
  }
}

const NO_SLOT = -1;
