/**
 * `npm run bench:fleet`: what ClickHouse makes of a fleet's files, and how long each question of
 * queries/fleet/ takes in it and in DuckDB over the files.
 * Owns the order of things and the tables; the SQL is the package's own.
 *
 *     npm run bench:fleet -- FOLDER [CHDB]
 *
 * FOLDER is what `export --format parquet` wrote; CHDB a folder in which npm's package chdb is
 * installed (npm install chdb@3.4.0, 546 MB, so no dependency), by default CONNTAPE_CHDB's.
 * Ends with 1 where the engines do not answer alike. No figure is ever a failure.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import {
  type Asked,
  alike,
  type Engine,
  FleetSql,
  fillAsked,
  type Rows,
  startClickHouse,
  startDuckDb,
} from './fleetEngines.ts';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

/** Of each question; the median counts. */
const RUNS = 5;

/** In no workload, as it is kept for documents. */
const NOBODYS = '203.0.113.255';

/** Says which relay and day a part is of, without reading it. */
const PART = /^(\w+)[/\\]relay=([0-9A-F]{40})[/\\]day=[0-9-]{10}[/\\]part\.parquet$/;

interface Spent {
  readonly wallMs: number;
  /** Of all threads of this process. */
  readonly cpuMs: number;
}

async function spent(action: () => Promise<unknown>): Promise<Spent> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  await action();
  const wallMs = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

async function duckDbOver(sql: FleetSql): Promise<Engine> {
  const engine = await startDuckDb();
  await sql.run(engine, 'queries/fleet/duckdb.sql', 'queries/fleet/views.sql');
  return engine;
}

/** Also what the engine does behind an import: it puts parts together for a while. */
async function importFiles(engine: Engine, sql: FleetSql): Promise<void> {
  await sql.run(engine, 'migrations/clickhouse/import.sql');
  const merging = 'SELECT count() AS merges FROM system.merges';
  while (Number((await engine.rows(merging))[0]!['merges']) > 0) await sleep(100);
}

/** An hour in the midst of what was observed, and an address that was seen in it by few connections. */
async function asked(engine: Engine): Promise<Asked> {
  const [hour] = await engine.rows(`
    SELECT strftime(began, '%Y-%m-%d %H:%M:%S') AS "from",
      strftime(began + INTERVAL 1 HOUR, '%Y-%m-%d %H:%M:%S') AS "to"
    FROM (SELECT date_trunc('hour', quantile_disc(minute, 0.5)) AS began FROM load WHERE observed_s > 0)`);
  const { from, to } = hour as Pick<Asked, 'from' | 'to'>;
  const [found] = await engine.rows(`
    SELECT ip FROM lives
    WHERE is_connection AND or_id <> '0' AND ip <> '0' AND last_seen >= '${from}' AND first_seen < '${to}'
    GROUP BY ip ORDER BY count(*), ip LIMIT 1`);
  if (found === undefined) throw new Error(`no address of a relay from ${from} to ${to}`);
  return { from, to, address: String(found['ip']) };
}

interface Answered {
  readonly rows: Rows;
  readonly wallMs: number;
  readonly cpuMs: number;
}

async function answered(engine: Engine, text: string, about: Asked) {
  await fillAsked(engine, about);
  let rows: Rows = [];
  const all: Spent[] = [];
  while (all.length < RUNS) {
    all.push(
      await spent(async () => {
        rows = (await engine.rows(text)).map(alike);
      }),
    );
  }
  const answer: Answered = {
    rows,
    wallMs: median(all.map(({ wallMs }) => wallMs)),
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
  };
  return answer;
}

