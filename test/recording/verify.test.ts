/** What `verify` finds: anything altered, removed, exchanged or moved. */
import { readFileSync } from 'node:fs';
import Database, { type Database as Sqlite } from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { CHAIN_START, linkOf, type TapeRow } from '../../src/recording/chain.ts';
import { PeerTable } from '../../src/recording/peerTable.ts';
import { Recording } from '../../src/recording/reader.ts';
import { createSchema } from '../../src/recording/schema.ts';
import { SUMMED_TABLES, writeFirstSums } from '../../src/recording/sums.ts';
import { type Damage, verifyRecording } from '../../src/recording/verify.ts';
import * as cases from '../oracle/cases.ts';
import { importInto, itemsOf, openWriter, temporaryFolder } from './tapes.ts';

const RELAY = 'AB'.repeat(20);

/** Something for every table: returns, events, runs, gaps, quarantine, flags that changed. */
const EVERYTHING_HAPPENS = [
  cases.restart[0]!,
  said(0, [`1 0 ${RELAY} 198.51.100.1 9001 443 IRT 1 2 50`, '2 7 0 0 0 0 IRt 1 1 5'], 100),
  said(10, ['3 0 0 192.168.1.3 80 4 ORt 1 2 3 X=1', '1 0 0 0 0 0 OXT 1 2 60', 'bad line'], 110),
  JSON.stringify({ gap: { from: iso(12), to: iso(18), reason: 'control port closed' } }),
  said(20, [`1 0 ${RELAY} 198.51.100.1 9001 443 IRt 1 2 70`, '2 7 0 0 0 0 IRt 1 1 25'], 120, [
    { at: iso(12), conn_id: 8, what: 'opened' },
    { at: iso(13), conn_id: 8, what: 'closed' },
    { at: iso(15), conn_id: 3, what: 'closed', reason: 'DONE' },
  ]),
  said(60, ['2 7 0 0 0 0 IRt 1 1 65', '2 8 0 0 0 0 IRt 1 1 65'], 3),
  said(70, ['2 8 0 0 0 0 IRt 9 9 75', '5 9 0 0 0 0 IRt 9 0 20'], 13),
  said(80, ['2 8 0 0 0 0 IRt 19 9 85', '5 9 0 0 0 0 IRt 9 8 30'], 23),
  said(7200, ['2 8 0 0 0 0 IRt 19 9 7205', '4 0 0 192.168.1.3 80 4 ORt 1 2 3 X=1'], 7143),
];

function iso(second: number): string {
  return new Date(cases.MIDNIGHT + second * 1000).toISOString();
}

function said(second: number, lines: string[], uptime: number, events: unknown[] = []): string {
  const info = { 'info/uptime-process': String(uptime) };
  return JSON.stringify({ at: iso(second), conn: lines.join('\n'), info, events });
}

/** Tables of the index, and what of a row must not stand twice. */
const INDEX_TABLES: Readonly<Record<string, string | undefined>> = {
  session: 'id',
  snapshot: 'number',
  run: 'id',
  gap: 'id',
  info_change: undefined,
  quarantine: undefined,
  open_entry: 'circ_id',
  open_detail: 'circ_id',
  ended_entry: 'id',
  ended_detail: 'entry',
  open_connection: 'conn_id',
  ended_connection: 'id',
  passed_connection: 'id',
  reflagged: undefined,
  absent: undefined,
  poll_total: 'snapshot',
  minute_balance: 'minute',
  minute_ended: 'minute',
  lopsided: 'ten_minutes',
  greatest: 'hour',
};

const MOVED_UP = `DELETE FROM tape WHERE seq = 4; UPDATE tape SET seq = -seq WHERE seq > 4;
  UPDATE tape SET seq = -seq - 1 WHERE seq < 0;`;

/** What is found in a recording after something was done to its file. */
async function damagesAfter(
  tamper: (db: Sqlite) => void,
  rebuild = false,
): Promise<readonly Damage[]> {
  const path = `${temporaryFolder()}/test.tape`;
  await importInto(path, EVERYTHING_HAPPENS);
  const db = new Database(path);
  tamper(db);
  db.close();
  return damagesOf(path, rebuild);
}

function damagesOf(path: string, rebuild = false): readonly Damage[] {
  const recording = Recording.open(path);
  try {
    return verifyRecording(recording, { rebuild, progress: () => {} }).damages;
  } finally {
    recording.close();
  }
}

/** Writes the sums anew, as one may who forges a recording. */
function sumAgain(db: Sqlite): void {
  db.exec('DELETE FROM table_sum');
  writeFirstSums(db);
}

