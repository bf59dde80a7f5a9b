/**
 * Why nothing can be kept just now.
 * Owns the names of the reasons, as a gap has them and the operator is told; pausing is the recorder's.
 */
import { accessSync, constants } from 'node:fs';
import { dirname } from 'node:path';

/** Codes of SQLite and the file system, by how they begin; the first that fits. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/, 'the database was locked by another program'],
  [/^(?:SQLITE_FULL|ENOSPC|EDQUOT)/, 'disk full'],
  [/^SQLITE_IOERR_(?:DIR_)?FSYNC/, 'I/O error: the disk did not confirm what was written'],
  [/^(?:SQLITE_IOERR|EIO|EFBIG)/, 'I/O error'],
  [/^EROFS/, 'read-only file system'],
  [/^(?:EACCES|EPERM)/, 'no permission to write it'],
  [/^ENOENT|^ENOTDIR/, 'its folder was not there'],
  [/^E(?:MFILE|NFILE)/, 'too many open files'],
];

/**
 * Why a commit to, or an opening of, the recording at `path` failed, where it may succeed later;
 * undefined where it is not such a failure.
 */
export function pauseReason(thrown: unknown, path: string): string | undefined {
  const code = codeOf(thrown);
  if (code === undefined) return undefined;
  // SQLite says both of these for a read-only file system, a permission, and a folder that has gone.
  const known = /^SQLITE_(?:READONLY|CANTOPEN)/.test(code) ? (obstacleTo(path) ?? code) : code;
  const named = REASONS.find(([pattern]) => pattern.test(known))?.[1];
  if (named !== undefined) return named;
  if (code.startsWith('SQLITE_READONLY')) return 'the file could not be written';
  if (code.startsWith('SQLITE_CANTOPEN')) return 'the file could not be opened';
  return undefined;
}

function codeOf(thrown: unknown): string | undefined {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string') return at.code;
  }
  return undefined;
}

/** The code with which the system forbids to write the file or its folder. */
function obstacleTo(path: string): string | undefined {
  for (const place of [dirname(path), path]) {
    try {
      accessSync(place, constants.W_OK);
    } catch (thrown) {
      return codeOf(thrown);
    }
  }
  return undefined;
}
