/**
 * A database of no name, for what is more than memory should hold while one command runs.
 * Owns how it is opened; what is in it is its owner's.
 */
import Database from 'better-sqlite3';
import type { Sqlite } from './sqlite.ts';

/**
 * With a table, and in a transaction that never ends. It is in a file of its own where it outgrows
 * its cache, and gone when it is closed.
 * @param table what makes it, as SQL.
 */
export function openNameless(table: string, cacheKib: number): Sqlite {
  const db = new Database('');
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA temp_store = FILE;
    PRAGMA cache_size = -${cacheKib};
    ${table};
    BEGIN`);
  return db;
}
