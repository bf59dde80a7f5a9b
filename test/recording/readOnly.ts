/**
 * Folders in which nothing may be written, and the program run by one who may read them.
 * Owns who that is; what lies there is the test's.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './tapes.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Who may read what others wrote and write nothing of theirs. */
const NOBODY = 65_534;

/** Runs the program as a user who may read the folder, and nothing else. */
export function runReading(args: readonly string[], temporary: string) {
  const isRoot = process.getuid?.() === 0;
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, TMPDIR: temporary },
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  return { code: status, stdout, stderr };
}

/** Where the program lies in a folder of root's own, nobody else can start it. */
export const IS_STARTABLE = runReading(['--version'], tmpdir()).code === 0;

/** A folder for reading only, with what `fill` puts into it, and one for temporary files. */
export function readOnly(fill: (folder: string) => void) {
  const outer = temporaryFolder();
  chmodSync(outer, 0o755);
  const [folder, temporary] = [join(outer, 'read'), join(outer, 'temporary')];
  mkdirSync(folder);
  mkdirSync(temporary);
  chmodSync(temporary, 0o777);
  fill(folder);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o444);
  chmodSync(folder, 0o555);
  onTestFinished(() => chmodSync(folder, 0o755));
  return { folder, temporary };
}
