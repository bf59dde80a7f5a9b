/**
 * What can be done to the files of a recording.
 * Owns the kinds of damage and doing them; what comes of it is damage.test.ts's.
 */
import { existsSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import Database, { type Database as Sqlite } from 'better-sqlite3';
import type { Random } from './random.ts';

export interface Damage {
  /** The kind, under which it is counted. */
  readonly kind: string;
  /** What exactly is done. */
  readonly what: string;
  readonly apply: (path: string) => void;
}

/** So many bits are flipped on a kind of page: one there, one somewhere else, … */
const FLIPS = 3;

const PAGE_BYTES = 4096;

/** Every kind of damage to the recording at `path`, the same ones every time. */
export function damagesTo(path: string, random: Random): Damage[] {
  const db = new Database(path, { readonly: true });
  try {
    const inPages = pageDamages(db, random);
    return [
      ...headerDamages(),
      ...inPages,
      ...rowDamages(db, random),
      ...schemaDamages(),
      ...lengthDamages(path, random),
      ...(existsSync(`${path}-wal`) ? logDamages(path, random) : []),
    ];
  } finally {
    db.close();
  }
}

function inBytes(suffix: string, change: (bytes: Buffer) => void) {
  return (path: string) => {
    const bytes = readFileSync(path + suffix);
    change(bytes);
    writeFileSync(path + suffix, bytes);
  };
}

function flip(kind: string, suffix: string, at: number, bit: number): Damage {
  const apply = inBytes(suffix, (bytes) => {
    bytes[at]! ^= 1 << bit;
  });
  return { kind, what: `bit ${bit} of byte ${at}${suffix}`, apply };
}

function headerDamages(): Damage[] {
  return Array.from({ length: 100 }, (_, at) => flip('a bit of the file header', '', at, at % 8));
}

interface Page {
  readonly pageno: number;
  readonly name: string;
  readonly pagetype: string;
}

/** Bits of every kind of page, pages zeroed, pages exchanged. */
function pageDamages(db: Sqlite, random: Random): Damage[] {
  // Others stand in the log alone.
  const inFile = statSync(db.name).size / PAGE_BYTES;
  const pages = db
    .prepare<[], Page>('SELECT pageno, name, pagetype FROM dbstat ORDER BY pageno')
    .all()
    .filter(({ pageno }) => pageno <= inFile);
  const kinds = new Map<string, Page[]>();
  for (const page of pages) {
    const kind = `${page.name} ${page.pagetype}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), page]);
  }
  const damages: Damage[] = [];
  for (const [of, some] of kinds) {
    for (let count = 0; count < FLIPS; count++) {
      const { pageno } = random.of(some);
      // Rows grow from the end, what leads to them from the beginning.
      const within = count === 0 ? random.below(64) : PAGE_BYTES - 1 - random.below(600 * count);
      const at = (pageno - 1) * PAGE_BYTES + within;
      damages.push(flip('a bit of a page', '', at, random.below(8)));
    }
    const { pageno } = random.of(some);
    damages.push({
      kind: 'a page of zeros',
      what: `page ${pageno}, ${of}`,
      apply: inBytes('', (bytes) => {
        bytes.fill(0, (pageno - 1) * PAGE_BYTES, pageno * PAGE_BYTES);
      }),
    });
    const other = random.of(pages).pageno;
    if (other !== pageno) damages.push(exchanged(pageno, other));
  }
  return damages;
}

function exchanged(a: number, b: number): Damage {
  const apply = inBytes('', (bytes) => {
    const [first, second] = [a, b].map((page) => {
      return bytes.subarray((page - 1) * PAGE_BYTES, page * PAGE_BYTES);
    }) as [Buffer, Buffer];
    const kept = Buffer.from(first);
    second.copy(first);
    kept.copy(second);
  });
  return { kind: 'two pages exchanged', what: `pages ${a} and ${b}`, apply };
}

function bySql(kind: string, sql: string): Damage {
  const apply = (path: string) => {
    const db = new Database(path);
    try {
      db.unsafeMode(true);
      db.pragma('ignore_check_constraints = ON');
      db.exec(sql);
    } finally {
      db.close();
    }
  };
  return { kind, what: sql, apply };
}

/** Rows deleted, doubled, exchanged, and every value of one changed; in every table. */
function rowDamages(db: Sqlite, random: Random): Damage[] {
  const tables = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all();
  return tables.flatMap((table) => {
    const rows = db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    if (rows === 0) return [];
    const columns = db
      .prepare<[string], { name: string; type: string; pk: number }>(
        'SELECT name, type, pk FROM pragma_table_info(?)',
      )
      .all(table);
    const keys = columns.filter(({ pk }) => pk > 0).map(({ name }) => name);
    const order = keys.length === 0 ? 'rowid' : keys.join(', ');
    const at = random.below(rows);
    const row = `(${order}) IN (SELECT ${order} FROM ${table} ORDER BY ${order} LIMIT 1 OFFSET ${at})`;
    const changes = columns.flatMap(({ name, type }) =>
      changedValues(name, type).map((value) =>
        bySql('a value changed', `UPDATE OR REPLACE ${table} SET ${name} = ${value} WHERE ${row}`),
      ),
    );
    const others = columns.filter(({ name }) => name !== keys[0]).map(({ name }) => name);
    const again = [keys[0], ...others].filter((name) => name !== undefined).join(', ');
    const values = [...(keys[0] === undefined ? [] : [newKey(keys[0], columns)]), ...others];
    return [
      ...changes,
      bySql('a row deleted', `DELETE FROM ${table} WHERE ${row}`),
      bySql('all rows deleted', `DELETE FROM ${table}`),
      bySql(
        'a row doubled',
        `INSERT INTO ${table} (${again}) SELECT ${values.join(', ')} FROM ${table} WHERE ${row}`,
      ),
      ...(rows > 1 && columns.length > 1 ? [exchangedValues(table, others, order, rows)] : []),
    ];
  });
}

function newKey(key: string, columns: readonly { name: string; type: string }[]): string {
  const isText = columns.find(({ name }) => name === key)!.type === 'TEXT';
  return isText ? `${key} || '2'` : `${key} + 100000`;
}

/** Others than a value of a column has. */
function changedValues(name: string, type: string): string[] {
  if (type === 'TEXT') return [`coalesce(${name}, '') || 'x'`];
  if (type === 'BLOB') return [`CAST(${name} || x'00' AS BLOB)`, 'zeroblob(32)'];
  if (type === 'ANY') return ["'0123'"];
  return [`coalesce(${name}, 0) + 1`, `-1 - coalesce(${name}, 0)`];
}

/** The values of a column that differ, exchanged between the first row and the last. */
function exchangedValues(
  table: string,
  columns: readonly string[],
  order: string,
  rows: number,
): Damage {
  const name = columns.at(-1)!;
  const at = (offset: number) =>
    `(${order}) IN (SELECT ${order} FROM ${table} ORDER BY ${order} LIMIT 1 OFFSET ${offset})`;
  const value = (offset: number) => `(SELECT ${name} FROM ${table} WHERE ${at(offset)})`;
  const last = rows - 1;
  return bySql(
    'two values exchanged',
    `CREATE TEMP TABLE kept AS SELECT ${value(0)} AS a, ${value(last)} AS b;
     UPDATE ${table} SET ${name} = (SELECT b FROM kept) WHERE ${at(0)};
     UPDATE ${table} SET ${name} = (SELECT a FROM kept) WHERE ${at(last)};`,
  );
}

function schemaDamages(): Damage[] {
  return [
    ...[
      'CREATE TRIGGER evil AFTER INSERT ON tape BEGIN DELETE FROM peer; END',
      'CREATE VIEW more AS SELECT 1',
      'DROP VIEW entry_life; CREATE VIEW entry_life AS SELECT * FROM connection_life',
      'CREATE TABLE more (x)',
      'DROP TABLE reflagged',
      'CREATE INDEX more ON tape (at)',
      'DROP INDEX gap_end',
      'ALTER TABLE gap ADD COLUMN more TEXT',
    ].map((sql) => bySql('the schema changed', sql)),
    ...[1, 2, 4, 6, 255].map((version) =>
      bySql('another format named', `PRAGMA user_version = ${version}`),
    ),
    bySql('the chain rewritten in part', 'UPDATE tape SET chain = randomblob(32) WHERE seq > 5'),
    bySql(
      'the chain rewritten in part',
      'UPDATE tape SET payload = (SELECT payload FROM tape WHERE seq = 4) WHERE seq = 5',
    ),
    bySql(
      'peers exchanged',
      'UPDATE peer SET id = -1 WHERE id = 1; UPDATE peer SET id = 1 WHERE id = 2; UPDATE peer SET id = 2 WHERE id = -1',
    ),
  ];
}

function lengthDamages(path: string, random: Random): Damage[] {
  const { length } = readFileSync(path);
  const cuts = [0, 1, 50, 100, PAGE_BYTES, length - PAGE_BYTES, length - 1, random.below(length)];
  return [
    ...cuts.map((to) => ({
      kind: 'the file cut off',
      what: `after ${to} bytes`,
      apply: (at: string) => truncateSync(at, to),
    })),
    {
      kind: 'bytes behind the end',
      what: '5000 of them',
      apply: (at: string) => writeFileSync(at, Buffer.alloc(5000, 7), { flag: 'a' }),
    },
  ];
}

/** How the name of a log that was left behind begins: what is then read is told as possibly less. */
export const LOG_LEFT_BEHIND = 'the log left behind';

function logDamages(path: string, random: Random): Damage[] {
  const { length } = readFileSync(`${path}-wal`);
  const frame = 24 + PAGE_BYTES;
  const frames = Math.floor((length - 32) / frame);
  const flips = [
    ...Array.from({ length: 32 }, (_, at) => [at, at % 8] as const),
    ...Array.from({ length: frames }, (_, index) => {
      return [32 + index * frame + random.below(24), random.below(8)] as const;
    }),
    ...Array.from({ length: frames }, (_, index) => {
      return [32 + index * frame + 24 + random.below(PAGE_BYTES), random.below(8)] as const;
    }),
  ];
  return [
    ...flips.map(([at, bit]) => flip('a bit of the log', '-wal', at, bit)),
    ...[1, 31, 32, 1000, length - 1, length - frame, random.below(length)].map((to) => ({
      kind: 'the log cut off',
      what: `after ${to} bytes`,
      apply: (at: string) => truncateSync(`${at}-wal`, to),
    })),
    {
      kind: LOG_LEFT_BEHIND,
      what: '-wal and -shm removed',
      apply: (at: string) => {
        for (const suffix of ['-wal', '-shm']) rmSync(at + suffix);
      },
    },
    { kind: LOG_LEFT_BEHIND, what: '-wal removed', apply: (at: string) => rmSync(`${at}-wal`) },
  ];
}
