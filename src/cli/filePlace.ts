/**
 * Where a command is to put a file: that one can be there.
 * Owns what of a path is a slip of whoever typed it; what the file system has against it besides is
 * for whoever writes there.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ConntapeError } from '../error.ts';
import { isDescriptor, placeOf } from '../recording/files.ts';

interface Fault {
  readonly cause: string;
  readonly hint: string;
}

/**
 * Throws `usage` where no file can be at a path: it is empty or a folder, or its folder is not there.
 * @param operation what would be done, as a gerund.
 */
export function checkFilePlace(operation: string, path: string): void {
  checkIsNoFolder(operation, path);
  const fault = folderFault(path);
  if (fault !== undefined) throw new ConntapeError('usage', { operation, object: path, ...fault });
}

/** Throws `usage` where a path is empty or a folder. @param operation as of `checkFilePlace`. */
export function checkIsNoFolder(operation: string, path: string): void {
  const fault = faultOf(path);
  if (fault !== undefined) throw new ConntapeError('usage', { operation, object: path, ...fault });
}

function faultOf(path: string): Fault | undefined {
  if (path === '') return { cause: 'it has no name', hint: 'name a file' };
  if (!path.endsWith('/') && kindOf(path) !== 'folder') return undefined;
  return { cause: 'it is a folder', hint: 'name a file in it' };
}

/** What is wrong with the folder of a path; undefined where it is there, or may not be looked at. */
export function folderFault(path: string): Fault | undefined {
  // A link may lead into another folder than it lies in.
  for (const folder of [dirname(path), dirname(placeOf(path))]) {
    const kind = kindOf(folder);
    if (kind === 'none') {
      return { cause: `there is no folder ${folder}`, hint: 'make it, or name another' };
    }
    if (kind === 'file' || kind === 'other')
      return { cause: `${folder} is not a folder`, hint: 'name another' };
  }
  return undefined;
}

/** Whether what is at a path is written as it comes, and never replaced: a pipe, /dev/stdout. */
export function isStream(path: string): boolean {
  return kindOf(path) === 'other' || isDescriptor(placeOf(path));
}

/** Undefined where it may not be looked at. */
function kindOf(path: string): 'folder' | 'file' | 'other' | 'none' | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'none';
    if (stats.isFile()) return 'file';
    return stats.isDirectory() ? 'folder' : 'other';
  } catch {
    return undefined;
  }
}
