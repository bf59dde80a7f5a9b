/**
 * The writer's lock: a file beside the recording that one process holds.
 * Owns taking it and giving it back; what is written meanwhile is store.ts's.
 */
import { closeSync, fstatSync, openSync, rmSync, statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { ConntapeError, messageOf } from '../error.ts';

/** A lock file that its holder removes while it is opened here is opened anew, so often at most. */
const TRIES = 5;

/**
 * Takes the lock of the recording at a resolved path: an exclusive transaction, which the operating
 * system gives back however the process ends. Returns what gives it back. Throws `recording` where
 * another process has it, or its file cannot be made.
 */
export function takeLock(place: string, operation: string): () => void {
  const path = `${place}-lock`;
  for (let tried = 0; tried < TRIES; tried++) {
    const unlock = tryLock(path, place, operation);
    if (unlock !== undefined) return unlock;
  }
  throw heldError(place, operation);
}

/** Undefined where the file had lost its name before it was locked: it then locks nothing. */
function tryLock(path: string, place: string, operation: string): (() => void) | undefined {
  const file = opened(path, place, operation);
  let db: Database.Database | undefined;
  // The file last: closing it would give back SQLite's lock on it.
  const end = () => {
    db?.close();
    closeSync(file);
  };
  try {
    db = new Database(path, { timeout: 0 });
    // Nothing is written to it: the lock must be had on a full disk too.
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
  } catch (thrown) {
    end();
    if (!isBusy(thrown)) throw thrown;
    throw heldError(place, operation);
  }
  const isNamed = () => statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino;
  if (!isNamed()) {
    end();
    return undefined;
  }
  return () => {
    // Removed while it is held: behind the closing it might be the next writer's already.
    try {
      if (isNamed()) rmSync(path, { force: true });
    } catch {
      // A folder that may no longer be written: a lock file that nobody holds locks nothing.
    } finally {
      end();
    }
  };
}

function opened(path: string, place: string, operation: string): number {
  try {
    return openSync(path, 'a', 0o600);
  } catch (thrown) {
    throw new ConntapeError(
      'recording',
      {
        operation,
        object: place,
        cause: `its lock cannot be made beside it: ${messageOf(thrown)}`,
        hint: 'record into a folder that this user may write',
      },
      { cause: thrown },
    );
  }
}

function heldError(place: string, operation: string): ConntapeError {
  return new ConntapeError('recording', {
    operation,
    object: place,
    cause: 'another process is writing it',
    hint: 'stop the other recorder, or record into another file',
  });
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && thrown.code.startsWith('SQLITE_BUSY');
}
