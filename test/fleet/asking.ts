/**
 * The questions of queries/fleet/ as an engine is asked them, over a fleet's files.
 * Owns how the SQL that ships gets to an engine, and answers back; what is asked is the tests'.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startClickHouse } from './clickHouse.ts';
import { type Engine, type Rows, startDuckDb } from './duckdb.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export type EngineName = 'duckdb' | 'clickhouse';

/** A window, UTC, and an address or a fingerprint. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly address: string;
}

/** The statements of a file, without its comments. */
export function statementsIn(path: string): string[] {
  return readFileSync(join(ROOT, path), 'utf8')
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

/** The rows of a question's answer. */
export async function answerOf(
  engine: Engine,
  question: string,
  { from, to, address }: Asked,
): Promise<Rows> {
  await engine.run('TRUNCATE TABLE asked');
  await engine.run(`INSERT INTO asked VALUES ('${from}', '${to}', '${address}')`);
  const [text] = statementsIn(`queries/fleet/${question}`);
  return (await engine.rows(text!)).map(alike);
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

/** Each engine with a fleet's files, ready to be asked. */
export const STARTING: Readonly<Record<EngineName, (files: string) => Promise<Engine>>> = {
  duckdb: async (files) => {
    const engine = await startDuckDb();
    // Its files are named from the folder that it runs in.
    const there = (sql: string) => sql.replaceAll("read_parquet('", `read_parquet('${files}/`);
    for (const sql of statementsIn('queries/fleet/duckdb.sql')) await engine.run(there(sql));
    for (const sql of statementsIn('queries/fleet/views.sql')) await engine.run(sql);
    return engine;
  },
  clickhouse: async (files) => {
    const engine = startClickHouse();
    for (const sql of ['CREATE DATABASE fleet', 'USE fleet']) await engine.run(sql);
    for (const sql of statementsIn('migrations/clickhouse/0001_fleet.sql')) await engine.run(sql);
    await importFiles(engine, files);
    for (const sql of statementsIn('queries/fleet/views.sql')) await engine.run(sql);
    return engine;
  },
};

export async function importFiles(engine: Engine, files: string): Promise<void> {
  for (const sql of importOf(files)) await engine.run(sql);
}

/** The statements of the import, in their order. */
export function importOf(files: string): string[] {
  return statementsIn('migrations/clickhouse/import.sql').map((sql) =>
    sql.replaceAll("file('fleet/", `file('${files}/`),
  );
}