/** Without the times of items, which the transcript gives. */
const places = (damages: readonly Damage[]) =>
  damages.map(({ where }) => where.replace(/, of .*/, ''));

describe('a recording as it was written', () => {
  it('is whole, each table of it filled', async () => {
    const damages = await damagesAfter((db) => {
      for (const table of Object.keys(INDEX_TABLES)) {
        expect([table, db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()]).not.toEqual([
          table,
          0,
        ]);
      }
    }, true);
    expect(damages).toEqual([]);
  });
});

describe('the chain', () => {
  it('tells of any byte of any payload, and where', async () => {
    const path = `${temporaryFolder()}/test.tape`;
    await importInto(path, EVERYTHING_HAPPENS.slice(0, -2));
    const db = new Database(path);
    const rows = db.prepare('SELECT seq, payload, chain FROM tape').all() as {
      seq: number;
      payload: Buffer;
      chain: Buffer;
    }[];
    const recording = Recording.open(path);
    for (const column of ['payload', 'chain'] as const) {
      const set = db.prepare(`UPDATE tape SET ${column} = ? WHERE seq = ?`);
      for (const row of rows) {
        for (const place of row[column].keys()) {
          const altered = Buffer.from(row[column]);
          altered[place]! ^= 1 << (place % 8);
          set.run(altered, row.seq);
          const { damages } = verifyRecording(recording, { rebuild: false, progress: () => {} });
          expect(places(damages)).toEqual([`item ${row.seq} of the tape`]);
        }
        set.run(row[column], row.seq);
      }
    }
    recording.close();
    db.close();
  });

  it.each([
    ['a time', 'UPDATE tape SET at = at + 1 WHERE seq = 4', 4],
    ['a kind', 'UPDATE tape SET kind = 2 WHERE seq = 2', 2],
    ['a kind that is none', 'UPDATE tape SET kind = 9 WHERE seq = 3', 3],
    ['a delta frame made a key frame', 'UPDATE tape SET kind = 1 WHERE seq = 3', 3],
    ['a payload cut off', 'UPDATE tape SET payload = substr(payload, 1, 5) WHERE seq = 3', 3],
    ['an empty payload', "UPDATE tape SET payload = x'' WHERE seq = 3", 3],
    ['a gap that is no object', "UPDATE tape SET payload = CAST('null' AS BLOB) WHERE kind = 3", 4],
    [
      'a session of something else',
      "UPDATE tape SET payload = CAST('{}' AS BLOB) WHERE seq = 1",
      1,
    ],
    ["a relay's address", "UPDATE peer SET ip = '198.51.100.2' WHERE id = 1", 2],
    ['an OR_ID', "UPDATE peer SET or_id = x'00' WHERE id = 1", 2],
    ['a peer removed', 'DELETE FROM peer WHERE id = 2', 3],
    ['two peers exchanged', exchange('peer', 'id', 1, 2), 2],
    ['the first item removed', 'DELETE FROM tape WHERE seq = 1', 1],
    ['an item removed', 'DELETE FROM tape WHERE seq = 4', 4],
    ['two items exchanged', exchange('tape', 'seq', 5, 6), 5],
    ['an item removed and those behind it moved up', MOVED_UP, 4],
  ])('tells of %s', async (_, sql, item) => {
    const damages = await damagesAfter((db) => {
      db.unsafeMode(true);
      db.pragma('ignore_check_constraints = ON');
      db.exec(sql);
      sumAgain(db);
    });
    expect(places(damages)).toEqual([`item ${item} of the tape`]);
  });

  it.each([
    ['the last item removed', 'DELETE FROM tape WHERE seq = (SELECT max(seq) FROM tape)'],
    ['all items removed', 'DELETE FROM tape'],
    ['the mark moved back', 'UPDATE mark SET seq = seq - 1'],
    ['the mark exchanged', 'UPDATE mark SET chain = zeroblob(32)'],
    ['the mark removed', 'DELETE FROM mark'],
  ])('tells of its end: %s', async (_, sql) => {
    expect(places(await damagesAfter((db) => db.exec(sql)))).toEqual(['the end of the tape']);
  });

  it('tells of items before its first', async () => {
    const sql = `INSERT INTO tape (seq, kind, at, payload, chain)
      SELECT -seq, kind, at, payload, chain FROM tape WHERE seq = 2`;
    expect(places(await damagesAfter((db) => db.exec(sql)))).toEqual(['the tape']);
  });

  it('is whole up to an end that was forged with it, and then only a head tells', async () => {
    const path = `${temporaryFolder()}/test.tape`;
    await importInto(path, EVERYTHING_HAPPENS);
    const verified = (head?: string) => {
      const recording = Recording.open(path);
      try {
        return verifyRecording(recording, {
          rebuild: true,
          heads: new Set(head === undefined ? [] : [head]),
          progress: () => {},
        });
      } finally {
        recording.close();
      }
    };
    const { head, items } = verified();
    expect(verified(head).found.get(head!)).toMatchObject({ seq: items });
    const db = new Database(path);
    db.exec(`DELETE FROM tape WHERE seq = (SELECT max(seq) FROM tape);
      UPDATE mark SET seq = seq - 1, chain = (SELECT chain FROM tape ORDER BY seq DESC LIMIT 1)`);
    db.close();
    const cut = verified(head);
    expect(cut).toMatchObject({ items: items - 1, found: new Map() });
    expect(new Set(places(cut.damages))).toEqual(new Set(['the index']));
  });
});

