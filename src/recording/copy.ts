/**
 * A copy of a recording, or of a part of it, also while a recorder writes it.
 * Owns that the copy is of one moment and appears whole or not at all; verifying it is verify.ts's.
 */
import { closeSync, existsSync, linkSync, openSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { ConntapeError } from '../error.ts';
import { cutInto } from './cutting.ts';
import { damageOf } from './damage.ts';
import { fullDiskOf } from './faults.ts';
import { NAMES_BESIDE, realPath, removeRecording } from './files.ts';
import { setClosed } from './mark.ts';
import { Recording } from './reader.ts';
import { type Verification, verifyRecording } from './verify.ts';
import type { Window } from './window.ts';

const COPYING = 'copying the recording to';

/** Pages a step, some 4 MiB: between steps the program hears that it should end. */
const PAGES_A_STEP = 1000;

export interface CopyOptions {
  readonly signal: AbortSignal;
  /** The part to copy, in which there is a snapshot; all of it where it is not given. */
  readonly window?: Window | undefined;
  /** When it is copied: milliseconds since the epoch. */
  readonly at: number;
  /** Called with how many pages, of a part items, of how many were copied. */
  readonly copied: (pages: number, of: number) => void;
  /** Called with how many items of how many were checked. */
  readonly checked: (items: number, of: number) => void;
}

/**
 * Copies a recording, or what a window holds of it, to `out`: closed, without a log, readable by its owner alone, and verified.
 * Throws `usage` where `out` is there, or belongs to the recording, `damaged` where the copy is not
 * what was written, `recording` where it is interrupted or cannot be made.
 */
export async function copyRecording(
  recording: Recording,
  out: string,
  options: CopyOptions,
): Promise<Verification> {
  checkPlace(recording.path, out);
  const partial = `${out}.${process.pid}.partial`;
  try {
    closeSync(openSync(partial, 'wx', 0o600));
    if (options.window === undefined) await copyPages(recording, partial, options);
    else copyPart(recording, partial, options.window, options);
    close(partial);
    const found = verified(partial, options);
    const [damage] = found.damages;
    if (damage !== undefined) {
      throw copyError('damaged', out, `${damage.where} is damaged: ${damage.what}`);
    }
    appear(partial, out);
    return found;
  } catch (thrown) {
    throw damageOf(fullDiskOf(thrown, COPYING, out), recording.path);
  } finally {
    removeRecording(partial);
  }
}

function copyError(
  kind: 'usage' | 'recording' | 'damaged',
  out: string,
  cause: string,
  hint?: string,
) {
  return new ConntapeError(kind, {
    operation: COPYING,
    object: out,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Refuses a place that is taken, or whose name SQLite or a recorder would take for its own. */
function checkPlace(path: string, out: string): void {
  if (existsSync(out)) {
    throw copyError('usage', out, 'there is a file already', 'copy to a new file');
  }
  const folder = dirname(resolve(out));
  if (!existsSync(folder)) {
    throw copyError('usage', out, 'there is no such folder', 'make it first');
  }
  const place = join(realPath(folder), basename(out));
  const taken = [resolve(path), realPath(path)].flatMap((of) =>
    NAMES_BESIDE.map((suffix) => of + suffix),
  );
  if (taken.includes(place)) {
    throw copyError('usage', out, 'the name belongs to the recording', 'take another one');
  }
}

/**
 * Page by page, behind a transaction that keeps what is copied as it is: a copy that a recorder's
 * next commit sends back to its first page never comes to its end.
 */
async function copyPages(recording: Recording, partial: string, options: CopyOptions) {
  const { signal, copied } = options;
  const db = recording.unchecked;
  db.exec('BEGIN');
  try {
    db.prepare('SELECT seq FROM mark').get();
    await db.backup(partial, {
      progress: ({ totalPages, remainingPages }) => {
        if (signal.aborted) throw copyError('recording', partial, 'interrupted');
        copied(totalPages - remainingPages, totalPages);
        return PAGES_A_STEP;
      },
    });
  } finally {
    // As after verifying: it may have met a page that makes no sense.
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

function copyPart(
  recording: Recording,
  partial: string,
  window: Window,
  { signal, copied, at }: CopyOptions,
): void {
  const db = recording.whole;
  db.transaction(() => {
    cutInto(partial, db, window, {
      at,
      copied: (items, of) => {
        if (signal.aborted) throw copyError('recording', partial, 'interrupted');
        copied(items, of);
      },
    });
  })();
}

/** Makes the copy a file that stands alone, and says so in it. */
function close(partial: string): void {
  const db = new Database(partial);
  try {
    db.pragma('trusted_schema = OFF');
    db.pragma('journal_mode = DELETE');
    setClosed(db, true);
  } finally {
    db.close();
  }
}

function verified(partial: string, { checked }: CopyOptions): Verification {
  const copy = Recording.open(partial);
  try {
    return verifyRecording(copy, { rebuild: false, progress: checked });
  } finally {
    copy.close();
  }
}

/** Gives the copy its name, unless another file has come to have it. */
function appear(partial: string, out: string): void {
  try {
    linkSync(partial, out);
    rmSync(partial);
  } catch (thrown) {
    if (existsSync(out)) throw copyError('usage', out, 'there is a file already');
    // A file system without hard links.
    if (thrown instanceof Error) renameSync(partial, out);
  }
}
