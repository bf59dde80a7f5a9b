/**
 * Things to be read in another order than they came, more of them than memory should hold.
 * Owns the nameless file that SQLite keeps them in; what they are is for others.
 */
import type Database from 'better-sqlite3';
import { openNameless } from './nameless.ts';
import type { Sqlite } from './sqlite.ts';

const ITEM_TABLE = 'CREATE TABLE item ("group" INTEGER, "order" REAL, item TEXT)';

/** What is read is read once, in order. */
const CACHE_KIB = 1024;

export interface Spilt<Item> {
  readonly group: number;
  readonly order: number;
  readonly item: Item;
}

/** What JSON keeps as it is: numbers are finite. */
export class Spill<Item> {
  #db: Sqlite | undefined;
  #add: Database.Statement<[group: number, order: number, item: string]> | undefined;

  /** Adds one. Of a group they are read by `order`, those with the same one as they came. */
  add(group: number, order: number, item: Item): void {
    if (this.#add === undefined) {
      this.#db = openNameless(ITEM_TABLE, CACHE_KIB);
      this.#add = this.#db.prepare('INSERT INTO item VALUES (?, ?, ?)');
    }
    this.#add.run(group, order, JSON.stringify(item));
  }

  /** Those of a group, in order, read as they are asked for. */
  *inOrder(group: number): Generator<Item, void> {
    if (this.#db === undefined) return;
    const items = this.#db
      .prepare<[number], string>('SELECT item FROM item WHERE "group" = ? ORDER BY "order", rowid')
      .pluck()
      .iterate(group);
    for (const item of items) yield JSON.parse(item) as Item;
  }

  /** All of them by group, of each as `inOrder`, read as they are asked for. */
  *all(): Generator<Spilt<Item>, void> {
    if (this.#db === undefined) return;
    const items = this.#db
      .prepare<[], Spilt<string>>('SELECT * FROM item ORDER BY "group", "order", rowid')
      .iterate();
    for (const { group, order, item } of items) {
      yield { group, order, item: JSON.parse(item) as Item };
    }
  }
}
