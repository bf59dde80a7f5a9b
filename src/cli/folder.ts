/**
 * Folders on a command line.
 * Owns what is one, and that those are there that a command writes into; the files in them are outputFile.ts's.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConntapeError, messageOf } from '../error.ts';

/** Makes a folder, and those above it, where they are not there. Throws `usage` where it cannot be. */
export function makeFolder(dir: string): void {
  try {
    makeWithAbove(resolve(dir));
  } catch (thrown) {
    const cause = messageOf(thrown);
    const hint = 'name a folder that is there, or that can be made';
    const parts = { operation: 'making the folder', object: dir, cause, hint };
    throw new ConntapeError('usage', parts, { cause: thrown });
  }
}

/** Node's own way, `recursive`, never ends where a file system has no room for it. */
function makeWithAbove(path: string): void {
  if (isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) makeWithAbove(above);
  try {
    mkdirSync(path);
  } catch (thrown) {
    // Another process may have made it meanwhile.
    if (isFolder(path)) return;
    throw existsSync(path) ? new Error(`${path} is a file`, { cause: thrown }) : thrown;
  }
}

/** Whether there is a folder at a path. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
