/**
 * Sums over the rows of every table but the tape, which the chain covers.
 * Owns the sum of a row and holding rows against them; writing rows that are in their table's sum
 * is rows.ts's, what the tables hold is for others.
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
  'trait',
  'open_entry',
  'open_detail',
  'ended_entry',
  'ended_detail',
  'open_counter',
  'open_connection',
  'ended_connection',
  'passed_connection',
  'reflagged',
  'absent',
  'poll_total',
  'minute_balance',
  'minute_ended',
  'lopsided',
  'greatest',
  'beginning',
] as const;

export type SummedTable = (typeof SUMMED_TABLES)[number];

/** Tables with an index of their own, whose entries must agree with the rows. */
const INDEXED: ReadonlySet<SummedTable> = new Set<SummedTable>(['gap']);

/** Sums are taken modulo this: two of them still add up exactly. */
export const MODULUS = 2 ** 52;

const TWO_TO_32 = 2 ** 32;

/** A table of which nothing can be believed; the tape stands by itself. */
const REPLAY =
  'restore a copy; what the tape holds does not depend on it, and `conntape verify` says whether that is whole';

/** What a column holds. */
export type Value = number | bigint | string | Uint8Array | null;

/**
 * The sum of a row, from 0 to 2^52 − 1: two lanes of 32 bits, each value mixed with its kind and
 * all that stand before it.
 * @param from where in `row` it begins.
 */
export function sumOfRow(row: readonly Value[], from = 0, to = row.length): number {
  let a = 0x9e3779b1;
  let b = 0x85ebca77;
  for (let place = from; place < to; place++) {
    const given = row[place]!;
    const value = typeof given === 'bigint' ? Number(given) : given;
    if (typeof value === 'number') {
      const low = value | 0;
      a = Math.imul(a ^ low, 0x9e3779b1);
      a ^= a >>> 15;
      b = Math.imul(b + a, 0x85ebca77);
      b ^= b >>> 13;
      if (low === value) continue;
      a = Math.imul(a ^ Math.floor(value / TWO_TO_32) ^ 1, 0x9e3779b1);
    } else if (typeof value === 'string') {
      for (let index = 0; index < value.length; index++) {
        a = Math.imul(a ^ value.charCodeAt(index), 0x9e3779b1);
        a ^= a >>> 15;
      }
      a ^= value.length ^ 0x20000;
    } else if (value === null) {
      a ^= 0x30000;
    } else {
      for (let index = 0; index < value.length; index++) {
        a = Math.imul(a ^ value[index]!, 0x9e3779b1);
        a ^= a >>> 15;
      }
      a ^= value.length ^ 0x40000;
    }
    a = Math.imul(a, 0x9e3779b1);
    a ^= a >>> 15;
    b = Math.imul(b + a, 0x85ebca77);
    b ^= b >>> 13;
  }
  return (b & 0xfffff) * TWO_TO_32 + (a >>> 0);
}

/** The columns of a table, and which of them is its key. */
export interface TableShape {
  readonly columns: readonly string[];
  /** Columns of the primary key; none where rows are known by their rowid. */
  readonly key: readonly string[];
}

export function shapeOf(db: Sqlite, table: SummedTable): TableShape {
  const columns = db
    .prepare<[string], { name: string; pk: number }>('SELECT name, pk FROM pragma_table_info(?)')
    .all(table);
  return {
    columns: columns.map(({ name }) => name),
    key: columns.filter(({ pk }) => pk > 0).map(({ name }) => name),
  };
}

/** What a row's sum is of: all columns, behind the rowid where none of them stands for it. */
function summedColumns({ columns, key }: TableShape): readonly string[] {
  return key.length > 0 ? columns : ['rowid', ...columns];
}

interface Total {
  readonly rows: number;
  readonly sum: number;
}

/** What each connection's function does with the rows that it is given: SQLite forgets none. */
interface Taker {
  columns: number;
  rows: number;
  sum: number;
  take: ((row: readonly Value[]) => void) | undefined;
}

const takers = new WeakMap<Sqlite, Taker>();

