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
  boundHeap();
  await import('./process.ts');
} else {
  process.stderr.write(
    `conntape: needs Node ${LEAST_NODE_MAJOR} or newer, and this is Node ${node}: install a newer one, or put one first on your PATH\n`,
  );
  process.exitCode = 1;
}

/**
 * Young objects have four megabytes, and old ones two fifths more than they need: half of what V8
 * takes by itself. In the one that it begins with, what a snapshot needs would have grown old before
 * it is over. It takes no such size while it runs, but how much it grows by, which it does where as
 * much as it has room for lives on.
 */
function boundHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=4');
  const living = Array.from({ length: 512 }, () => new Array(512).fill(0));
  if (living.length > 0) setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=40');
}
