/**
 * The systems that are measured, by the name that the command line has for them.
 * Owns the list and its order; each stands in a file of its own, loaded only in its own process.
 */
import type { System } from './system.ts';

const LOADERS: Readonly<Record<string, () => Promise<System>>> = {
  conntape: async () => (await import('./systems/conntape.ts')).conntape,
  sqlite: async () => (await import('./systems/sqlite.ts')).sqlitePlain,
  normalised: async () => (await import('./systems/sqlite.ts')).sqliteNormalised,
  duckdb: async () => (await import('./systems/duckdb.ts')).duckdb,
  'parquet-time': async () => (await import('./systems/duckdb.ts')).parquetByTime,
  'parquet-connection': async () => (await import('./systems/duckdb.ts')).parquetByConnection,
  brotli5: async () => (await import('./systems/brotli.ts')).brotli5,
  brotli9: async () => (await import('./systems/brotli.ts')).brotli9,
};

export const SYSTEMS: readonly string[] = Object.keys(LOADERS);

/** Loads one; throws where there is none of this name. */
export async function systemOf(name: string): Promise<System> {
  const load = LOADERS[name];
  if (load === undefined) throw new Error(`no system ${name}; there are ${SYSTEMS.join(', ')}`);
  return load();
}