function takerOf(db: Sqlite): Taker {
  const known = takers.get(db);
  if (known !== undefined) return known;
  const taker: Taker = { columns: 0, rows: 0, sum: 0, take: undefined };
  db.aggregate('take_row', {
    varargs: true,
    start: null,
    step: (_: unknown, ...row: unknown[]) => {
      taker.rows++;
      taker.sum += sumOfRow(row as Value[], 0, taker.columns);
      if (taker.sum >= MODULUS) taker.sum -= MODULUS;
      taker.take?.(row as Value[]);
    },
  });
  takers.set(db, taker);
  return taker;
}

/**
 * Reads every row of a table. SQLite calls the function as it goes, faster than it hands out rows.
 * @param more columns behind the table's own, and the join that they come from.
 */
function totalOf(
  db: Sqlite,
  table: SummedTable,
  take?: (row: readonly Value[]) => void,
  more: JoinedColumns = NOTHING_MORE,
): Total {
  const taker = takerOf(db);
  const columns = summedColumns(shapeOf(db, table));
  Object.assign(taker, { columns: columns.length, rows: 0, sum: 0, take });
  const own = columns.map((name) => `${table}.${name}`);
  db.prepare(`SELECT take_row(${[...own, ...more.columns]}) FROM ${table} ${more.join}`).get();
  taker.take = undefined;
  const { rows, sum } = taker;
  return { rows, sum };
}

/** Columns of other tables, one row of them at most for each row. */
export interface JoinedColumns {
  readonly columns: readonly string[];
  /** As SQL, behind FROM. */
  readonly join: string;
}

const NOTHING_MORE: JoinedColumns = { columns: [], join: '' };

/** Writes the sums of tables that were just made. */
export function writeFirstSums(db: Sqlite): void {
  const insert = db.prepare(
    'INSERT INTO table_sum (name, "rows", sum) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
  );
  for (const table of summedTablesOf(db)) {
    const { rows, sum } = totalOf(db, table);
    insert.run(table, rows, sum);
  }
}

/** The tables with a sum that a recording of its format has. */
export function summedTablesOf(db: Sqlite): readonly SummedTable[] {
  return hasBeginning(db) ? SUMMED_TABLES : SUMMED_TABLES.filter((table) => table !== 'beginning');
}

/** Whether a recording's format has a table `beginning`: from 5 on. */
export function hasBeginning(db: Sqlite): boolean {
  const table = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'beginning'";
  return db.prepare(table).get() !== undefined;
}

/**
 * Holds tables against their sums, as of one moment, and walks their pages. Throws `damaged` for
 * the first that is not what was written.
 */
export function checkTables(db: Sqlite, tables: readonly SummedTable[]): void {
  const there = new Set(summedTablesOf(db));
  db.transaction(() => {
    for (const table of tables) {
      if (!there.has(table)) continue;
      checkPages(db, table);
      checkSum(db, table, totalOf(db, table));
    }
  })();
}

/** The same of a table whose pages were walked. Must be called in a transaction. */
export function checkRows(db: Sqlite, table: SummedTable): void {
  checkSum(db, table, totalOf(db, table));
}

/**
 * Hands out every row of a table in the pass that holds it against its sum: its columns, then those
 * of `more`. Throws `damaged` at the end of a table that is not what was written: what was made of
 * its rows is then worth nothing. Must be called in a transaction.
 */
export function takeRows(
  db: Sqlite,
  table: SummedTable,
  take: (row: readonly Value[]) => void,
  more?: JoinedColumns,
): void {
  checkPages(db, table);
  checkSum(db, table, totalOf(db, table, take, more));
}

function checkSum(db: Sqlite, table: SummedTable, { rows, sum }: Total): void {
  const due = db
    .prepare<[string], Total>('SELECT "rows", sum FROM table_sum WHERE name = ?')
    .get(table);
  if (due?.rows === rows && due.sum === sum) return;
  const what =
    due === undefined || due.rows === rows
      ? 'its rows are not those that were written'
      : `it holds ${rows} rows where ${due.rows} were written`;
  throw new Damaged(`the table ${table}`, what, REPLAY);
}

/** A row that stands where nobody looks for it is in the sum, and yet lost to a query. */
function checkPages(db: Sqlite, table: SummedTable): void {
  const check = INDEXED.has(table) ? 'integrity_check' : 'quick_check';
  const [found] = db.pragma(`${check}('${table}')`) as Record<string, string>[];
  const text = found?.[check] ?? '';
  if (text !== 'ok') throw new Damaged(`the table ${table}`, text, REPLAY);
}
