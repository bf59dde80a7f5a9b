/**
 * The engines that are asked over a fleet's files, for the bench and the tests alike.
 * Owns how the SQL that ships gets to an engine, and rows out of it; what is asked is their own.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

export type Rows = Record<string, unknown>[];

export interface Engine {
  /** Runs a statement whose rows nobody needs. */
  run(sql: string): Promise<void>;
  /** Rows as JSON has them: what is an integer of 64 bits is a text in some engines. */
  rows(sql: string): Promise<Rows>;
  close(): void;
}

/** DuckDB with a database in memory. */
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

/** What of chdb is used here. */
interface Chdb {
  readonly Session: new (
    folder: string,
  ) => {
    query(sql: string, format?: string): string;
    close(): void;
  };
}

/**
 * ClickHouse in process, with a database of its own on disk, gone when it is closed. A process has one
 * at a time.
 * @param chdb a folder in which npm's package chdb is installed: it is 546 MB, and so no dependency.
 */
export function startClickHouse(chdb: string): Engine {
  const { Session } = createRequire(join(resolve(chdb), 'from.js'))('chdb') as Chdb;
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

/** The SQL that ships, over the files of a folder. */
export class FleetSql {
  readonly #root: string;
  readonly #files: string;

  /** @param root the package's folder. @param files what `export --format parquet` wrote. */
  constructor(root: string, files: string) {
    this.#root = root;
    this.#files = files;
  }

  /** The statements of a file of the package, in their order, without its comments. */
  in(path: string): string[] {
    return readFileSync(join(this.#root, path), 'utf8')
      .replace(/^\s*--.*$/gm, '')
      .split(/;\s*$/m)
      .map((statement) => this.#there(statement.trim()))
      .filter((statement) => statement !== '');
  }

  /** DuckDB's files are named from the folder that it runs in, ClickHouse's from that of its user's files. */
  #there(sql: string): string {
    return sql
      .replaceAll("read_parquet('", `read_parquet('${this.#files}/`)
      .replaceAll("file('fleet/", `file('${this.#files}/`);
  }

  async run(engine: Engine, ...paths: readonly string[]): Promise<void> {
    for (const path of paths) for (const sql of this.in(path)) await engine.run(sql);
  }
}

/** A window, UTC, and an address or a fingerprint. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly address: string;
}

/** Says what the next questions ask. */
export async function fillAsked(engine: Engine, { from, to, address }: Asked): Promise<void> {
  await engine.run('TRUNCATE TABLE asked');
  await engine.run(`INSERT INTO asked VALUES ('${from}', '${to}', '${address}')`);
}

/** Integers of 64 bits are texts in one engine, and times have milliseconds in the other. */
export function alike(row: Rows[number]): Rows[number] {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => {
      if (typeof value !== 'string') return [name, value];
      if (/^-?\d+$/.test(value) && name !== 'relay') return [name, Number(value)];
      return [name, value.replace(/^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.000$/, '$1')];
    }),
  );
}
