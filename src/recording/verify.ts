/**
 * Whether a recording is whole: the file, the chain over its tape, the index beside it.
 * Owns the checks; what is printed of them is commands/verify.ts's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { changesIn, type InfoValues } from './aside.ts';
import { Damaged, foundIn } from './damage.ts';
import { snapshotOf } from './decode.ts';
import { Indexer } from './index/indexer.ts';
import { TRAIT_COLUMNS } from './index/traits.ts';
import { PeerTable } from './peerTable.ts';
import type { Recording } from './reader.ts';
import { RowWriter } from './rows.ts';
import { createSchema } from './schema.ts';
import type { Sqlite } from './sqlite.ts';
import { checkRows, checkTables, SUMMED_TABLES, type SummedTable } from './sums.ts';
import { readFrom } from './tape.ts';

/** Something that is not as the recorder wrote it. */
export interface Damage {
  /** `the file`, `item 17 of the tape, of 2026-11-23T03:44:26.901Z,`, `the table run`. */
  readonly where: string;
  readonly what: string;
}

export interface Verification {
  readonly items: number;
  /** The link of the last item, 64 hex digits; undefined for an empty tape. */
  readonly head: string | undefined;
  /** In the order found; empty for a recording that is whole. */
  readonly damages: readonly Damage[];
  /** The item whose link was looked for; undefined where no item before the first damage has it. */
  readonly found: { readonly seq: number; readonly at: number } | undefined;
}

export interface VerifyOptions {
  /** Whether to derive the index again and compare it. */
  readonly rebuild: boolean;
  /** A link to look for, 64 hex digits in lower case. */
  readonly head?: string | undefined;
  /** Called with how many items of how many were checked. */
  readonly progress: (items: number, of: number) => void;
}

/** So much is said of a damaged file; the rest follows from the first. */
const MAX_DAMAGES = 20;

/** No index but its ground, or numbers for what its rows have in common. */
const NOT_REBUILT: ReadonlySet<SummedTable> = new Set<SummedTable>(['recording', 'peer', 'trait']);

/** The tables that a rebuild must find equal. */
const INDEX_TABLES = SUMMED_TABLES.filter((table) => !NOT_REBUILT.has(table));

/**
 * Checks a recording from end to end, as of one moment; nothing is thrown for damage. A recording
 * that was forged with care, its chain and its sums too, is exposed by a head kept elsewhere.
 */
