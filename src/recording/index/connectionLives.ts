/**
 * Which connections entries stood on, and which of those carried several circuits.
 * Owns reading and joining them; what follows for bytes is the playback's and the reports'.
 */

/** A connection's life; booleans as they are, or as SQLite gives them. */
export interface ConnectionStanding {
  readonly run: number;
  readonly connId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean | number;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
}

/** Which connections entries stood on, and which of those carried several circuits. */
export class ConnectionLives {
  readonly #lives = new Map<string, ConnectionStanding[]>();
  readonly #shared = new Set<ConnectionStanding>();
  /** Whether READ and WRITE of an entry are its connection's totals. */
  readonly repeatTotals: boolean;

  /**
   * @param own connections with a row of their own: all, or all of some CONN_IDs.
   * @param repeatTotals whether READ and WRITE of an entry are its connection's totals.
   * @param visit calls for every entry of those CONN_IDs that is not `alone`, and maybe others; with
   *   the same object each time, or another.
   */
  constructor(
    own: Iterable<ConnectionStanding>,
    repeatTotals: boolean,
    visit: (take: (entry: StandingCircuit) => void) => void,
  ) {
    for (const life of own) {
      const key = `${life.run} ${life.connId}`;
      const known = this.#lives.get(key);
      if (known === undefined) this.#lives.set(key, [life]);
      else known.push(life);
    }
    this.repeatTotals = repeatTotals;
    // Most recordings have no connection but those that an entry stands for: none is shared then.
    if (this.repeatTotals && this.#lives.size > 0) this.#findShared(visit);
  }

  /** The connections that an entry stood on: one, unless its connection was replaced under it. */
  of(entry: EntryOnConnection): readonly ConnectionStanding[] {
    if (entry.alone) return [entry];
    const lives = this.#lives.get(`${entry.run} ${entry.connId}`) ?? [];
    const over = lives.filter(
      (life) =>
        entry.firstSnapshot <= life.lastSnapshot && entry.lastSnapshot >= life.firstSnapshot,
    );
    return over.length === 0 ? [entry] : over;
  }

  /**
   * Whether the entry's counters also count what other circuits moved: its connection's totals are
   * repeated on each of its lines, and it carried more than one circuit.
   */
  isShared(entry: EntryOnConnection): boolean {
    return this.of(entry).some((life) => this.#shared.has(life));
  }

  #findShared(visit: (take: (entry: StandingCircuit) => void) => void): void {
    const standing = new Map<ConnectionStanding, StandingCircuit[]>();
    visit((visited) => {
      if (visited.alone) return;
      const entry = { ...visited };
      for (const life of this.of(entry)) {
        if (this.#shared.has(life)) continue;
        const others = standing.get(life);
        if (others?.some((other) => sharesWith(entry, other))) {
          this.#shared.add(life);
          standing.delete(life);
        } else if (others === undefined) standing.set(life, [entry]);
        else if (others.length < MOST_TO_COMPARE) others.push(entry);
      }
    });
  }
}

/** A connection with so many entries is shared already, or never will be. */
const MOST_TO_COMPARE = 64;

type StandingCircuit = EntryOnConnection & { readonly circId: number };

/**
 * Whether two entries of a connection make its totals nobody's in particular: two circuits, at
 * whatever time, or a circuit beside the rest of the connection (CIRC_ID 0).
 */
function sharesWith(a: StandingCircuit, b: StandingCircuit): boolean {
  if (a.circId === b.circId) return false;
  const isBeside = a.firstSnapshot <= b.lastSnapshot && b.firstSnapshot <= a.lastSnapshot;
  return (a.circId !== 0 && b.circId !== 0) || isBeside;
}

/** An entry, as far as it says of its connection. */
export type EntryOnConnection = ConnectionStanding & { readonly alone: boolean | number };
