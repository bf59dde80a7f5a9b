/**
 * Connections that no single entry stands for.
 * Owns which TYPE_FLAGS they had when last seen; their lives are indexedLives.ts's.
 */
import type { Sqlite } from '../sqlite.ts';
import { Chains } from './chains.ts';
import { History } from './history.ts';
import { hasPassed, type IndexedLife, ownConnections } from './indexedLives.ts';
import type { LifeColumns } from './lifeColumns.ts';
import type { LifeLots } from './lots.ts';

/** A connection (CONN_ID). */
export interface IndexedConnection extends IndexedLife {
  /** TYPE_FLAGS when last seen; empty where only events show it, and did not say. */
  readonly flags: string;
}

/**
 * Every connection that no single entry describes: it had several, or lived otherwise than its only
 * one, or no snapshot held it. Of several lines in the last snapshot that held it the one with the
 * lowest CIRC_ID says what it was: 0 is its own.
 * @param entries by CONN_ID every entry that is not `alone`; they are taken.
 * @param own empty lots, as many, where those with a row of their own wait for their entries'.
 */
export function* otherConnections(
  db: Sqlite,
  entries: LifeLots,
  own: LifeLots,
): Generator<IndexedConnection, void> {
  const history = new History(db);
  for (const life of ownConnections(db)) {
    own.add(life.connId, { ...life, circId: 0, flags: '', alone: false });
  }
  for (let lot = 0; lot < own.count; lot++) {
    const lines = new LinesOfConnections(history, entries.take(lot));
    const lives = own.take(lot);
    for (let place = 0; place < lives.count; place++) {
      const life = lives.at(place);
      yield { ...life, flags: lines.flagsAt(life.connId, life.lastSnapshot) };
    }
  }
  if (!hasPassed(db)) return;
  const passed = db
    .prepare<[], Omit<IndexedConnection, 'openedKnown' | 'openedByEvent'>>(
      `SELECT type_flags AS flags, opened_ms AS openedAt, first_seen_ms AS firstSeen,
         last_seen_ms AS lastSeen, closed_ms AS closedBy, end
       FROM entry_life WHERE first_snapshot IS NULL`,
    )
    .iterate();
  for (const life of passed) yield { ...life, openedKnown: true, openedByEvent: true };
}

/** Entries that are not `alone`, by the connection they stood on. */
class LinesOfConnections {
  readonly #history: History;
  readonly #entries: LifeColumns;
  readonly #byConnId: Chains;

  constructor(history: History, entries: LifeColumns) {
    this.#history = history;
    this.#entries = entries;
    this.#byConnId = new Chains(entries.count);
    for (let place = 0; place < entries.count; place++) {
      this.#byConnId.add(place, entries.connId[place]!);
    }
  }

  /** TYPE_FLAGS of the line with the lowest CIRC_ID of a connection that a snapshot held. */
  flagsAt(connId: number, snapshot: number): string {
    const { circId, firstSnapshot, lastSnapshot } = this.#entries;
    let lowest = Number.POSITIVE_INFINITY;
    let flags = '';
    let place = this.#byConnId.last(connId);
    for (; place >= 0; place = this.#byConnId.before(place)) {
      if (circId[place]! >= lowest) continue;
      if (firstSnapshot[place]! > snapshot || lastSnapshot[place]! < snapshot) continue;
      const there = this.#history
        .stretchesOf(this.#entries.at(place))
        .find(({ from, until }) => from <= snapshot && snapshot < until);
      if (there === undefined) continue;
      lowest = circId[place]!;
      flags = there.flags;
    }
    return flags;
  }
}
