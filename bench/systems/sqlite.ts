/**
 * SQLite, as a user would keep observations in it: plain, a row a line; normalised, an entry once.
 * Owns how it is set up, which bench/README.md says; the questions are questions.ts's.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { asymmetrySql, lifetimesSql } from '../questions.ts';
import { answerOf, type Place, type PolledLines, type System, snapshotsOf } from '../system.ts';

const FILE = 'observations.sqlite';

/** As many as conntape's own import has: an import can be run again. */
const SNAPSHOTS_PER_COMMIT = 64;

type Sqlite = Database.Database;

interface Schema {
  readonly title: string;
  readonly tables: string;
  /** What takes the snapshots, one after another; `end` when there are no more. */
  writer(db: Sqlite): { add(snapshot: PolledLines): void; end(): void };
  /** All observations in order of time; of one snapshot with `WHERE at_ms = ?` put in. */
  listing(where: string): string;
  readonly entry: string;
  readonly observation: string;
}

function placed(share: number): string {
  return `max(CASE WHEN is_closed AND place = cast(1 + ${share} * (places - 1) AS INTEGER) THEN lived_s END)`;
}

async function fill(place: Place, { tables, writer }: Schema): Promise<undefined> {
  const path = join(place.folder, FILE);
  for (const end of ['', '-wal', '-shm']) rmSync(`${path}${end}`, { force: true });
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = OFF');
  db.exec(tables);
  const rows = writer(db);
  let count = 0;
  for await (const snapshot of snapshotsOf(place.transcript)) {
    if (count++ % SNAPSHOTS_PER_COMMIT === 0) {
      if (db.inTransaction) db.exec('COMMIT');
      db.exec('BEGIN');
    }
    rows.add(snapshot);
  }
  rows.end();
  db.exec('COMMIT');
  db.pragma('journal_mode = DELETE');
  db.close();
}

/** Writes the rows of a query as CSV. */
function answer(place: Place, question: string, sql: string): undefined {
  const db = new Database(join(place.folder, FILE), { readonly: true });
  const file = openSync(answerOf(place, question), 'w');
  const query = db.prepare(sql).raw();
  writeSync(file, `${query.columns().map(({ name }) => name)}\n`);
  let text = '';
  for (const row of query.iterate() as Iterable<unknown[]>) {
    text += `${row.join(',')}\n`;
    if (text.length > 65_536) {
      writeSync(file, text);
      text = '';
    }
  }
  writeSync(file, text);
  closeSync(file);
  db.close();
}

function drain(place: Place, sql: string, ...values: number[]): undefined {
  const db = new Database(join(place.folder, FILE), { readonly: true });
  for (const _ of db
    .prepare(sql)
    .raw()
    .iterate(...values));
  db.close();
}

function lastOf(place: Place): number {
  const db = new Database(join(place.folder, FILE), { readonly: true });
  const last = db.prepare('SELECT max(at_ms) FROM snapshot').pluck().get() as number;
  db.close();
  return last;
}

/** Loads the native library. */
async function start(): Promise<void> {
  new Database(':memory:').close();
}

function system(schema: Schema): System {
  return {
    title: schema.title,
    keeps: [FILE],
    start,
    steps: {
      import: async (place) => () => fill(place, schema),
      replay: async (place) => async () => drain(place, schema.listing('')),
      instant: async (place) => {
        const last = lastOf(place);
        return async () => drain(place, schema.listing('WHERE at_ms = ?'), last);
      },
      lifetimes: async (place) => async () =>
        answer(place, 'lifetimes', lifetimesSql(schema.entry, place.interval, placed)),
      asymmetry: async (place) => async () =>
        answer(place, 'asymmetry', asymmetrySql(schema.observation)),
    },
  };
}

/** Seconds that any UPTIME is below, so that the first sight's can be found with its time. */
const UPTIMES = 2 ** 21;

