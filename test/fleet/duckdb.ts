/**
 * DuckDB, as another's reader of a fleet's files.
 * Owns the connection and how rows come out of it; what is asked is the tests'.
 */
import { DuckDBInstance } from '@duckdb/node-api';
import { onTestFinished } from 'vitest';

export type Rows = Record<string, unknown>[];

export interface Engine {
  /** Runs a statement whose rows nobody needs. */
  run(sql: string): Promise<void>;
  /** Rows as JSON has them: what is an integer of 64 bits is a text in some engines. */
  rows(sql: string): Promise<Rows>;
  close(): void;
}

/** A database in memory, closed when the test is over. */
export async function openDuckDb(): Promise<Engine> {
  const engine = await startDuckDb();
  onTestFinished(() => engine.close());
  return engine;
}

/** A database in memory. */
export async function startDuckDb(): Promise<Engine> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  return {
    close: () => {
      connection.closeSync();
      instance.closeSync();
    },
    run: async (sql) => {
      await connection.run(sql);
    },
    rows: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson() as Rows,
  };
}
