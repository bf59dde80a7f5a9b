/**
 * The questions of queries/fleet/ as an engine is asked them, over a fleet's files.
 * Owns which files an engine is made ready with; how SQL gets to it is bench/fleetEngines.ts's, what is
 * asked the tests'.
 */
import { fileURLToPath } from 'node:url';
import {
  type Asked,
  alike,
  type Engine,
  FleetSql,
  fillAsked,
  type Rows,
  startClickHouse,
  startDuckDb,
} from '../../bench/fleetEngines.ts';
import { CHDB } from './clickHouse.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const IMPORT = 'migrations/clickhouse/import.sql';

export type EngineName = 'duckdb' | 'clickhouse';

/** The rows of a question's answer, which is one statement. */
export async function answerOf(engine: Engine, question: string, asked: Asked): Promise<Rows> {
  await fillAsked(engine, asked);
  return (await engine.rows(statementsOf(question)[0]!)).map(alike);
}

/** The statements of a question. */
export function statementsOf(question: string): string[] {
  return new FleetSql(ROOT, '').in(`queries/fleet/${question}`);
}

/** Each engine with a fleet's files, ready to be asked. */
export const STARTING: Readonly<Record<EngineName, (files: string) => Promise<Engine>>> = {
  duckdb: async (files) => {
    const engine = await startDuckDb();
    const sql = new FleetSql(ROOT, files);
    await sql.run(engine, 'queries/fleet/duckdb.sql', 'queries/fleet/views.sql');
    return engine;
  },
  clickhouse: async (files) => {
    const engine = startClickHouse(CHDB!);
    for (const sql of ['CREATE DATABASE fleet', 'USE fleet']) await engine.run(sql);
    const sql = new FleetSql(ROOT, files);
    await sql.run(
      engine,
      'migrations/clickhouse/0001_fleet.sql',
      IMPORT,
      'queries/fleet/views.sql',
    );
    return engine;
  },
};

export async function importFiles(engine: Engine, files: string): Promise<void> {
  await new FleetSql(ROOT, files).run(engine, IMPORT);
}

/** The statements of the import, in their order. */
export function importOf(files: string): string[] {
  return new FleetSql(ROOT, files).in(IMPORT);
}
