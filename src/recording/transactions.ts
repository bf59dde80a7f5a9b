/**
 * The transactions of a writer: one an item, or one for several.
 * Owns where they begin and end; what is written in them is writer.ts's.
 */
import type { Sqlite } from './sqlite.ts';

/** What is done at the edges of a transaction. */
export interface Edges {
  readonly begin: () => void;
  /** Before it is committed. */
  readonly end: () => void;
}

export class Transactions {
  readonly #db: Sqlite;
  readonly #itemsEach: number;
  readonly #edges: Edges;
  #items = 0;

  constructor(db: Sqlite, itemsEach: number, edges: Edges) {
    this.#db = db;
    this.#itemsEach = itemsEach;
    this.#edges = edges;
  }

  /** Writes one item and gives what `write` gives. Where that fails the transaction under way is taken back, and it throws. */
  take<Result>(write: () => Result): Result {
    if (!this.#db.inTransaction) {
      this.#db.exec('BEGIN');
      this.#edges.begin();
      this.#items = 0;
    }
    try {
      const result = write();
      this.#items++;
      if (this.#items >= this.#itemsEach) this.end();
      return result;
    } catch (thrown) {
      if (this.#db.inTransaction) this.#db.exec('ROLLBACK');
      throw thrown;
    }
  }

  /** Commits what is under way, if anything. Throws what SQLite throws. */
  end(): void {
    if (!this.#db.inTransaction) return;
    this.#edges.end();
    this.#db.exec('COMMIT');
  }
}
