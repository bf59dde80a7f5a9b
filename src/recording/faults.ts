/**
 * What a file system says of a path that cannot be a recording, in an operator's words.
 * Owns the words and the next step; what is done at the path is store.ts's.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConntapeError, messageOf } from '../error.ts';

interface Fault {
  readonly cause: string;
  readonly hint?: string;
}

const FAULTS: Readonly<Record<string, Fault>> = {
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
