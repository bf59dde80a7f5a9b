/**
 * The lives of everything that a window of the tape holds, as the index tells them.
 * Owns reading them and finding the one that a row of a snapshot belongs to; playback.ts goes
 * through the snapshots.
 */
import { ConntapeError } from '../error.ts';
import type { End } from '../listing/life.ts';
import type { Recording, Window } from '../recording/reader.ts';
import { ConnectionLives, circuitsAmong } from './circuitEntries.ts';
import { type TapeCircuit, TapeConnection, type TapeEntry } from './step.ts';

/** An entry with what playback keeps of it while no snapshot holds it. */
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
  /** Whether it is all that its connection ever was. */
  readonly alone: boolean;
  readonly circuit: TapeCircuit | undefined;
  /** What it stood on, one after another: one, unless its connection was replaced under it. */
  readonly connections: readonly PlayedConnection[];
  /** Counters when it left; NaN before that. */
  read = Number.NaN;
  written = Number.NaN;

  constructor(
    life: LifeRow,
    circuit: TapeCircuit | undefined,
    connections: readonly PlayedConnection[],
  ) {
    this.run = life.run;
    this.connId = life.connId;
    this.circId = life.circId;
    this.openedAt = life.openedAt;
    this.openedKnown = life.openedKnown === 1;
    this.firstSnapshot = life.firstSnapshot;
    this.lastSnapshot = life.lastSnapshot;
    this.firstSeen = life.firstSeen;
    this.lastSeen = life.lastSeen;
    this.closedBy = life.closedBy;
    this.end = life.end;
    this.alone = life.alone === 1;
    this.circuit = circuit;
    this.connections = connections;
  }
}

/** A connection with its totals when it was last seen; NaN before that. */
export class PlayedConnection extends TapeConnection {
  read = Number.NaN;
  written = Number.NaN;
}

interface LifeRow {
  readonly run: number;
  readonly connId: number;
  readonly circId: number;
  readonly openedAt: number;
  readonly openedKnown: number;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly closedBy: number | null;
  readonly end: End;
  readonly alone: number;
}

/** Lives whose snapshots touch the window, in the order in which circuits are told apart. */
const LIVES = `
  SELECT run, conn_id AS connId, circ_id AS circId,
    opened_ms AS openedAt, opened_known AS openedKnown,
    first_snapshot AS firstSnapshot, last_snapshot AS lastSnapshot,
    first_seen_ms AS firstSeen, last_seen_ms AS lastSeen, closed_ms AS closedBy, end, alone
  FROM entry_life
  WHERE first_snapshot IS NOT NULL AND last_seen_ms >= @from AND first_seen_ms <= @to
  ORDER BY run, circ_id, opened_ms, first_seen_ms, conn_id`;

export class TapeLives {
  readonly #path: string;
  readonly #byPair = new Map<string, PlayedEntry[]>();

  /** Reads every life of the window: memory grows with what opened in it. */
  constructor(recording: Recording, window: Window) {
    this.#path = recording.path;
    const { db, header } = recording;
    const lives = new ConnectionLives(recording);
    const connections = new Map<object, PlayedConnection>();
    const standingOn = (life: LifeRow): PlayedConnection[] =>
      lives.of(life).map((over) => {
        if (over === life) return connectionOf(life);
        const known = connections.get(over);
        if (known !== undefined) return known;
        const connection = connectionOf(over);
        connections.set(over, connection);
        return connection;
      });
    const rows = db.prepare<[Window], LifeRow>(LIVES).all(window);
    for (const members of circuitsAmong(rows, header.intervalMs)) {
      const { run, circId } = members[0]!;
      const shared = circId !== 0 && members.some((life) => lives.isShared(life));
      const circuit = circId === 0 ? undefined : { run, circId, shared };
      for (const life of members) this.#add(life, circuit, standingOn(life));
    }
  }

  #add(
    life: LifeRow,
    circuit: TapeCircuit | undefined,
    connections: readonly PlayedConnection[],
  ): void {
    const entry = new PlayedEntry(life, circuit, connections);
    const pair = `${life.connId} ${life.circId}`;
    const others = this.#byPair.get(pair);
    if (others === undefined) this.#byPair.set(pair, [entry]);
    else others.push(entry);
  }

  /** The entry of a pair at a snapshot. Throws `recording` where the index knows of none. */
  entryAt(pair: string, snapshot: number): PlayedEntry {
    const entry = this.#byPair.get(pair)?.find((life) => isAt(life, snapshot));
    if (entry !== undefined) return entry;
    throw new ConntapeError('recording', {
      operation: 'reading the recording',
      object: this.#path,
      cause: `snapshot ${snapshot} holds an entry that the index does not know`,
      hint: 'run `conntape verify --rebuild` on it',
    });
  }
}

/** The connection that an entry stands on at a snapshot. */
export function connectionAt(entry: PlayedEntry, snapshot: number): PlayedConnection {
  const { connections } = entry;
  return connections.find((life) => isAt(life, snapshot)) ?? connections[0]!;
}

function isAt(
  life: { readonly firstSnapshot: number; readonly lastSnapshot: number },
  snapshot: number,
): boolean {
  return life.firstSnapshot <= snapshot && snapshot <= life.lastSnapshot;
}

function connectionOf(life: ReturnType<ConnectionLives['of']>[number]): PlayedConnection {
  return new PlayedConnection({ ...life, openedKnown: life.openedKnown === 1 });
}
