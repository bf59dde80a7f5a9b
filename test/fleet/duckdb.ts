/**
 * DuckDB, as another's reader of a fleet's files.
 * Owns that it is closed when a test is over; the connection is bench/fleetEngines.ts's.
 */
import { onTestFinished } from 'vitest';
import { type Engine, startDuckDb } from '../../bench/fleetEngines.ts';

/** A database in memory, closed when the test is over. */
export async function openDuckDb(): Promise<Engine> {
  const engine = await startDuckDb();
  onTestFinished(() => engine.close());
  return engine;
}
