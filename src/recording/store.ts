/**
 * The SQLite file of a recording: creating it, opening it, bringing its schema up to date.
 * Owns the connection, its settings and the writer's lock; not what the tables hold.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { ConntapeError, messageOf } from '../error.ts';

/** "CTAP": what `file` and SQLite tell a recording by. */
const APPLICATION_ID = 0x43544150;

/** `dist/recording` and `src/recording` lie equally deep, so both find the package's folder. */
const MIGRATIONS = new URL('../../migrations/', import.meta.url);

/** A reader waits so long for a writer's checkpoint before it gives up. */
const BUSY_TIMEOUT_MS = 5000;

export type Sqlite = Database.Database;

/** The migrations that ship with conntape, oldest first. */
function migrations(): { version: number; sql: string }[] {
  return readdirSync(fileURLToPath(MIGRATIONS))
    .filter((name) => /^\d{4}_.*\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      sql: readFileSync(new URL(name, MIGRATIONS), 'utf8'),
    }));
}

/** Brings a database to the newest schema. */
export function createSchema(db: Sqlite): void {
  const reached = versionOf(db);
  for (const { version, sql } of migrations()) {
    if (version <= reached) continue;
    db.transaction(() => {
      db.exec(sql);
      db.pragma(`user_version = ${version}`);
    })();
  }
}

function versionOf(db: Sqlite): number {
  return db.pragma('user_version', { simple: true }) as number;
}

/** What `sqlite_schema` holds, as one text. ANALYZE in a shell may have left its tables. */
function schemaOf(db: Sqlite): string {
  const rows = db
    .prepare(
      `SELECT type, name, sql FROM sqlite_schema
       WHERE NOT (type = 'table' AND name IN ('sqlite_stat1', 'sqlite_stat4')) ORDER BY 1, 2`,
    )
    .raw()
    .all();
  return JSON.stringify(rows);
}

function expectedSchema(): string {
  const db = new Database(':memory:');
  try {
    createSchema(db);
    return schemaOf(db);
  } finally {
    db.close();
  }
}

function recordingError(path: string, operation: string, cause: string, hint?: string) {
  return new ConntapeError('recording', {
    operation,
    object: path,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Refuses what is no recording, or one of a version not known here. */
function checkIdentity(db: Sqlite, path: string, operation: string): void {
  const application = db.pragma('application_id', { simple: true });
  if (application !== APPLICATION_ID) {
    throw recordingError(path, operation, 'it is no conntape recording');
  }
  if (versionOf(db) > latestVersion()) {
    const hint = 'update conntape';
    throw recordingError(path, operation, 'it was made by a newer conntape', hint);
  }
}

/**
 * Refuses a schema that is not the migrations' to the letter. A recording may come from anywhere:
 * no view or trigger of another's making may run.
 */
function checkSchema(db: Sqlite, path: string, operation: string): void {
  if (versionOf(db) < latestVersion()) {
    const hint = 'record or import into it, which brings it up to date';
    throw recordingError(path, operation, 'an older conntape made it, or did not finish it', hint);
  }
  if (schemaOf(db) !== expectedSchema()) {
    throw recordingError(path, operation, 'its schema is not the one that conntape makes');
  }
}

function latestVersion(): number {
  return migrations().at(-1)!.version;
}

/** Turns what SQLite throws into an error that names the file. */
function guarded<Result>(path: string, operation: string, action: () => Result): Result {
  try {
    return action();
  } catch (thrown) {
    if (thrown instanceof ConntapeError) throw thrown;
    throw new ConntapeError(
      'recording',
      { operation, object: path, cause: messageOf(thrown) },
      { cause: thrown },
    );
  }
}

/**
 * Opens a recording for reading; a recorder may go on writing it meanwhile.
 * Throws `recording` where there is no such file, or it is no recording.
 */
export function openForReading(path: string): Sqlite {
  const operation = 'opening the recording';
  if (!existsSync(path)) {
    const hint = 'make one with `conntape record` or `conntape import`';
    throw recordingError(path, operation, 'there is no such file', hint);
  }
  return guarded(path, operation, () => {
    const db = new Database(path, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    try {
      db.pragma('trusted_schema = OFF');
      checkIdentity(db, path, operation);
      checkSchema(db, path, operation);
      return db;
    } catch (thrown) {
      db.close();
      throw thrown;
    }
  });
}

/** A database opened for writing, and the lock that makes its holder the only writer. */
export interface WritableStore {
  readonly db: Sqlite;
  /** Closes the file, so that it stands alone where that is possible, and gives the lock back. */
  close(): void;
}

/** Removes a recording and what SQLite keeps beside it, if it is there; not its lock. */
export function removeRecording(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
}

export interface StoreOptions {
  /**
   * Whether a snapshot must survive the machine's power failing, not only the process's end: a
   * recorder wants it, an import can be run again.
   */
  readonly durable: boolean;
  /** Whether what is there is removed first, when the lock is had. */
  readonly fresh?: boolean;
}

/**
 * Opens a recording for writing, makes it where there is none (mode 0600), and brings its schema
 * up to date. Throws `recording` where another process writes it, or the file is something else.
 */
export function openForWriting(
  path: string,
  { durable, fresh = false }: StoreOptions,
): WritableStore {
  const operation = 'opening the recording for writing';
  return guarded(path, operation, () => {
    const unlock = lock(path, operation);
    try {
      if (fresh) removeRecording(path);
      if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
      // A crash may have left it empty, or `mktemp` made it so.
      const created = statSync(path).size === 0;
      const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
      try {
        if (created) initialise(db);
        else checkIdentity(db, path, operation);
        db.pragma('trusted_schema = OFF');
        db.pragma('journal_mode = WAL');
        db.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`);
        createSchema(db);
        checkSchema(db, path, operation);
      } catch (thrown) {
        db.close();
        throw thrown;
      }
      const close = () => {
        try {
          db.pragma('journal_mode = DELETE');
        } catch {
          // The disk is full, or someone reads: the log stays beside the file, and nothing is lost.
        } finally {
          db.close();
          unlock();
        }
      };
      return { db, close };
    } catch (thrown) {
      unlock();
      throw thrown;
    }
  });
}

function initialise(db: Sqlite): void {
  db.pragma('auto_vacuum = INCREMENTAL');
  db.pragma(`application_id = ${APPLICATION_ID}`);
}

/**
 * Takes the writer's lock: an exclusive transaction on a file beside the recording, which the
 * operating system gives back however the process ends.
 */
function lock(path: string, operation: string): () => void {
  const lockPath = `${path}-lock`;
  const db = new Database(lockPath, { timeout: 0 });
  try {
    // Nothing is written to it: the lock must be had on a full disk too.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    db.close();
    if (!isBusy(thrown)) throw thrown;
    const hint = 'stop the other recorder, or record into another file';
    throw recordingError(path, operation, 'another process is writing it', hint);
  }
  return () => {
    // Removed while it is held: behind the closing it might be the next writer's already.
    rmSync(lockPath, { force: true });
    db.close();
  };
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY');
}
