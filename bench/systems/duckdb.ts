/**
 * DuckDB, as a file of its own and over Parquet.
 * Owns how it is set up, which bench/README.md says; the questions are questions.ts's.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { asymmetrySql, lifetimesSql } from '../questions.ts';
import { answerOf, type Place, type System } from '../system.ts';

/** The largest line of a transcript: 40,000 entries take 3 MB. */
const MAX_LINE = 16 * 2 ** 20;

const COLUMNS = `
  at_ms BIGINT, conn_id BIGINT, circ_id BIGINT, or_id VARCHAR, ip VARCHAR, port USMALLINT,
  l_port USMALLINT, type_flags VARCHAR, read_bytes BIGINT, written_bytes BIGINT, uptime_s BIGINT`;

/** The lines of a transcript, read and taken apart by DuckDB itself, on all its threads. */
function polledSql(transcript: string): string {
  const fields = ['BIGINT', 'BIGINT', 'VARCHAR', 'VARCHAR', 'USMALLINT', 'USMALLINT', 'VARCHAR'];
  const types = [...fields, 'BIGINT', 'BIGINT', 'BIGINT'];
  const cast = types.map((type, index) => `field[${index + 1}]::${type}`).join(', ');
  return `
SELECT at_ms, ${cast} FROM (
  SELECT at_ms, string_split(line, ' ') AS field FROM (
    SELECT epoch_ms("at"::TIMESTAMP) AS at_ms, unnest(string_split(conn, chr(10))) AS line
    FROM read_json('${transcript}', format = 'newline_delimited',
      columns = {"at": 'VARCHAR', conn: 'VARCHAR'}, maximum_object_size = ${MAX_LINE})
    WHERE conn IS NOT NULL
  )
)`;
}

const ENTRY = `
  SELECT conn_id, circ_id, min(type_flags) AS type_flags, max(at_ms) AS last_ms,
    min(at_ms) - arg_min(uptime_s, at_ms) * 1000 AS opened_ms
  FROM observation GROUP BY conn_id, circ_id`;

const OBSERVATION = `
  SELECT conn_id AS entry_key, circ_id, at_ms, read_bytes, written_bytes, uptime_s
  FROM main.observation WHERE circ_id <> 0`;

function percentile(share: number): string {
  return `quantile_cont(lived_s, ${share}) FILTER (is_closed)`;
}

/** What an instance does with its connection, closed afterwards. */
async function within(
  path: string,
  action: (connection: DuckDBConnection) => Promise<unknown>,
): Promise<undefined> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run('SET autoinstall_known_extensions = false');
  await action(connection);
  connection.closeSync();
  instance.closeSync();
}

/** Reads all of a result, column by column; the values stay DuckDB's. */
async function drain(connection: DuckDBConnection, sql: string): Promise<void> {
  const result = await connection.stream(sql);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
  }
}

/** Its threads and its built-in functions, whatever is asked. */
async function start(): Promise<void> {
  await within(':memory:', (connection) => connection.run('SELECT 1'));
}

interface Storage {
  readonly title: string;
  readonly file: string;
  /** Makes the file of a transcript. */
  make(place: Place): Promise<undefined>;
  /** Opens it, so that `observation` and `snapshot` are there. */
  open(
    place: Place,
    action: (connection: DuckDBConnection) => Promise<unknown>,
  ): Promise<undefined>;
}

function over({ title, file, make, open }: Storage): System {
  const asking = (question: string, sql: (place: Place) => string) => async (place: Place) => () =>
    open(place, (connection) =>
      connection.run(`COPY (${sql(place)}) TO '${answerOf(place, question)}' (FORMAT csv, HEADER)`),
    );
  return {
    title,
    keeps: [file],
    start,
    steps: {
      import: async (place) => () => {
        rmSync(join(place.folder, file), { force: true });
        return make(place);
      },
      replay: async (place) => () =>
        open(place, (connection) =>
          drain(connection, 'SELECT * FROM observation ORDER BY at_ms, conn_id, circ_id'),
        ),
      instant: async (place) => () =>
        open(place, (connection) =>
          drain(
            connection,
            'SELECT * FROM observation WHERE at_ms = (SELECT max(at_ms) FROM snapshot) ORDER BY conn_id, circ_id',
          ),
        ),
      lifetimes: asking('lifetimes', ({ interval }) => lifetimesSql(ENTRY, interval, percentile)),
      asymmetry: asking('asymmetry', () => asymmetrySql(OBSERVATION)),
    },
  };
}

export const duckdb = over({
  title: 'DuckDB',
  file: 'observations.duckdb',
  make: ({ folder, transcript }) =>
    within(join(folder, 'observations.duckdb'), async (connection) => {
      await connection.run(`CREATE TABLE observation (${COLUMNS})`);
      await connection.run(`INSERT INTO observation ${polledSql(transcript)}`);
      await connection.run('CREATE TABLE snapshot AS SELECT DISTINCT at_ms FROM observation');
      await connection.run('CHECKPOINT');
    }),
  open: ({ folder }, action) => within(join(folder, 'observations.duckdb'), action),
});

function parquet(title: string, order: string): System {
  const file = 'observations.parquet';
  return over({
    title,
    file,
    make: ({ folder, transcript }) =>
      within(':memory:', async (connection) => {
        await connection.run(`CREATE TABLE observation (${COLUMNS})`);
        await connection.run(`INSERT INTO observation ${polledSql(transcript)}`);
        await connection.run(
          `COPY (FROM observation ${order}) TO '${join(folder, file)}' (FORMAT parquet, COMPRESSION zstd)`,
        );
      }),
    open: ({ folder }, action) =>
      within(':memory:', async (connection) => {
        const path = join(folder, file);
        await connection.run(`CREATE VIEW observation AS FROM read_parquet('${path}')`);
        await connection.run('CREATE VIEW snapshot AS SELECT DISTINCT at_ms FROM observation');
        await action(connection);
      }),
  });
}

export const parquetByTime = parquet('Parquet, by time', '');

export const parquetByConnection = parquet(
  'Parquet, by connection',
  'ORDER BY conn_id, circ_id, at_ms',
);
