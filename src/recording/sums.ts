/**
 * Sums over the rows of every table but the tape, which the chain covers.
 * Owns the sum of a row, keeping sums current as rows are written, and holding rows against them;
 * what the tables hold is for others.
 *
 * A table's sum is that of its rows, so that it follows each row that is added, changed or removed
 * without reading the others. It guards against damage, not against a forger, who can work out new
 * ones: the head of the chain, kept elsewhere, is for that.
 */
import { Damaged } from './damage.ts';
import type { Sqlite } from './sqlite.ts';

/** The tables that have a sum: all but the tape, the mark and the sums themselves. */
export const SUMMED_TABLES = [
  'recording',
  'peer',
  'session',
  'snapshot',
  'run',
  'gap',
  'info_change',
  'quarantine',
  'open_entry',
  'ended_entry',
  'open_counter',
  'open_connection',
  'ended_connection',
  'passed_connection',
  'reflagged',
  'absent',
] as const;

export type SummedTable = (typeof SUMMED_TABLES)[number];

/** Tables with an index of their own, whose entries must agree with the rows. */
const INDEXED: ReadonlySet<SummedTable> = new Set<SummedTable>(['gap']);

/** Sums are taken modulo this: two of them still add up exactly. */
const MODULUS = 2 ** 52;

const TWO_TO_32 = 2 ** 32;

/** A table of which nothing can be believed; the tape stands by itself. */
const REPLAY =
  'restore a copy; what the tape holds does not depend on it, and `conntape verify` says whether that is whole';

type Value = number | string | Uint8Array | null;

/**
 * The sum of a row, from 0 to 2^52 − 1: two lanes of 32 bits, each value mixed with its kind and
 * all that stand before it.
 */
function sumOfRow(row: readonly Value[]): number {
  let a = 0x9e3779b1;
  let b = 0x85ebca77;
  const mix = (value: number) => {
    a = Math.imul(a ^ value, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b + a, 0x85ebca77);
    b ^= b >>> 13;
  };
  for (const value of row) {
    if (typeof value === 'number') {
      mix(value);
      mix(Math.floor(value / TWO_TO_32) ^ 1);
    } else if (typeof value === 'string') {
      for (let index = 0; index < value.length; index++) mix(value.charCodeAt(index));
      mix(value.length ^ 0x20000);
    } else if (value === null) {
      mix(0x30000);
    } else {
      for (const byte of value) mix(byte);
      mix(value.length ^ 0x40000);
    }
  }
  return (b & 0xfffff) * TWO_TO_32 + (a >>> 0);
}

/** The columns that tell rows of a table apart; the rowid where no column stands for it. */
function columnsOf(db: Sqlite, table: SummedTable): string[] {
  const columns = db
    .prepare<[string], { name: string; pk: number }>('SELECT name, pk FROM pragma_table_info(?)')
    .all(table);
  const names = columns.map(({ name }) => name);
  return columns.some(({ pk }) => pk > 0) ? names : ['rowid', ...names];
}

interface Total {
  readonly rows: number;
  readonly sum: number;
}

/** Where each connection's function leaves what it took; one each, for SQLite forgets none. */
const taking = new WeakMap<Sqlite, { rows: number; sum: number }>();

function takerOf(db: Sqlite): { rows: number; sum: number } {
  const known = taking.get(db);
  if (known !== undefined) return known;
  const taken = { rows: 0, sum: 0 };
  db.aggregate('take_row', {
    varargs: true,
    start: null,
    step: (_: unknown, ...row: unknown[]) => {
      taken.rows++;
      taken.sum = (taken.sum + sumOfRow(row as Value[])) % MODULUS;
    },
  });
  taking.set(db, taken);
  return taken;
}

/** Reads every row of a table. SQLite calls the function as it goes, faster than it hands out rows. */
function totalOf(db: Sqlite, table: SummedTable): Total {
  const taken = takerOf(db);
  taken.rows = 0;
  taken.sum = 0;
  db.prepare(`SELECT take_row(${columnsOf(db, table).join(', ')}) FROM ${table}`).get();
  return { ...taken };
}

/** Writes the sums of a schema that was just made. */
export function writeFirstSums(db: Sqlite): void {
  const insert = db.prepare('INSERT INTO table_sum (name, "rows", sum) VALUES (?, ?, ?)');
  for (const table of SUMMED_TABLES) {
    const { rows, sum } = totalOf(db, table);
    insert.run(table, rows, sum);
  }
}

/**
 * Holds tables against their sums, as of one moment, and walks their pages. Throws `damaged` for
 * the first that is not what was written. About 1 µs a row.
 */
export function checkTables(db: Sqlite, tables: readonly SummedTable[]): void {
  db.transaction(() => {
    const written = db.prepare<[string], Total>('SELECT "rows", sum FROM table_sum WHERE name = ?');
    for (const table of tables) {
      checkPages(db, table);
      const { rows, sum } = totalOf(db, table);
      const due = written.get(table);
      if (due?.rows === rows && due.sum === sum) continue;
      const what =
        due === undefined || due.rows === rows
          ? 'its rows are not those that were written'
          : `it holds ${rows} rows where ${due.rows} were written`;
      throw new Damaged(`the table ${table}`, what, REPLAY);
    }
  })();
}

/** A row that stands where nobody looks for it is in the sum, and yet lost to a query. */
function checkPages(db: Sqlite, table: SummedTable): void {
  const check = INDEXED.has(table) ? 'integrity_check' : 'quick_check';
  const [found] = db.pragma(`${check}('${table}')`) as Record<string, string>[];
  const text = found?.[check] ?? '';
  if (text !== 'ok') throw new Damaged(`the table ${table}`, text, REPLAY);
}

/** Follows what a writer does to the tables, and brings the sums up to date in its transactions. */
export class SumKeeper {
  readonly #update;
  readonly #changes = new Map<SummedTable, { rows: number; sum: number }>();

  /** @param db a recording opened for writing. Its triggers stand beside the file, not in it. */
  constructor(db: Sqlite) {
    this.#update = db.prepare(
      `UPDATE table_sum SET "rows" = "rows" + ?, sum = (sum + ?) % ${MODULUS} WHERE name = ?`,
    );
    db.function('take_change', { varargs: true }, (table, sign, ...row) => {
      this.#take(table as SummedTable, sign as number, row as Value[]);
      return null;
    });
    for (const table of SUMMED_TABLES) {
      const columns = columnsOf(db, table);
      const take = (sign: number, side: 'new' | 'old') =>
        `SELECT take_change('${table}', ${sign}, ${columns.map((name) => `${side}.${name}`).join(', ')});`;
      const follow = (event: string, does: string) =>
        db.exec(`CREATE TEMP TRIGGER ${table}_${event} AFTER ${event} ON main.${table}
          BEGIN ${does} END`);
      follow('INSERT', take(1, 'new'));
      follow('DELETE', take(-1, 'old'));
      follow('UPDATE', take(-1, 'old') + take(1, 'new'));
    }
  }

  /** At the beginning of a transaction: what one that failed had counted is forgotten. */
  begin(): void {
    this.#changes.clear();
  }

  /** At the end of a transaction. */
  write(): void {
    for (const [table, { rows, sum }] of this.#changes) this.#update.run(rows, sum, table);
  }

  #take(table: SummedTable, sign: number, row: readonly Value[]): void {
    const change = this.#changes.get(table) ?? { rows: 0, sum: 0 };
    const sum = sumOfRow(row);
    change.rows += sign;
    change.sum = (change.sum + (sign > 0 ? sum : MODULUS - sum)) % MODULUS;
    this.#changes.set(table, change);
  }
}
