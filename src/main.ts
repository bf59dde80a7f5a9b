#!/usr/bin/env node
/**
 * The program's first step: a Node that can run it, or a sentence that says which can.
 * Owns that check alone. It loads nothing before it, for on an older Node the SQLite binding ends
 * the process without a word; what follows is process.ts's.
 */

import { setFlagsFromString } from 'node:v8';

/** As in package.json's `engines`: what better-sqlite3's binding needs. */
const LEAST_NODE_MAJOR = 22;

const { node } = process.versions;
if (Number.parseInt(node, 10) >= LEAST_NODE_MAJOR) {
  // Young objects have a megabyte, not sixteen times three, and old ones a quarter more than they
  // need: that is a third less memory, and no slower.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=25');
  await import('./process.ts');
} else {
  process.stderr.write(
    `conntape: needs Node ${LEAST_NODE_MAJOR} or newer, and this is Node ${node}: install a newer one, or put one first on your PATH\n`,
  );
  process.exitCode = 1;
}
