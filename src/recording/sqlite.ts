/**
 * A connection to SQLite, as everything in this room is handed it.
 * Owns that type; opening one is store.ts's.
 */
import type Database from 'better-sqlite3';

export type Sqlite = Database.Database;
