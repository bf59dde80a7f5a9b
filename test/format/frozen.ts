/**
 * The recordings of formats that are read for ever (docs/recording-format.md, Formats).
 * Owns where they lie and what is held against them; freeze.ts made them.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

/**
 * What was frozen of each format. Of 4: everything that a transcript may say, its bytes a
 * connection's or those of a circuit on it, and many snapshots. Of 5: a part that was cut out.
 */
export const FROZEN = [
  { format: 4, name: 'connection' },
  { format: 4, name: 'entry' },
  { format: 4, name: 'many' },
  { format: 5, name: 'cut' },
] as const;

/** Tables of `export` that say what the index holds, and change with no report's formula. */
export const FROZEN_TABLES = ['connections', 'gaps', 'info', 'runs', 'snapshots'] as const;

export function frozenFolder(format: number): URL {
  return new URL(`../fixtures/formats/${format}/`, import.meta.url);
}

/** A file of a format, unpacked. */
export function frozenFile(format: number, name: string): Buffer {
  return gunzipSync(readFileSync(new URL(`${name}.gz`, frozenFolder(format))));
}
