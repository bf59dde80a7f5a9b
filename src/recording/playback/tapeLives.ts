/**
 * The lives of everything that a window of the tape holds, as the index tells them.
 * Owns reading them and finding the one that a row of a snapshot belongs to; playback.ts goes
 * through the snapshots.
 */

import { circuitsAmong } from '../../listing/circuit.ts';
import type { End } from '../../listing/life.ts';
import { pairOf } from '../../listing/match.ts';
import { Damaged } from '../damage.ts';
import type { ConnectionStanding } from '../index/connectionLives.ts';
import type { IndexedEntry } from '../index/indexedLives.ts';
import { intervalsOf } from '../intervals.ts';
import type { Recording, Window } from '../reader.ts';
import type { TapeCircuit, TapeConnection, TapeEntry } from './step.ts';

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
  circuit: TapeCircuit | undefined;
  /** What it stood on, one after another: one, unless its connection was replaced under it. */
  connections: readonly PlayedConnection[] = [];
  /** Counters when it left, and when it was last seen then; NaN before that. */
  read = Number.NaN;
  written = Number.NaN;
  seenAt = Number.NaN;

  constructor(life: IndexedEntry) {
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
    this.alone = life.alone;
    this.circuit = undefined;
  }
}

/** A connection with its totals when it was last seen, and when that was; NaN before that. */
export class PlayedConnection implements TapeConnection {
  readonly run: number;
  readonly connId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  carriesCircuit = false;
  read = Number.NaN;
  written = Number.NaN;
  seenAt = Number.NaN;

  constructor(life: ConnectionStanding) {
    this.run = life.run;
    this.connId = life.connId;
    this.openedAt = life.openedAt;
    this.openedKnown = Boolean(life.openedKnown);
    this.firstSnapshot = life.firstSnapshot;
    this.lastSnapshot = life.lastSnapshot;
  }
}

export class TapeLives {
  readonly #byPair = new Map<string, PlayedEntry[]>();

  /** Reads every life of the window: memory grows with what opened in it. */
  constructor(recording: Recording, window: Window) {
    const lives = recording.index.connectionLives(recording.header.bytes);
    const connections = new Map<object, PlayedConnection>();
    const playedOf = (life: ConnectionStanding): PlayedConnection => {
      const known = connections.get(life);
      if (known !== undefined) return known;
      const connection = new PlayedConnection(life);
      connections.set(life, connection);
      return connection;
    };
    const entries: PlayedEntry[] = [];
    recording.index.visitEntries((life) => {
      if (life.lastSeen < window.from || life.firstSeen > window.to) return;
      entries.push(new PlayedEntry(life));
    });
    entries.sort(inOrderOfCircuits);
    for (const members of circuitsAmong(entries, intervalsOf(recording))) {
      const { run, circId, openedAt } = members[0]!;
      const shared = circId !== 0 && members.some((entry) => lives.isShared(entry));
      const circuit = circId === 0 ? undefined : { run, circId, openedAt, shared };
      for (const entry of members) {
        entry.circuit = circuit;
        entry.connections = entry.alone
          ? [new PlayedConnection(entry)]
          : lives.of(entry).map(playedOf);
        this.#add(entry);
      }
    }
  }

  #add(entry: PlayedEntry): void {
    const pair = pairOf(entry);
    const others = this.#byPair.get(pair);
    if (others === undefined) this.#byPair.set(pair, [entry]);
    else others.push(entry);
  }

  /** The entry of a pair at a snapshot. Throws `damaged` where the index knows of none. */
  entryAt(pair: string, snapshot: number): PlayedEntry {
    const entry = this.#byPair.get(pair)?.find((life) => isAt(life, snapshot));
    if (entry !== undefined) return entry;
    throw new Damaged(
      'the index',
      `snapshot ${snapshot} holds an entry that it does not know`,
      'run `conntape verify --rebuild` on the recording',
    );
  }
}

function inOrderOfCircuits(a: PlayedEntry, b: PlayedEntry): number {
  return a.run - b.run || a.circId - b.circId || a.openedAt - b.openedAt;
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
