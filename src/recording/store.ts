/**
 * The SQLite file of a recording: making it, opening it, closing it.
 * Owns the connection and its settings; the writer's lock is lock.ts's, what became of the file watch.ts's.
 */
import { closeSync, existsSync, openSync, statSync, truncateSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ConntapeError } from '../error.ts';
import { damageOf } from './damage.ts';
import { faultOf } from './faults.ts';
import {
  copyAside,
  placeOf,
  readFileHeader,
  realPath,
  removeRecording,
  type TemporaryCopy,
} from './files.ts';
import { takeLock } from './lock.ts';
import { inspectLog, type Log } from './log.ts';
import { isClosed, setClosed } from './mark.ts';
import { checkHeader, checkSchema, createSchema, isBegun } from './schema.ts';
import type { Sqlite } from './sqlite.ts';
import { type Fate, FileWatch } from './watch.ts';

/** A reader waits so long for a writer's checkpoint before it gives up. */
const BUSY_TIMEOUT_MS = 5000;

function recordingError(path: string, operation: string, cause: string, hint?: string) {
  return new ConntapeError('recording', {
    operation,
    object: path,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Turns what SQLite and the file system throw into an error that names the file. */
function guarded<Result>(path: string, operation: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const thrown = damageOf(error, path);
    if (thrown instanceof ConntapeError) throw thrown;
    throw new ConntapeError(
      'recording',
      { operation, object: path, ...faultOf(thrown) },
      { cause: thrown },
    );
  }
}

/** A database opened for reading. */
export interface ReadableStore {
  readonly db: Sqlite;
  /** What a reader should know of the file; undefined where it is all there. */
  readonly notice: string | undefined;
  close(): void;
}

/**
 * Opens a recording for reading, a copy of it where nothing may be written beside it; a recorder
 * may go on writing it meanwhile. Throws `recording` where there is no such file, or it is no
 * recording, or one of another format, `damaged` where the file is not what was written.
 */
export function openForReading(path: string): ReadableStore {
  const operation = 'opening the recording';
  if (!existsSync(path)) {
    const hint = 'make one with `conntape record` or `conntape import`';
    throw recordingError(path, operation, 'there is no such file', hint);
  }
  return guarded(path, operation, () => {
    const log = inspectLog(realPath(path));
    checkHeader(readFileHeader(path), { hasLog: holds(log), mayBeBegun: false }, path, operation);
    const store = opened(path, operation);
    try {
      return { ...store, notice: noticeOf(store.db, path, log) };
    } catch (thrown) {
      store.close();
      throw thrown;
    }
  });
}

/** The file itself, or a copy where SQLite needs to write beside it and may not. */
function opened(path: string, operation: string): Omit<ReadableStore, 'notice'> {
  try {
    const db = connected(path, { readonly: true }, path, operation);
    return { db, close: () => db.close() };
  } catch (thrown) {
    if (!needsToWrite(thrown)) throw thrown;
  }
  const copy = copyAside(path);
  if (copy === undefined) {
    throw recordingError(path, operation, 'it changes faster than it can be copied');
  }
  return openedCopy(copy, path, operation);
}

function openedCopy(
  copy: TemporaryCopy,
  path: string,
  operation: string,
): Omit<ReadableStore, 'notice'> {
  try {
    const db = connected(copy.path, {}, path, operation);
    db.pragma('query_only = ON');
    const close = () => {
      db.close();
      copy.remove();
    };
    return { db, close };
  } catch (thrown) {
    copy.remove();
    throw thrown;
  }
}

/** @param file the recording at `path`, or a copy of it. */
function connected(
  file: string,
  options: Database.Options,
  path: string,
  operation: string,
): Sqlite {
  const db = new Database(file, { ...options, timeout: BUSY_TIMEOUT_MS });
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('cell_size_check = ON');
    // Who reads goes along a table once: what was read is not asked for again.
    db.pragma('cache_size = -2048');
    checkSchema(db, path, operation);
    return db;
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}

/** What SQLite says where it may not make its files beside the recording, or has no room for them. */
const NEEDS_TO_WRITE = /^SQLITE_(?:CANTOPEN|READONLY|FULL|IOERR_SHM)/;

function needsToWrite(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && NEEDS_TO_WRITE.test(thrown.code);
}

/** Whether something may stand in a log that is not in the file. */
function holds(log: Log): boolean {
  return log === 'whole' || log === 'torn';
}

/** @param log what lay beside the recording before it was opened, which may leave an empty one. */
function noticeOf(db: Sqlite, path: string, log: Log): string | undefined {
  // A recorder that is at work has its lock, and a log, which may be empty when it begins.
  const isOwned = existsSync(`${path}-lock`) || existsSync(`${realPath(path)}-lock`);
  const isMissing = log === 'none' || (log === 'empty' && !isOwned);
  if (isMissing && !isClosed(db)) {
    return `${path} was not closed by its recorder, and no log (-wal) lies beside it: it may lack what was recorded last. \`conntape cut\` makes a whole copy`;
  }
  if (log === 'torn' && !isOwned) {
    return `the log of ${path} ends in a snapshot that was not written whole: it is left out`;
  }
  return undefined;
}

/** A database opened for writing, and the lock that makes its holder the only writer. */
export interface WritableStore {
  readonly db: Sqlite;
  /** What became of the file at its path. */
  look(): Fate;
  /** Where a file that was moved is now, if the system knows. */
  movedTo(): string | undefined;
  /** Closes the file, so that it stands alone where that is possible, and gives the lock back. */
  close(): void;
}

export interface StoreOptions {
  /**
   * Whether a snapshot must survive the machine's power failing, not only the process's end: a
   * recorder wants it, an import can be run again.
   */
  readonly durable: boolean;
  /** Whether what is there is removed first, when the lock is had. */
  readonly fresh?: boolean;
  /** How long another program's lock is waited for, during which the process does nothing else. */
  readonly busyMs?: number;
}

/**
 * Opens a recording for writing, and makes it where there is none (mode 0600). Throws `recording`
 * where another process writes it, it has another name (a hard link: its log would be at one of
 * them only), or the file is something else or of another format, `damaged` where it is not what
 * was written.
 */
export function openForWriting(path: string, options: StoreOptions): WritableStore {
  const operation = 'opening the recording for writing';
  return guarded(path, operation, () => {
    const place = placeOf(path);
    const unlock = takeLock(place, operation);
    try {
      return openedForWriting(path, place, options, operation, unlock);
    } catch (thrown) {
      unlock();
      throw thrown;
    }
  });
}

function openedForWriting(
  path: string,
  place: string,
  { durable, fresh = false, busyMs = BUSY_TIMEOUT_MS }: StoreOptions,
  operation: string,
  unlock: () => void,
): WritableStore {
  if (fresh) removeRecording(place);
  const isNew = !existsSync(place);
  if (isNew) closeSync(openSync(place, 'wx', 0o600));
  const { size, nlink } = statSync(place);
  if (nlink > 1) {
    const hint = 'remove the other name, or record into another file';
    throw recordingError(path, operation, 'the file has another name, a hard link', hint);
  }
  // A crash may have left it empty, or `mktemp` made it so.
  if (size > 0) {
    const hasLog = holds(inspectLog(place));
    checkHeader(readFileHeader(place), { hasLog, mayBeBegun: true }, path, operation);
  }
  let db: Sqlite | undefined;
  const watch = new FileWatch(place, () => (db === undefined ? 0 : bytesOf(db)));
  try {
    db = new Database(place, { timeout: busyMs });
    begin(db, durable);
    checkSchema(db, path, operation);
    // In the file itself before there is a log, so that a copy without one says so.
    setClosed(db, false);
    db.pragma('journal_mode = WAL');
    watch.look();
  } catch (thrown) {
    db?.close();
    watch.close();
    if (isNew) removeRecording(place);
    throw thrown;
  }
  const opened = db;
  const close = () => {
    try {
      closeDatabase(opened, watch, place);
    } finally {
      watch.close();
      unlock();
    }
  };
  return { db, look: () => watch.look(), movedTo: () => watch.movedTo(), close };
}

/** How many bytes its pages take, in the file or the log; more than any has where that is not known. */
function bytesOf(db: Sqlite): number {
  try {
    const [pages, bytes] = ['page_count', 'page_size'].map((name) =>
      Number(db.pragma(name, { simple: true })),
    );
    return pages! * bytes!;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Closes the database as is right for what became of its file. */
function closeDatabase(db: Sqlite, watch: FileWatch, place: string): void {
  const fate = watch.look();
  try {
    if (fate === 'there') standAlone(db);
    else if (fate === 'moved') finish(db);
  } catch {
    // The disk is full, or someone reads: the log stays beside the file, and nothing is lost.
  } finally {
    db.close();
  }
  if (fate === 'there') return;
  const movedTo = watch.movedTo();
  watch.removeBeside(movedTo);
  if (fate === 'moved' && movedTo !== undefined) closeMoved(movedTo);
  // Closing it wrote what was in the log, of a file of which the rest has gone.
  if (fate === 'emptied') truncateSync(place);
}

function standAlone(db: Sqlite): void {
  if (db.pragma('journal_mode = DELETE', { simple: true }) === 'delete') setClosed(db, true);
}

/** A file that still says that it has a log makes SQLite lay one beside it, for readers, too. */
function closeMoved(place: string): void {
  const db = new Database(place, { timeout: 0 });
  try {
    standAlone(db);
  } catch {
    // Someone reads it: it is whole as it is.
  } finally {
    db.close();
  }
}

/**
 * All of a file that has another name now. SQLite leaves the log of such a file where it was, and
 * writes to it through the log alone.
 */
function finish(db: Sqlite): void {
  setClosed(db, true);
  db.pragma('wal_checkpoint(TRUNCATE)');
}

/** Settings, and the schema where there is none. */
function begin(db: Sqlite, durable: boolean): void {
  db.pragma('trusted_schema = OFF');
  db.pragma('cell_size_check = ON');
  db.pragma(`synchronous = ${durable ? 'FULL' : 'OFF'}`);
  if (!isBegun(db)) return;
  db.pragma('auto_vacuum = INCREMENTAL');
  createSchema(db);
}