export function verifyRecording(recording: Recording, options: VerifyOptions): Verification {
  const db = recording.unchecked;
  db.exec('BEGIN');
  try {
    const rebuilt = options.rebuild ? new Rebuild(db) : undefined;
    try {
      return verified(db, options, rebuilt);
    } finally {
      rebuilt?.close();
    }
  } finally {
    // A page that makes no sense lets no transaction commit, not even one that wrote nothing.
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

function verified(db: Sqlite, options: VerifyOptions, rebuilt: Rebuild | undefined): Verification {
  const walk = new Walk(db, options, rebuilt);
  const damages = fileDamages(db);
  // The pages of a file that is whole were walked just now.
  const check = (table: SummedTable) =>
    damages.length === 0 ? checkRows(db, table) : checkTables(db, [table]);
  damages.push(...SUMMED_TABLES.flatMap((table) => damageIn(() => check(table))));
  const onTheWay = damageIn(() => walk.go());
  damages.push(...onTheWay, ...walk.strangers);
  // What a damaged tape gives says nothing of the index.
  if (rebuilt !== undefined && onTheWay.length === 0) {
    damages.push(...rebuilt.damages());
  }
  const { items, head, found } = walk;
  return { items, head, found, damages: damages.slice(0, MAX_DAMAGES) };
}

/** What a check throws; nothing where it finds all as it was. */
function damageIn(check: () => void): Damage[] {
  try {
    check();
    return [];
  } catch (thrown) {
    const damage = foundIn(thrown);
    if (damage === undefined) throw thrown;
    return [damage];
  }
}

function fileDamages(db: Sqlite): Damage[] {
  const found: string[] = [];
  const failed = damageIn(() => {
    const rows = db.pragma(`integrity_check(${MAX_DAMAGES})`) as { integrity_check: string }[];
    found.push(...rows.map((row) => row.integrity_check).filter((text) => text !== 'ok'));
  });
  return [...found.map((what) => ({ where: 'the file', what })), ...failed];
}

/** The way along the whole tape. */
class Walk {
  items = 0;
  head: string | undefined;
  found: Verification['found'];
  /** Sessions that are not of the relay, or not of the bytes, that the header row names. */
  readonly strangers: Damage[] = [];
  readonly #db: Sqlite;
  readonly #options: VerifyOptions;
  readonly #rebuilt: Rebuild | undefined;

  constructor(db: Sqlite, options: VerifyOptions, rebuilt: Rebuild | undefined) {
    this.#db = db;
    this.#options = options;
    this.#rebuilt = rebuilt;
  }

  /** Throws `damaged` for the first item that is not what was written. */
  go(): void {
    const db = this.#db;
    const total = db.prepare<[], number>('SELECT seq FROM mark').pluck().get() ?? 0;
    let info: InfoValues = new Map();
    const owner = db
      .prepare<[], { fingerprint: string; bytes: string }>(
        'SELECT fingerprint, bytes FROM recording',
      )
      .get();
    for (const { row, item } of readFrom(db, 1, new PeerTable(db))) {
      this.items++;
      this.#options.progress(this.items, total);
      this.head = row.chain.toString('hex');
      if (this.head === this.#options.head) this.found = { seq: row.seq, at: row.at };
      if (item.kind === 'session') {
        const { relay, bytes } = item.session.header;
        if (relay.fingerprint !== owner?.fingerprint || bytes !== owner.bytes) {
          this.strangers.push(STRANGER);
        }
        this.#rebuilt?.indexer.session(row.at, item.session.header, row.seq);
      } else if (item.kind === 'gap') {
        this.#rebuilt?.indexer.gap(item.gap);
      } else if (item.kind === 'unread') {
        this.#rebuilt?.indexer.unread(item.unread);
      } else if (this.#rebuilt !== undefined) {
        const { standing } = item.frame;
        const changed = changesIn(info, standing.info);
        this.#rebuilt.indexer.snapshot(snapshotOf(item.frame), changed, row.seq);
        info = standing.info;
      }
    }
    const early = db.prepare('SELECT count(*) FROM tape WHERE seq < 1').pluck().get();
    if (early !== 0) throw new Damaged('the tape', `${early} items stand before its first`);
  }
}

const STRANGER: Damage = {
  where: 'the table recording',
  what: 'the relay, or what its bytes are, is not what the tape says',
};

/** An index derived anew in a database of its own, to be compared with the recording's. */
class Rebuild {
  readonly #folder = mkdtempSync(join(tmpdir(), 'conntape-'));
  readonly #recorded: Sqlite;
  readonly #db: Sqlite;
  readonly indexer: Indexer;

  /** @param recorded the recording, in a transaction that holds it as it is. */
  constructor(recorded: Sqlite) {
    this.#recorded = recorded;
    this.#db = new Database(join(this.#folder, 'rebuilt.tape'));
    this.#db.pragma('synchronous = OFF');
    this.#db.pragma('journal_mode = OFF');
    createSchema(this.#db);
    this.#db.exec('BEGIN');
    const insert = this.#db.prepare('INSERT INTO peer (id, or_id, ip) VALUES (?, ?, ?)');
    const peers = recorded.prepare('SELECT id, or_id, ip FROM peer WHERE id <> 0').raw().iterate();
    for (const peer of peers) insert.run(peer);
    const writer = new RowWriter(this.#db);
    this.indexer = new Indexer(this.#db, new PeerTable(this.#db, writer.table('peer')), writer);
  }

  damages(): Damage[] {
    this.indexer.flush();
    this.#db.exec('COMMIT');
    this.#recorded.prepare('ATTACH ? AS rebuilt').run(this.#db.name);
    return INDEX_TABLES.flatMap((table) => damageIn(() => this.#compare(table)));
  }

  #compare(table: SummedTable): void {
    const [recorded, rebuilt] = [this.#rows('main', table), this.#rows('rebuilt', table)];
    const differing = this.#count(
      `SELECT max(
         (SELECT count(*) FROM (
           SELECT * FROM (${recorded} EXCEPT ${rebuilt})
           UNION ALL
           SELECT * FROM (${rebuilt} EXCEPT ${recorded}))),
         abs((SELECT count(*) FROM main.${table}) - (SELECT count(*) FROM rebuilt.${table})))`,
    );
    if (differing === 0) return;
    throw new Damaged('the index', `${differing} rows of ${table} are not what the tape gives`);
  }

  /** The rows of a table, as SQL. A peer or trait is what its number stands for. */
  #rows(schema: 'main' | 'rebuilt', table: string): string {
    const columns = this.#db
      .prepare<[string], string>('SELECT name FROM pragma_table_info(?)')
      .pluck()
      .all(table);
    const referred = (to: string, names: readonly string[]) =>
      names.map((name) => `(SELECT ${name} FROM ${schema}.${to} WHERE id = ${to})`);
    const values = columns.flatMap((column) => {
      if (column === 'peer') return referred('peer', ['or_id', 'ip']);
      if (column === 'trait') return referred('trait', TRAIT_COLUMNS);
      return [column];
    });
    return `SELECT ${values.join(', ')} FROM ${schema}.${table}`;
  }

  #count(sql: string): number {
    return this.#recorded.prepare(sql).pluck().get() as number;
  }

  close(): void {
    this.#db.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