function peakMb(): number {
  const status = readFileSync('/proc/self/status', 'utf8');
  return (Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}

function grouped(number: number): string {
  return Math.round(number).toLocaleString('en-US');
}

function perRow(bytes: number, rows: number): string {
  return rows === 0 ? '' : (bytes / rows).toFixed(1);
}

/** Rows and bytes of each table, as files and in ClickHouse. */
async function printSizes(
  clickHouse: Engine,
  duckDb: Engine,
  parts: readonly string[],
  files: string,
) {
  const tables = [...new Set(parts.map((part) => PART.exec(part)![1]!))].sort();
  console.log('| table | rows | files, bytes | a row | ClickHouse, bytes | a row |');
  console.log('|---|---:|---:|---:|---:|---:|');
  for (const table of tables) {
    const [file] = await duckDb.rows(
      `SELECT CAST(sum(size) AS DOUBLE) AS size FROM read_blob('${files}/${table}/*/*/part.parquet')`,
    );
    const [stored] = await clickHouse.rows(
      `SELECT toFloat64(sum(rows)) AS row_count, toFloat64(sum(bytes_on_disk)) AS size FROM system.parts
       WHERE active AND database = 'fleet' AND table = '${table}'`,
    );
    const [rows, ours, theirs] = [stored!['row_count'], file!['size'], stored!['size']].map(Number);
    console.log(
      `| ${table} | ${grouped(rows!)} | ${grouped(ours!)} | ${perRow(ours!, rows!)} | ${grouped(theirs!)} | ${perRow(theirs!, rows!)} |`,
    );
  }
}

async function printAnswers(
  clickHouse: Engine,
  duckDb: Engine,
  sql: FleetSql,
  what: Asked,
): Promise<void> {
  console.log('| question | rows | ClickHouse, ms | CPU | DuckDB over the files, ms | CPU |');
  console.log('|---|---:|---:|---:|---:|---:|');
  const questions = readdirSync(join(PACKAGE, 'queries/fleet'))
    .filter((name) => name !== 'views.sql' && name !== 'duckdb.sql')
    .sort();
  const differing: string[] = [];
  const asks = questions.map((question) => [question, question, what] as const);
  const nobodys = { ...what, address: NOBODYS };
  asks.push(['address.sql', 'address.sql, of an address that nobody saw', nobodys]);
  for (const [question, said, about] of asks) {
    const [text] = sql.in(`queries/fleet/${question}`);
    const one = await answered(clickHouse, text!, about);
    const other = await answered(duckDb, text!, about);
    if (!isDeepStrictEqual(one.rows, other.rows)) differing.push(said);
    const cells = [one.rows.length, one.wallMs, one.cpuMs, other.wallMs, other.cpuMs].map(grouped);
    console.log(`| ${said} | ${cells.join(' | ')} |`);
  }
  if (differing.length === 0) {
    console.log('\nBoth answer every question with the same rows.');
  } else {
    console.log(`\nNOT AGREED: ${differing.join(', ')}.`);
    process.exitCode = 1;
  }
}

function machine(): string {
  const cores = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${cores.length} × ${cores[0]?.model}, ${memory}, Node ${process.version}`;
}

async function main(): Promise<void> {
  const { positionals } = parseArgs({ allowPositionals: true });
  const [named, chdb = process.env['CONNTAPE_CHDB']] = positionals;
  if (named === undefined) throw new Error('name a folder that export --format parquet wrote');
  if (chdb === undefined) throw new Error('name a folder that has chdb, or set CONNTAPE_CHDB');
  const files = resolve(named);
  const parts = readdirSync(files, { recursive: true, encoding: 'utf8' }).filter((path) =>
    PART.test(path),
  );
  const relays = new Set(parts.map((part) => PART.exec(part)![2]));
  const sql = new FleetSql(PACKAGE, files);
  const clickHouse = startClickHouse(chdb);
  try {
    await clickHouse.run('CREATE DATABASE fleet');
    await clickHouse.run('USE fleet');
    await sql.run(clickHouse, 'migrations/clickhouse/0001_fleet.sql');
    const [version] = await clickHouse.rows('SELECT version() AS version');
    const imported = await spent(() => importFiles(clickHouse, sql));
    const peak = peakMb();
    await sql.run(clickHouse, 'queries/fleet/views.sql');
    const duckDb = await duckDbOver(sql);
    const [duck] = await duckDb.rows('SELECT version() AS version');
    const [lives] = await duckDb.rows('SELECT CAST(count(*) AS DOUBLE) AS row_count FROM lives');
    const what = await asked(duckDb);
    console.log(
      `${machine()}, ClickHouse ${version!['version']}, DuckDB ${duck!['version']}; medians of ${RUNS}.\n`,
    );
    console.log(
      `${parts.length} parts of ${relays.size} relays, ${grouped(Number(lives!['row_count']))} lives. The import took ${(imported.wallMs / 1000).toFixed(1)} s, of CPU ${(imported.cpuMs / 1000).toFixed(1)}; the process had ${grouped(peak)} MB at most.\n`,
    );
    await printSizes(clickHouse, duckDb, parts, files);
    console.log(`\nAsked: ${what.from} to ${what.to}, ${what.address}.\n`);
    await printAnswers(clickHouse, duckDb, sql, what);
  } finally {
    clickHouse.close();
  }
}

await main();
