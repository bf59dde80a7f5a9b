/**
 * What a file system says of a path that cannot be a recording, or that has no room for one, in an
 * operator's words.
 * Owns the words and the next step; what is done at the path is its caller's.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConntapeError, messageOf } from '../error.ts';

interface Fault {
  readonly cause: string;
  readonly hint?: string;
}

const MAKE_ROOM = 'make room on its disk, or use another';
const FULL: Fault = { cause: 'the disk is full', hint: MAKE_ROOM };
// Where files may not grow, it is not the disk.
const NO_LOG: Fault = { cause: 'there is no room for its log', hint: MAKE_ROOM };

const FAULTS: Readonly<Record<string, Fault>> = {
  SQLITE_FULL: FULL,
  SQLITE_IOERR_SHMSIZE: NO_LOG,
  ENOSPC: FULL,
  EDQUOT: FULL,
  EISDIR: { cause: 'it is a folder', hint: 'name a recording in it' },
  EACCES: {
    cause: 'no permission',
    hint: 'run as its owner, or as a user of its group that may read and write it',
  },
  ENOENT: { cause: 'its folder is not there', hint: 'make the folder first' },
  ENOTDIR: { cause: 'its folder is a file', hint: 'name a place in a folder' },
};

/** What was thrown, as what an operator can do something about. */
export function faultOf(thrown: unknown): Fault {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return FAULTS[code] ?? { cause: messageOf(thrown) };
}

/**
 * What was thrown while a file was made or changed, as an error that says so where the disk is full;
 * anything else as it was.
 * @param operation as a gerund.
 */
export function fullDiskOf(thrown: unknown, operation: string, path: string): unknown {
  const fault = fullDiskIn(thrown);
  if (fault === undefined) return thrown;
  return new ConntapeError('recording', { operation, object: path, ...fault }, { cause: thrown });
}

/** The same of files that are there only while something is computed. */
export function fullMeanwhileOf(thrown: unknown): unknown {
  if (fullDiskIn(thrown) === undefined) return thrown;
  const hint = 'make room for them, or name a folder on another disk: TMPDIR';
  const parts = { operation: 'keeping temporary files', cause: FULL.cause, hint };
  return new ConntapeError('recording', parts, { cause: thrown });
}

function fullDiskIn(thrown: unknown): Fault | undefined {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    const fault = 'code' in at ? FAULTS[String(at.code)] : undefined;
    if (fault === FULL || fault === NO_LOG) return fault;
  }
  return undefined;
}

/** Throws `recording` where no recording can be made or gone on with at a path, before one is needed. */
export function checkRecordable(path: string): void {
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
      throw Object.assign(new Error(), { code: 'EISDIR' });
    }
    const folder = dirname(path);
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (thrown) {
    throw new ConntapeError(
      'recording',
      { operation: 'recording into', object: path, ...faultOf(thrown) },
      { cause: thrown },
    );
  }
}
