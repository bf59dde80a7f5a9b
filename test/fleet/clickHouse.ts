/**
 * ClickHouse in process, from npm's package chdb, where CONNTAPE_CHDB names a folder that it is
 * installed in: it is 546 MB, and so no dependency of this package, not even of its development.
 * Owns the session and how rows come out of it; what is asked is the tests'.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Engine, Rows } from './duckdb.ts';

/** What of chdb is used here. */
interface Chdb {
  readonly Session: new (
    folder: string,
  ) => {
    query(sql: string, format?: string): string;
    close(): void;
  };
}

const FOLDER = process.env['CONNTAPE_CHDB'];

/** Whether there is a ClickHouse. Says so on stderr where not, and throws where CI must have it. */
export function clickHouseHere(): boolean {
  if (FOLDER !== undefined) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('CONNTAPE_CHDB is missing');
  console.warn(
    'NOT TESTED: ClickHouse. It needs npm’s package chdb (546 MB) in a folder that CONNTAPE_CHDB names.',
  );
  return false;
}

/** A database of its own on disk, gone when it is closed. A process has one at a time. */
export function startClickHouse(): Engine {
  const { Session } = createRequire(join(resolve(FOLDER!), 'from.js'))('chdb') as Chdb;
  const folder = mkdtempSync(join(tmpdir(), 'conntape-clickhouse-'));
  const session = new Session(folder);
  return {
    close: () => {
      session.close();
      rmSync(folder, { recursive: true, force: true });
    },
    run: async (sql) => {
      session.query(sql);
    },
    rows: async (sql) => {
      const text = session.query(sql, 'JSONEachRow');
      const lines = text.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line)) as Rows;
    },
  };
}
