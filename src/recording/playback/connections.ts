/**
 * Connections as they are played, and those with a row of their own that stand or that what stands
 * will be on.
 * Owns what is kept of each while no snapshot holds it, finding them by an entry, and forgetting
 * those that are over; when a line comes or goes, rows.ts says.
 */
import type { ConnectionStanding, EntryOnConnection } from '../index/connectionLives.ts';
import type { ConnectionInUse } from './packedCircuits.ts';
import type { TapeConnection } from './step.ts';

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

/** Below so many, looking for those that are over is not worth it. */
const LEAST_TO_LOOK_THROUGH = 1024;

interface Used {
  readonly connection: PlayedConnection;
  readonly order: number;
}

export class StandingConnections {
  readonly #byConnection = new Map<string, Used[]>();
  #count = 0;
  #lookAt = LEAST_TO_LOOK_THROUGH;

  add({ connection, order }: ConnectionInUse): void {
    const key = `${connection.run} ${connection.connId}`;
    const used = { connection: new PlayedConnection(connection), order };
    const known = this.#byConnection.get(key);
    this.#count++;
    if (known === undefined) this.#byConnection.set(key, [used]);
    else {
      known.push(used);
      known.sort((a, b) => a.order - b.order);
    }
  }

  /** Those that were there with an entry, in the order of the index. */
  of(entry: EntryOnConnection): PlayedConnection[] {
    const known = this.#byConnection.get(`${entry.run} ${entry.connId}`) ?? [];
    const over = known.filter(
      ({ connection }) =>
        entry.firstSnapshot <= connection.lastSnapshot &&
        entry.lastSnapshot >= connection.firstSnapshot,
    );
    return over.map(({ connection }) => connection);
  }

  /** Forgets those that ended before a snapshot, now or later: no entry that begins finds them. */
  drop(snapshot: number): void {
    if (this.#count < this.#lookAt) return;
    for (const [key, used] of this.#byConnection) {
      const left = used.filter(({ connection }) => connection.lastSnapshot >= snapshot);
      this.#count -= used.length - left.length;
      if (left.length === 0) this.#byConnection.delete(key);
      else if (left.length < used.length) this.#byConnection.set(key, left);
    }
    this.#lookAt = Math.max(LEAST_TO_LOOK_THROUGH, 2 * this.#count);
  }
}