function exchange(table: string, key: string, a: number, b: number): string {
  const moved = (from: number, to: number) =>
    `UPDATE ${table} SET ${key} = ${to} WHERE ${key} = ${from};`;
  return moved(a, -1) + moved(b, a) + moved(-1, b);
}

type Rows = Record<string, unknown>[];

/** Writes a table anew, with its rows changed. */
function rewrite(db: Sqlite, table: string, change: (rows: Rows) => Rows): void {
  const rows = db.prepare<[], Rows[number]>(`SELECT * FROM ${table}`).all();
  db.exec(`DELETE FROM ${table}`);
  for (const row of change(rows)) {
    const columns = Object.keys(row);
    const marks = columns.map(() => '?').join(', ');
    db.prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`).run(
      ...Object.values(row),
    );
  }
}

describe('the index', () => {
  it.each(Object.entries(INDEX_TABLES))('shows what was done to %s', async (table, key) => {
    const found = async (change: (rows: Rows) => Rows) => {
      const damages = await damagesAfter((db) => {
        rewrite(db, table, change);
        sumAgain(db);
      }, true);
      return damages.map((damage) => damage.what.replace(/^\d+ rows/, 'rows'));
    };
    const told = [`rows of ${table} are not what the tape gives`];
    expect(await found((rows) => rows)).toEqual([]);
    expect(await found((rows) => rows.slice(1))).toEqual(told);
    const again = key === undefined ? {} : { [key]: 1000 };
    expect(await found((rows) => [...rows, { ...rows[0], ...again }])).toEqual(told);
    for (const [column, other] of columnsOf(table)) {
      const altered = ([row, ...others]: Rows) => [{ ...row, [column]: other }, ...others];
      expect([column, await found(altered)]).toEqual([column, told]);
    }
  });

  it('is whose the tape says: the relay, and what its bytes are', async () => {
    for (const sql of ["fingerprint = 'B'", "bytes = 'entry'"]) {
      const damages = await damagesAfter((db) => {
        db.exec(`UPDATE recording SET ${sql}`);
        sumAgain(db);
      });
      expect(places(damages)).toEqual(['the table recording']);
    }
  });
});

describe('the sums', () => {
  const others = SUMMED_TABLES.filter((table) => !(table in INDEX_TABLES));

  it.each([
    ...Object.entries(INDEX_TABLES),
    ...others.map((table): [string, string] => [table, 'id']),
  ])('show what was done to %s, without deriving it again', async (table, key) => {
    const found = async (tamper: (db: Sqlite) => void) => {
      try {
        return new Set(places(await damagesAfter(tamper)));
      } catch (thrown) {
        // What is read before anything else refuses the recording.
        expect(thrown).toMatchObject({ kind: 'damaged' });
        return new Set([`the table ${table}`]);
      }
    };
    const changed = (change: (rows: Rows) => Rows) =>
      found((db) => {
        db.pragma('ignore_check_constraints = ON');
        rewrite(db, table, change);
      });
    expect(await changed((rows) => rows)).toEqual(new Set());
    if (table === 'open_counter') {
      const more = (db: Sqlite) => db.exec('INSERT INTO open_counter VALUES (1, 0, 2, 3)');
      expect(await found(more)).toContain(`the table ${table}`);
      return;
    }
    if (table === 'beginning') {
      const more = (db: Sqlite) =>
        db.exec("INSERT INTO beginning VALUES (1, 2, zeroblob(32), 1, 1, 0, 1, 2, 'cut')");
      expect(await found(more)).toContain(`the table ${table}`);
      return;
    }
    expect(await changed((rows) => rows.slice(1))).toContain(`the table ${table}`);
    const again = key === undefined ? {} : { [key]: 1000 };
    expect(await changed((rows) => [...rows, { ...rows[0], ...again }])).toContain(
      `the table ${table}`,
    );
    for (const [column, other] of columnsOf(table)) {
      const altered = ([row, ...others]: Rows) => [{ ...row, [column]: other }, ...others];
      expect([column, (await changed(altered)).has(`the table ${table}`)]).toEqual([column, true]);
    }
  });

  it('are missed where they are gone', async () => {
    for (const table of SUMMED_TABLES) {
      const gone = (db: Sqlite) => db.prepare('DELETE FROM table_sum WHERE name = ?').run(table);
      if (table === 'recording') {
        await expect(damagesAfter(gone)).rejects.toMatchObject({ kind: 'damaged' });
      } else {
        expect(places(await damagesAfter(gone))).toEqual([`the table ${table}`]);
      }
    }
  });
});

/** The columns of a table, each with a value that no row has. */
function columnsOf(table: string): [name: string, other: unknown][] {
  const db = new Database(':memory:');
  createSchema(db);
  const columns = db
    .prepare<[string], { name: string; type: string }>(
      'SELECT name, type FROM pragma_table_info(?)',
    )
    .all(table);
  db.close();
  const others: Record<string, unknown> = { TEXT: '?', BLOB: Buffer.from([9]) };
  return columns.map(({ name, type }) => [name, others[type] ?? 1000]);
}

it.each([
  ['a table', 'UPDATE run SET first_snapshot = first_snapshot + 1'],
  [
    'the last frame',
    'UPDATE tape SET payload = zeroblob(9) WHERE seq = (SELECT max(seq) FROM tape)',
  ],
  ['its end', 'DELETE FROM tape WHERE seq = (SELECT max(seq) FROM tape)'],
  ['a view', 'DROP VIEW runs'],
])('a recorder does not go on with a recording that is damaged: %s', async (_, sql) => {
  const path = `${temporaryFolder()}/test.tape`;
  await importInto(path, EVERYTHING_HAPPENS);
  const { header } = await itemsOf(EVERYTHING_HAPPENS);
  const db = new Database(path);
  db.exec(sql);
  db.close();
  const before = readFileSync(path);
  expect(() => openWriter(path, header)).toThrow(
    expect.objectContaining({ kind: 'damaged', message: expect.stringContaining(path) }),
  );
  const other = new Database(path, { readonly: true });
  expect(other.prepare('SELECT seq FROM mark').pluck().get()).toBe(9);
  other.close();
  expect(readFileSync(path).length).toBe(before.length);
});

it.each(['{}', 'null', '[]', '"x"', '{"relay":null}', 'no JSON'])(
  'a forged recording whose session is %s is damaged, and no fault of the program',
  async (text) => {
    const path = `${temporaryFolder()}/test.tape`;
    await importInto(path, EVERYTHING_HAPPENS.slice(0, 1));
    const db = new Database(path);
    const { kind, at } = db.prepare<[], TapeRow>('SELECT * FROM tape').get()!;
    const payload = Buffer.from(text);
    const chain = linkOf(CHAIN_START, { seq: 1, kind, at, payload }, [], new PeerTable(db));
    db.prepare('UPDATE tape SET payload = ?, chain = ?').run(payload, chain);
    db.prepare('UPDATE mark SET chain = ?').run(chain);
    db.prepare('UPDATE session SET header = ?').run(text);
    sumAgain(db);
    db.close();
    expect(places(damagesOf(path))).toEqual(['item 1 of the tape']);
    const recording = Recording.open(path);
    expect(() => recording.header).toThrow(expect.objectContaining({ kind: 'damaged' }));
    recording.close();
  },
);

it('takes more peers than are held in memory for no damage', async () => {
  const path = `${temporaryFolder()}/test.tape`;
  const linesOf = (second: number) =>
    Array.from({ length: 100_010 }, (_, index) => {
      const ip = `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`;
      return `${index + 1} 0 0 ${ip} 80 4 ORt 1 2 ${5 + second}`;
    });
  await importInto(path, [
    cases.restart[0]!,
    said(0, linesOf(0), 100),
    said(10, linesOf(10).slice(5), 110),
    said(20, linesOf(20), 120),
  ]);
  const recording = Recording.open(path);
  const { damages } = verifyRecording(recording, { rebuild: true, progress: () => {} });
  recording.close();
  expect(damages).toEqual([]);
});
