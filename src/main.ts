#!/usr/bin/env node
/**
 * The program's first step: a Node that can run it, or a sentence that says which can.
 * Owns that check alone. It loads nothing before it, for on an older Node the SQLite binding ends
 * the process without a word; what follows is process.ts's.
 */

/** As in package.json's `engines`: what better-sqlite3's binding needs. */
const LEAST_NODE_MAJOR = 22;

const { node } = process.versions;
if (Number.parseInt(node, 10) >= LEAST_NODE_MAJOR) {
  const { boundHeap } = await import('./heap.ts');
  boundHeap();
  await import('./process.ts');
} else {
  process.stderr.write(
    `conntape: needs Node ${LEAST_NODE_MAJOR} or newer, and this is Node ${node}: install a newer one, or put one first on your PATH\n`,
  );
  process.exitCode = 1;
}
