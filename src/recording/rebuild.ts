/**
 * The index of a recording, derived anew beside it, and where the two differ.
 * Owns what a rebuild must find equal; the checks of a recording are verify.ts's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { beginningOf, firstPlaceIn, type SnapshotPlace } from './beginning.ts';
import { Damaged } from './damage.ts';
import { Deriver } from './deriving.ts';
import { TRAIT_COLUMNS } from './index/traits.ts';
import { createSchema } from './schema.ts';
import { copyItem, copyPeers, seed } from './seeding.ts';
import type { Sqlite } from './sqlite.ts';
import { SUMMED_TABLES, type SummedTable } from './sums.ts';
import type { Read } from './tape.ts';

/** No index but its ground, or numbers for what its rows have in common. */
const NOT_REBUILT: ReadonlySet<SummedTable> = new Set<SummedTable>([
  ...(['recording', 'peer', 'trait', 'beginning'] as const),
]);

/** The tables that a rebuild must find equal. */
const INDEX_TABLES = SUMMED_TABLES.filter((table) => !NOT_REBUILT.has(table));

export class Rebuild {
  readonly #folder = mkdtempSync(join(tmpdir(), 'conntape-'));
  readonly #recorded: Sqlite;
  readonly #db: Sqlite;
  readonly #deriver: Deriver;
  /** Where it begins, if its tape began earlier: what it knows of before is believed. */
  readonly #first: SnapshotPlace | undefined;

  /** @param recorded the recording, in a transaction that holds it as it is. */
  constructor(recorded: Sqlite) {
    this.#recorded = recorded;
    this.#db = new Database(join(this.#folder, 'rebuilt.tape'));
    try {
      this.#first = this.#begun();
      this.#deriver = new Deriver(this.#db);
    } catch (thrown) {
      this.close();
      throw thrown;
    }
  }

  /** Gives what is believed of before. */
  #begun(): SnapshotPlace | undefined {
    const recorded = this.#recorded;
    this.#db.pragma('synchronous = OFF');
    this.#db.pragma('journal_mode = OFF');
    createSchema(this.#db);
    this.#db.exec('BEGIN');
    copyPeers(this.#db, recorded, () => true);
    const beginning = beginningOf(recorded);
    if (beginning === undefined) return undefined;
    const first = firstPlaceIn(recorded)!;
    copyItem(this.#db, recorded, first.seq);
    seed(this.#db, recorded, first, beginning);
    return first;
  }

  /** The next item of the tape. */
  take(read: Read): void {
    if (this.#first === undefined || read.row.seq > this.#first.seq) this.#deriver.take(read);
  }

  /** When all items were taken: a check for each table, which throws `damaged` where it differs. */
  differences(): (() => void)[] {
    this.#deriver.end();
    this.#db.exec('COMMIT');
    this.#recorded.prepare('ATTACH ? AS rebuilt').run(this.#db.name);
    return INDEX_TABLES.map((table) => () => this.#compare(table));
  }

  #compare(table: SummedTable): void {
    const [recorded, rebuilt] = [this.#rows('main', table), this.#rows('rebuilt', table)];
    const differing = this.#count(
      `SELECT max(
         (SELECT count(*) FROM (
           SELECT * FROM (${recorded} EXCEPT ${rebuilt})
           UNION ALL
           SELECT * FROM (${rebuilt} EXCEPT ${recorded}))),
         abs((SELECT count(*) FROM (${recorded})) - (SELECT count(*) FROM (${rebuilt}))))`,
    );
    if (differing === 0) return;
    throw new Damaged('the index', `${differing} rows of ${table} are not what the tape gives`);
  }

  /** The rows of a table, as SQL. A peer or trait is what its number stands for. */
  #rows(schema: 'main' | 'rebuilt', table: SummedTable): string {
    const columns = this.#db
      .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
      .pluck()
      .all(table);
    const referred = (to: string, names: readonly string[], by = to) =>
      names.map((name) => `(SELECT ${name} FROM ${schema}.${to} WHERE id = ${by})`);
    const values = columns.flatMap((column) => {
      if (column === 'peer') return referred('peer', ['or_id', 'ip']);
      if (column === 'trait') return referred('trait', TRAIT_COLUMNS);
      if (this.#first === undefined) return [column];
      // What was dropped had numbers, too.
      if (column === 'id' && NUMBERED.has(table)) return [];
      if (column === 'entry') return referred('ended_entry', ENTRY, 'entry');
      return [column];
    });
    const where = this.#first === undefined ? undefined : knownIn(table, this.#first);
    return `SELECT ${values.join(', ')} FROM ${schema}.${table}${where === undefined ? '' : ` WHERE ${where}`}`;
  }

  #count(sql: string): number {
    return this.#recorded.prepare(sql).pluck().get() as number;
  }

  close(): void {
    this.#db.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Tables whose rows are numbered from the beginning of the tape on. */
const NUMBERED: ReadonlySet<SummedTable> = new Set<SummedTable>([
  ...(['gap', 'ended_entry', 'ended_connection', 'passed_connection'] as const),
]);

/** What stands for an entry's number. */
const ENTRY = ['conn_id', 'circ_id', 'first_snapshot'];

/**
 * Which rows of a table follow from a tape that begins with a snapshot, as SQL; undefined for all.
 * What lay across the beginning does not, nor stretches of time that began before it, nor what was
 * away just then and came back.
 */
function knownIn(table: SummedTable, { number, at }: SnapshotPlace): string | undefined {
  const away = `SELECT conn_id FROM main.absent WHERE from_snapshot <= ${number} AND to_snapshot >= ${number}`;
  // What carried another circuit before is remembered by what counted it, and stands nowhere else.
  const carried = `SELECT 1 FROM main.open_connection WHERE first_snapshot < ${number}
    UNION ALL SELECT 1 FROM main.ended_connection
    WHERE first_snapshot < ${number} AND last_snapshot >= ${number}`;
  const isKnown = `NOT EXISTS (${away}) AND NOT EXISTS (${carried})`;
  switch (table) {
    case 'snapshot':
      return 'seq > 0';
    case 'gap':
      return `from_ms >= ${at}`;
    case 'quarantine':
      return 'FALSE';
    case 'ended_detail':
      return `entry NOT IN (SELECT id FROM ended_entry WHERE conn_id IN (${away}))`;
    case 'poll_total':
      return isKnown;
    case 'minute_balance':
    case 'minute_ended':
      return `minute * 60000 > ${at} AND ${isKnown}`;
    case 'lopsided':
      return `ten_minutes * 600000 > ${at} AND ${isKnown}`;
    case 'greatest':
      return `hour * 3600000 > ${at} AND ${isKnown}`;
    case 'open_entry':
    case 'open_detail':
    case 'open_connection':
    case 'ended_entry':
    case 'ended_connection':
    case 'passed_connection':
    case 'reflagged':
    case 'absent':
      return `conn_id NOT IN (${away})`;
    default:
      return undefined;
  }
}
