/**
 * An entry as it is played.
 * Owns what is kept of it while no snapshot holds it; when that is, rows.ts says.
 */
import type { End } from '../../listing/life.ts';
import type { LifeColumns } from '../index/lifeColumns.ts';
import type { PlayedCircuit } from './circuits.ts';
import type { PlayedConnection } from './connections.ts';
import type { TapeEntry } from './step.ts';

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
