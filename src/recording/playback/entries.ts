/**
 * An entry and a connection as they are played.
 * Owns what is kept of each while no snapshot holds it; when that is, rows.ts and counting.ts say.
 */
import type { End } from '../../listing/life.ts';
import type { ConnectionStanding } from '../index/connectionLives.ts';
import type { LifeColumns } from '../index/lifeColumns.ts';
import type { PlayedCircuit } from './circuits.ts';
import type { TapeConnection, TapeEntry } from './step.ts';

export class PlayedEntry implements TapeEntry {
  readonly run: number;
  readonly connId: number;
  readonly circId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly closedBy: number | null;
  readonly end: End;
  readonly circuit: PlayedCircuit | undefined;
  /** What it stood on, one after another: one, unless its connection was replaced under it. */
  readonly connections: readonly PlayedConnection[];
  /** Counters when it left, and when it was last seen then; NaN before that. */
  read = Number.NaN;
  written = Number.NaN;
  seenAt = Number.NaN;

  constructor(
    life: ReturnType<LifeColumns['at']>,
    circuit: PlayedCircuit | undefined,
    connections: readonly PlayedConnection[],
  ) {
    this.run = life.run;
    this.connId = life.connId;
    this.circId = life.circId;
    this.openedAt = life.openedAt;
    this.openedKnown = life.openedKnown;
    this.firstSnapshot = life.firstSnapshot;
    this.lastSnapshot = life.lastSnapshot;
    this.firstSeen = life.firstSeen;
    this.lastSeen = life.lastSeen;
    this.closedBy = life.closedBy;
    this.end = life.end;
    this.circuit = circuit;
    this.connections = connections;
  }

  /** The connection that it stands on at a snapshot. */
  connectionAt(snapshot: number): PlayedConnection {
    const there = this.connections.find(
      (life) => life.firstSnapshot <= snapshot && snapshot <= life.lastSnapshot,
    );
    return there ?? this.connections[0]!;
  }
}

const NO_SLOTS: ReadonlySet<number> = new Set();

export class PlayedConnection implements TapeConnection {
  readonly run: number;
  readonly connId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  /** The slots of its lines, where it has, or had, several; and how many of those have a circuit. */
  #slots: Set<number> | undefined;
  circuitLines = 0;
  /** Its totals when they were last seen; NaN before that. */
  read = Number.NaN;
  written = Number.NaN;
  /** When it was last seen, from when it has no line; NaN before that. */
  seenAt = Number.NaN;
  /** The snapshot with which it was back. */
  backAt = Number.NaN;

  constructor(life: ConnectionStanding) {
    this.run = life.run;
    this.connId = life.connId;
    this.openedAt = life.openedAt;
    this.openedKnown = Boolean(life.openedKnown);
    this.firstSnapshot = life.firstSnapshot;
    this.lastSnapshot = life.lastSnapshot;
  }

  get slots(): ReadonlySet<number> {
    return this.#slots ?? NO_SLOTS;
  }

  /** Takes note of a line that comes. */
  join(slot: number, hasCircuit: boolean, snapshot: number): void {
    this.#slots ??= new Set();
    if (this.#slots.size === 0 && !Number.isNaN(this.seenAt)) this.backAt = snapshot;
    this.#slots.add(slot);
    if (hasCircuit) this.circuitLines++;
  }

  /** Takes note of a line that is there no more. @param since when it was last there. */
  leave(slot: number, hasCircuit: boolean, since: number): void {
    this.#slots?.delete(slot);
    if (hasCircuit) this.circuitLines--;
    if (this.slots.size === 0) this.seenAt = since;
  }
}
