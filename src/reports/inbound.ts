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

/** The slots of a connection's lines: the one of CIRC_ID 0, and those of circuits that came in. */
interface Lines {
  whole: number | undefined;
  readonly inbound: Set<number>;
}

export class InboundConnections {
  readonly #lines = new Map<TapeConnection, Lines>();
  readonly #shown = new Map<TapeConnection, InboundConnection>();
  /** By slot. */
  readonly #connections: (TapeConnection | undefined)[] = [];

  /** Those that the last snapshot held. */
  values(): IterableIterator<InboundConnection> {
    return this.#shown.values();
  }

  /** The connection of a line of the last snapshot; undefined where it did not come in. */
  at(slot: number): InboundConnection | undefined {
    const connection = this.#connections[slot];
    return connection === undefined ? undefined : this.#shown.get(connection);
  }

  /** Takes the next snapshot. */
  follow(step: Step): InboundChanges {
    const touched = new Set<TapeConnection>();
    const { left, arrived, relabelled, reconnected, rows } = step;
    while (this.#connections.length < rows.capacity) this.#connections.push(undefined);
    for (const slot of left) this.#drop(slot, touched);
    for (const slots of [arrived, relabelled, reconnected]) {
      for (const slot of slots) this.#take(slot, step, touched);
    }
    const ended: InboundConnection[] = [];
    const begun: InboundConnection[] = [];
    for (const connection of touched) {
      const before = this.#shown.get(connection);
      const now = this.#speaking(connection, step);
      if (before?.label === now?.label && before?.slot === now?.slot) continue;
      if (before !== undefined) ended.push(before);
      if (now === undefined) this.#shown.delete(connection);
      else {
        begun.push(now);
        this.#shown.set(connection, now);
      }
    }
    return { ended, begun };
  }

  #drop(slot: number, touched: Set<TapeConnection>): void {
    const connection = this.#connections[slot];
    if (connection === undefined) return;
    this.#connections[slot] = undefined;
    touched.add(connection);
    const lines = this.#lines.get(connection)!;
    if (lines.whole === slot) lines.whole = undefined;
    else lines.inbound.delete(slot);
    if (lines.whole === undefined && lines.inbound.size === 0) this.#lines.delete(connection);
  }

  #take(slot: number, { rows }: Step, touched: Set<TapeConnection>): void {
    this.#drop(slot, touched);
    const isWhole = rows.circuitOf(slot) === undefined;
    const cameIn = directionOf(rows.flagsOf(slot)) === 'inbound';
    if (!isWhole && !cameIn) return;
    const connection = rows.connectionOf(slot);
    this.#connections[slot] = connection;
    touched.add(connection);
    let lines = this.#lines.get(connection);
    if (lines === undefined) {
      lines = { whole: undefined, inbound: new Set() };
      this.#lines.set(connection, lines);
    }
    if (isWhole) lines.whole = slot;
    else lines.inbound.add(slot);
  }

  #speaking(connection: TapeConnection, { rows }: Step): InboundConnection | undefined {
    const lines = this.#lines.get(connection);
    if (lines === undefined) return undefined;
    const slot = lines.whole ?? lines.inbound.values().next().value!;
    if (directionOf(rows.flagsOf(slot)) !== 'inbound') return undefined;
    return { connection, label: rows.labelOf(slot), slot };
  }
}