export const sqlitePlain = system({
  title: 'SQLite, a row a line',
  tables: `
    CREATE TABLE observation (
      at_ms INTEGER NOT NULL, conn_id INTEGER NOT NULL, circ_id INTEGER NOT NULL,
      or_id TEXT NOT NULL, ip TEXT NOT NULL, port INTEGER NOT NULL, l_port INTEGER NOT NULL,
      type_flags TEXT NOT NULL, read_bytes INTEGER NOT NULL, written_bytes INTEGER NOT NULL,
      uptime_s INTEGER NOT NULL, PRIMARY KEY (at_ms, conn_id, circ_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE snapshot (at_ms INTEGER PRIMARY KEY) STRICT;`,
  writer(db) {
    const insert = db.prepare('INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    const insertSnapshot = db.prepare('INSERT INTO snapshot VALUES (?)');
    return {
      add({ at, conn }) {
        insertSnapshot.run(at);
        for (const line of conn.split('\n')) {
          const [connId, circId, orId, ip, port, lPort, flags, read, written, uptime] =
            line.split(' ');
          const who = [Number(connId), Number(circId), orId, ip, Number(port), Number(lPort)];
          insert.run(at, ...who, flags, Number(read), Number(written), Number(uptime));
        }
      },
      end: () => {},
    };
  },
  listing: (where) => `SELECT * FROM observation ${where} ORDER BY at_ms, conn_id, circ_id`,
  entry: `
    SELECT conn_id, circ_id, type_flags, last_ms,
      born / ${UPTIMES} - born % ${UPTIMES} * 1000 AS opened_ms
    FROM (
      SELECT conn_id, circ_id, min(type_flags) AS type_flags, max(at_ms) AS last_ms,
        min(at_ms * ${UPTIMES} + uptime_s) AS born
      FROM observation GROUP BY conn_id, circ_id
    )`,
  observation: `
    SELECT conn_id AS entry_key, circ_id, at_ms, read_bytes, written_bytes, uptime_s
    FROM main.observation WHERE circ_id <> 0`,
});

export const sqliteNormalised = system({
  title: 'SQLite, normalised',
  tables: `
    CREATE TABLE snapshot (id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
    CREATE TABLE entry (
      id INTEGER PRIMARY KEY, conn_id INTEGER NOT NULL, circ_id INTEGER NOT NULL,
      or_id TEXT NOT NULL, ip TEXT NOT NULL, port INTEGER NOT NULL, l_port INTEGER NOT NULL,
      type_flags TEXT NOT NULL, opened_ms INTEGER NOT NULL, last_ms INTEGER
    ) STRICT;
    CREATE TABLE sample (
      snapshot INTEGER NOT NULL, entry INTEGER NOT NULL, read_bytes INTEGER NOT NULL,
      written_bytes INTEGER NOT NULL, uptime_s INTEGER NOT NULL, PRIMARY KEY (snapshot, entry)
    ) STRICT, WITHOUT ROWID;`,
  writer(db) {
    const insertSnapshot = db.prepare('INSERT INTO snapshot VALUES (?, ?)');
    const insertEntry = db.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)');
    const insertSample = db.prepare('INSERT INTO sample VALUES (?, ?, ?, ?, ?)');
    const endEntry = db.prepare('UPDATE entry SET last_ms = ? WHERE id = ?');
    let open = new Map<string, number>();
    let [snapshot, entries, lastAt] = [0, 0, 0];
    return {
      add({ at, conn }) {
        const there = new Map<string, number>();
        insertSnapshot.run(++snapshot, at);
        for (const line of conn.split('\n')) {
          const [connId, circId, orId, ip, port, lPort, flags, read, written, uptime] =
            line.split(' ');
          const key = `${connId} ${circId}`;
          let entry = open.get(key);
          if (entry === undefined) {
            entry = ++entries;
            const who = [Number(connId), Number(circId), orId, ip, Number(port), Number(lPort)];
            insertEntry.run(entry, ...who, flags, at - Number(uptime) * 1000);
          }
          there.set(key, entry);
          insertSample.run(snapshot, entry, Number(read), Number(written), Number(uptime));
        }
        for (const [key, entry] of open) if (!there.has(key)) endEntry.run(lastAt, entry);
        open = there;
        lastAt = at;
      },
      end() {
        for (const entry of open.values()) endEntry.run(lastAt, entry);
      },
    };
  },
  listing: (where) => `
    SELECT at_ms, conn_id, circ_id, or_id, ip, port, l_port, type_flags, read_bytes, written_bytes,
      uptime_s
    FROM snapshot JOIN sample ON snapshot = snapshot.id JOIN entry ON entry = entry.id
    ${where} ORDER BY snapshot, entry`,
  entry: 'SELECT conn_id, circ_id, type_flags, opened_ms, last_ms FROM main.entry',
  observation: `
    SELECT entry AS entry_key, circ_id, at_ms, read_bytes, written_bytes, uptime_s
    FROM sample JOIN snapshot ON snapshot = snapshot.id JOIN main.entry ON entry = entry.id
    WHERE circ_id <> 0`,
});
