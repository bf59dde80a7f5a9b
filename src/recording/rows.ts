/**
 * Writing rows of the tables that have a sum.
 * Owns that no row is written, changed or removed past its table's sum; which rows there are is for
 * those who write them.
 */
import type Database from 'better-sqlite3';
import type { Sqlite } from './sqlite.ts';
import {
  MODULUS,
  type SummedTable,
  shapeOf,
  sumOfRow,
  type TableShape,
  type Value,
} from './sums.ts';

interface Change {
  rows: number;
  sum: number;
}

/** The tables of a recording that is being written. */
export class RowWriter {
  readonly #db: Sqlite;
  readonly #update;
  readonly #tables = new Map<SummedTable, TableRows>();

  /** @param db a recording opened for writing; the caller holds the transactions. */
  constructor(db: Sqlite) {
    this.#db = db;
    this.#update = db.prepare(
      `UPDATE table_sum SET "rows" = "rows" + ?, sum = (sum + ?) % ${MODULUS} WHERE name = ?`,
    );
  }

  table(name: SummedTable): TableRows {
    const known = this.#tables.get(name);
    if (known !== undefined) return known;
    const table = new TableRows(this.#db, name);
    this.#tables.set(name, table);
    return table;
  }

  /** At the beginning of a transaction: what one that failed had counted is forgotten. */
  begin(): void {
    for (const { change } of this.#tables.values()) {
      change.rows = 0;
      change.sum = 0;
    }
  }

  /** At the end of a transaction. */
  write(): void {
    for (const [name, { change }] of this.#tables) {
      if (change.rows !== 0 || change.sum !== 0) this.#update.run(change.rows, change.sum, name);
    }
    this.begin();
  }
}

/** One table, whose rows are arrays of all its columns in their order. */
export class TableRows {
  /** What its rows have become since the transaction began. */
  readonly change: Change = { rows: 0, sum: 0 };
  readonly #db: Sqlite;
  readonly #name: SummedTable;
  readonly #shape: TableShape;
  /** Whether SQLite numbers the rows: by their only key column, or by a rowid that is none. */
  readonly #numbering: 'key' | 'rowid' | 'none';
  readonly #insert: Database.Statement<[readonly Value[]]>;
  /** Where a row stands as its sum takes it, if SQLite numbered it. */
  readonly #numbered: Value[] = [];
  #delete: Database.Statement<[readonly Value[]]> | undefined;

  constructor(db: Sqlite, name: SummedTable) {
    this.#db = db;
    this.#name = name;
    this.#shape = shapeOf(db, name);
    const { columns, key } = this.#shape;
    this.#numbering = key.length === 0 ? 'rowid' : key.length === 1 ? 'key' : 'none';
    this.#insert = db.prepare(
      `INSERT INTO ${name} (${columns}) VALUES (${columns.map(() => '?')})`,
    );
  }

  /**
   * Adds a row. A key column that is null is numbered by SQLite.
   * @returns the row's number; of no meaning where a table has none.
   */
  insert(row: readonly Value[]): number {
    const { lastInsertRowid } = this.#insert.run(row);
    const number = Number(lastInsertRowid);
    if (this.#numbering === 'rowid') this.#takeNumbered(number, row, 0);
    else if (this.#numbering === 'key' && row[0] === null) this.#takeNumbered(number, row, 1);
    else this.#take(1, row);
    return number;
  }

  /** Takes a row into the sum whose number stands before its columns from `from` on. */
  #takeNumbered(number: number, row: readonly Value[], from: number): void {
    const numbered = this.#numbered;
    numbered[0] = number;
    for (let place = from; place < row.length; place++) numbered[place + 1 - from] = row[place]!;
    this.#take(1, numbered);
  }

  /** Removes the row of a table with a key that is as given. */
  remove(row: readonly Value[]): void {
    const { columns, key } = this.#shape;
    this.#delete ??= this.#db.prepare(
      `DELETE FROM ${this.#name} WHERE ${key.map((name) => `${name} = ?`).join(' AND ')}`,
    );
    this.#delete.run(key.map((name) => row[columns.indexOf(name)]!));
    this.#take(-1, row);
  }

  /**
   * Changes the rows that fit a condition, which reads them first: for what is rare.
   * @param set and @param where as SQL, with one parameter a `?`.
   */
  update(set: string, values: readonly Value[], where: string, fitting: readonly Value[]): void {
    const rows = this.#select(where).all(...fitting);
    if (rows.length === 0) return;
    this.#db.prepare(`UPDATE ${this.#name} SET ${set} WHERE ${where}`).run(...values, ...fitting);
    for (const row of rows) this.#take(-1, row);
    this.#takeChanged(rows);
  }

  /** Removes the rows that fit a condition, as `update` has it, which reads them first. */
  removeWhere(where: string, ...fitting: readonly Value[]): void {
    for (const row of this.#select(where).iterate(...fitting)) this.#take(-1, row);
    this.#db.prepare(`DELETE FROM ${this.#name} WHERE ${where}`).run(...fitting);
  }

  /** Writes all rows of a table with a key again, in its order: they then fill their pages. */
  writeAgain(): void {
    const { key } = this.#shape;
    this.#db.transaction(() => {
      const rows = this.#db
        .prepare<[], Value[]>(`SELECT * FROM ${this.#name} ORDER BY ${key}`)
        .raw()
        .all();
      this.#db.exec(`DELETE FROM ${this.#name}`);
      for (const row of rows) this.#insert.run(row);
    })();
  }

  /** Takes rows into the sum as they stand now; the condition need not fit them any more. */
  #takeChanged(before: readonly Value[][]): void {
    const { columns, key } = this.#shape;
    const names = key.length > 0 ? key : ['rowid'];
    const places = key.length > 0 ? key.map((name) => columns.indexOf(name)) : [0];
    const select = this.#select(names.map((name) => `${name} = ?`).join(' AND '));
    for (const row of before) this.#take(1, select.get(...places.map((place) => row[place]!))!);
  }

  /** The rows that fit a condition, as their sum takes them. */
  #select(where: string) {
    const rowid = this.#shape.key.length > 0 ? '' : 'rowid, ';
    return this.#db
      .prepare<Value[], Value[]>(`SELECT ${rowid}* FROM ${this.#name} WHERE ${where}`)
      .raw();
  }

  #take(sign: 1 | -1, row: readonly Value[]): void {
    const sum = sumOfRow(row);
    this.change.rows += sign;
    this.change.sum = (this.change.sum + (sign > 0 ? sum : MODULUS - sum)) % MODULUS;
  }
}
