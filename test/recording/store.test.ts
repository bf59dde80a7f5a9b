/** The file of a recording: what is opened, what is refused, who may write. */
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import Database, { type Database as Sqlite } from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { ConntapeError } from '../../src/error.ts';
import { EVERYTHING, Recording } from '../../src/recording/reader.ts';
import { openForReading, openForWriting } from '../../src/recording/store.ts';
import * as cases from '../oracle/cases.ts';
import { HEADER, importInto, itemsOf, openWriter, temporaryFolder } from './tapes.ts';

function errorOf(action: () => unknown): ConntapeError {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof ConntapeError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

const readingError = (path: string) => errorOf(() => openForReading(path));
const writingError = (path: string) => errorOf(() => openForWriting(path, { durable: false }));

function newPath(): string {
  return `${temporaryFolder()}/test.tape`;
}

const HEADER_OF_CASES = { ...HEADER, relay: { ...HEADER.relay, fingerprint: '' } };

/** A recording whose file something was done to. */
async function tampered(tamper: (db: Sqlite) => void): Promise<string> {
  const path = newPath();
  await importInto(path, cases.restart);
  const db = new Database(path);
  db.unsafeMode(true);
  tamper(db);
  db.close();
  return path;
}

/** Adds something to the schema in the way of one who can write the file. */
function smuggle(db: Sqlite, type: string, name: string, sql: string): void {
  db.pragma('writable_schema = ON');
  db.prepare(
    "INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES (?, ?, 'tape', 0, ?)",
  ).run(type, name, sql);
}

const TRIGGER = 'AFTER INSERT ON tape BEGIN DELETE FROM peer; END';

describe('a file that is no recording', () => {
  it.each([
    [
      'a text',
      'this is a text, and long enough to be taken for the header of something '.repeat(9),
    ],
    ['a text that is short', 'x'],
    ['the beginning of a database', 'SQLite format 3\0'],
  ])('is refused, and left as it was: %s', (_, content) => {
    const path = newPath();
    writeFileSync(path, content);
    expect(readingError(path)).toMatchObject({ kind: 'recording', parts: { object: path } });
    expect(writingError(path)).toMatchObject({ kind: 'recording', parts: { object: path } });
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(existsSync(`${path}-lock`)).toBe(false);
  });

  it("is refused where it is another application's database", () => {
    const path = newPath();
    const db = new Database(path);
    db.exec('CREATE TABLE important (x)');
    db.close();
    for (const error of [readingError(path), writingError(path)]) {
      expect(error.message).toContain('it is not a conntape recording');
    }
    const again = new Database(path, { readonly: true });
    expect(again.prepare('SELECT name FROM sqlite_schema').pluck().all()).toEqual(['important']);
    again.close();
  });

  it('is not made by reading', () => {
    const path = newPath();
    expect(readingError(path)).toMatchObject({ kind: 'recording' });
    expect(existsSync(path)).toBe(false);
  });

  it('is refused where it is a folder, or lies in none', () => {
    const folder = temporaryFolder();
    expect(readingError(folder).kind).toBe('recording');
    expect(writingError(folder).kind).toBe('recording');
    expect(writingError(`${folder}/none/test.tape`).kind).toBe('recording');
  });
});

describe('a recording of another making', () => {
  it('of a newer version is refused', async () => {
    const path = await tampered((db) => db.pragma('user_version = 999'));
    for (const error of [readingError(path), writingError(path)]) {
      expect(error.message).toContain('it was made by a newer conntape');
      expect(error.hint).toBe('update conntape');
    }
  });

  it.each<[string, (db: Sqlite) => void]>([
    ['a trigger', (db) => db.exec(`CREATE TRIGGER evil ${TRIGGER}`)],
    ['a trigger named like SQLite’s own', (db) => db.exec(`CREATE TRIGGER sqlitex ${TRIGGER}`)],
    [
      'a trigger with a name of SQLite’s own',
      (db) => smuggle(db, 'trigger', 'sqlite_evil', `CREATE TRIGGER sqlite_evil ${TRIGGER}`),
    ],
    ['a view exchanged', (db) => db.exec('DROP VIEW info; CREATE VIEW info AS SELECT 1')],
    ['a table more', (db) => db.exec('CREATE TABLE more (x)')],
    ['an index more', (db) => db.exec('CREATE INDEX more ON tape (at)')],
    ['a column more', (db) => db.exec('ALTER TABLE gap ADD COLUMN more TEXT')],
    ['a view less', (db) => db.exec('DROP VIEW runs')],
    ['no tables', (db) => db.exec('DROP VIEW runs').pragma('user_version = 0')],
    [
      'a version that hides a trigger',
      (db) => db.exec(`CREATE TRIGGER evil ${TRIGGER}`).pragma('user_version = 0'),
    ],
  ])('with %s is refused', async (_, tamper) => {
    const path = await tampered(tamper);
    expect(readingError(path)).toMatchObject({ kind: 'damaged', parts: { object: path } });
    expect(writingError(path)).toMatchObject({ kind: 'damaged', parts: { object: path } });
  });

  it('is one still where a shell has left its statistics', async () => {
    const path = await tampered((db) => db.exec('ANALYZE'));
    openForReading(path).close();
    openForWriting(path, { durable: false }).close();
  });
});

describe('a recording that is being made', () => {
  it('may be a file that is empty, as a crash or `mktemp` leaves one', async () => {
    const path = newPath();
    writeFileSync(path, '');
    expect(readingError(path).kind).toBe('recording');
    await importInto(path, cases.restart);
    const recording = Recording.open(path);
    expect(recording.counts.snapshots).toBe(3);
    recording.close();
  });

  it('may have stopped before its schema was there', async () => {
    const path = newPath();
    const db = new Database(path);
    db.pragma('application_id = 1129595216');
    db.close();
    expect(readingError(path)).toMatchObject({ kind: 'recording' });
    await importInto(path, cases.restart);
    Recording.open(path).close();
  });

  it('belongs to its owner alone, whatever stands beside it', () => {
    const path = newPath();
    const writer = openWriter(path, HEADER);
    const folder = path.slice(0, path.lastIndexOf('/'));
    const modes = readdirSync(folder)
      .filter((name) => !name.includes('-lock'))
      .map((name) => [name, statSync(`${folder}/${name}`).mode & 0o777]);
    expect(modes).toEqual([
      ['test.tape', 0o600],
      ['test.tape-shm', 0o600],
      ['test.tape-wal', 0o600],
    ]);
    writer.close();
  });

  it('stands alone when it is closed', () => {
    const path = newPath();
    openWriter(path, HEADER).close();
    expect(readdirSync(path.slice(0, path.lastIndexOf('/')))).toEqual(['test.tape']);
  });
});

describe('the writer', () => {
  it('is the only one', () => {
    const path = newPath();
    const first = openWriter(path, HEADER);
    for (let attempt = 0; attempt < 3; attempt++) {
      const error = errorOf(() => openWriter(path, HEADER));
      expect(error.message).toContain('another process is writing it');
    }
    first.close();
    openWriter(path, HEADER).close();
  });

  it('gives the file back where opening it failed', () => {
    const path = newPath();
    openWriter(path, HEADER).close();
    const other = { ...HEADER, relay: { ...HEADER.relay, fingerprint: 'other' } };
    errorOf(() => openWriter(path, other));
    openWriter(path, HEADER).close();
  });

  it('lets others read meanwhile, each moment as it was', async () => {
    const path = newPath();
    const { header, items } = await itemsOf(cases.stillOpen);
    const writer = openWriter(path, header);
    writer.append(items[0]!);
    const recording = Recording.open(path);
    const replay = recording.items(EVERYTHING);
    expect(replay.next().value).toMatchObject({ kind: 'session' });
    expect(replay.next().value).toMatchObject({ at: cases.MIDNIGHT });
    writer.append(items[1]!);
    expect(replay.next().done).toBe(true);
    expect([...recording.items(EVERYTHING)].length).toBe(3);
    writer.append(items[2]!);
    expect(recording.counts.snapshots).toBe(3);
    recording.close();
    writer.close();
  });

  it('closes also while another reads', async () => {
    const path = newPath();
    await importInto(path, cases.stillOpen);
    const writer = openWriter(path, HEADER_OF_CASES);
    const recording = Recording.open(path);
    const replay = recording.items(EVERYTHING);
    replay.next();
    writer.close();
    expect([...replay].map(({ kind }) => kind)).toEqual([
      ...['snapshot', 'snapshot', 'snapshot', 'session'],
    ]);
    recording.close();
    openWriter(path, HEADER_OF_CASES).close();
  });

  it.skipIf(process.getuid?.() === 0)('says so where it may not write', () => {
    const path = newPath();
    openWriter(path, HEADER).close();
    chmodSync(path, 0o400);
    expect(writingError(path).kind).toBe('recording');
  });
});
