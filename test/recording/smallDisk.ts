/**
 * A disk that is soon full.
 * Owns the file system in memory, which goes when the test is over.
 */
import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './tapes.ts';

/**
 * A folder on a file system of its own; undefined, and said loudly, where this user may mount none.
 * @param size as mount takes it: `1m`.
 */
export function smallDisk(size: string): string | undefined {
  const folder = temporaryFolder();
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]);
  if (mounted.status !== 0) {
    process.stderr.write('NOT TRIED: a full disk, for no file system could be mounted here\n');
    return undefined;
  }
  onTestFinished(() => {
    spawnSync('umount', ['-l', folder]);
  });
  return folder;
}
