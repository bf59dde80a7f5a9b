/** Parquet files, as DuckDB reads them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Rows } from '../../bench/fleetEngines.ts';
import {
  compressionOf,
  type ParquetColumn,
  parquetBytes,
  parquetMetadataOf,
} from '../../src/output/parquet.ts';
import type { Row } from '../../src/output/table.ts';
import { openDuckDb } from '../fleet/duckdb.ts';
import { temporaryFolder } from '../recording/tapes.ts';

const ALL: readonly ParquetColumn[] = [
  { name: 'i', type: 'int32' },
  { name: 'n', type: 'int64', optional: true },
  { name: 'd', type: 'double', optional: true },
  { name: 't', type: 'text', optional: true },
  { name: 'at', type: 'time', optional: true },
  { name: 'b', type: 'boolean', optional: true },
];

const MIDNIGHT = Date.parse('2026-11-23T00:00:00Z');

/** The path of a file of rows. */
function fileOf(columns: readonly ParquetColumn[], rows: Iterable<Row>, metadata: object = {}) {
  const path = join(temporaryFolder(), 'a.parquet');
  writeFileSync(path, Buffer.concat([...parquetBytes(columns, rows, metadata)]));
  return path;
}

async function read(columns: readonly ParquetColumn[], rows: Iterable<Row>): Promise<Rows> {
  const path = fileOf(columns, rows);
  return (await openDuckDb()).rows(`SELECT * FROM '${path}'`);
}

describe('a Parquet file', () => {
  it('holds each kind of cell, and none', async () => {
    const rows = [
      [1, 2 ** 53 - 1, 0.1, 'a "text",\nof Ünicode', MIDNIGHT + 123, true],
      [-2, 2n ** 62n, -0.5, '', MIDNIGHT, 0],
      [3, null, null, null, null, null],
    ];
    expect(await read(ALL, rows)).toEqual([
      {
        ...{ i: 1, n: '9007199254740991', d: 0.1, t: 'a "text",\nof Ünicode' },
        ...{ at: '2026-11-23 00:00:00.123', b: true },
      },
      { i: -2, n: `${2n ** 62n}`, d: -0.5, t: '', at: '2026-11-23 00:00:00', b: false },
      { i: 3, n: null, d: null, t: null, at: null, b: null },
    ]);
  });

  it('says of each column what it holds, and whether it may hold nothing', async () => {
    const path = fileOf(ALL, []);
    const db = await openDuckDb();
    const told = await db.rows(
      `SELECT name, type, repetition_type AS may, converted_type AS as_type FROM parquet_schema('${path}') WHERE type IS NOT NULL`,
    );
    expect(told.map(({ name, type, may, as_type }) => [name, type, may, as_type])).toEqual([
      ['i', 'INT32', 'REQUIRED', null],
      ['n', 'INT64', 'OPTIONAL', null],
      ['d', 'DOUBLE', 'OPTIONAL', null],
      ['t', 'BYTE_ARRAY', 'OPTIONAL', 'UTF8'],
      ['at', 'INT64', 'OPTIONAL', 'TIMESTAMP_MILLIS'],
      ['b', 'BOOLEAN', 'OPTIONAL', null],
    ]);
    expect(await db.rows(`SELECT count(*) AS n FROM '${path}'`)).toEqual([{ n: '0' }]);
  });

  it('holds more rows than a group, in their order', async () => {
    const count = 100_001;
    function* rows(): Generator<Row> {
      for (let number = 0; number < count; number++) yield [number, number % 3 ? number : null];
    }
    const path = fileOf(ALL.slice(0, 2), rows());
    const db = await openDuckDb();
    const groups = await db.rows(
      `SELECT count(DISTINCT row_group_id) AS n FROM parquet_metadata('${path}')`,
    );
    expect(groups).toEqual([{ n: '4' }]);
    const sums = `SELECT count(*) AS n, sum(n) AS s, bool_and(i = file_row_number) AS ordered
      FROM read_parquet('${path}', file_row_number = true)`;
    // 1 + 2 + … + 100,000, without the multiples of 3: 3 · (1 + … + 33,333).
    const sum = (100_000 * 100_001) / 2 - (3 * 33_333 * 33_334) / 2;
    expect(await db.rows(sums)).toEqual([{ n: `${count}`, s: `${sum}`, ordered: true }]);
  });

  it('has the greatest integer for what is greater, and nothing for what is no number', async () => {
    const columns = ALL.slice(1, 3);
    const rows = [
      [2n ** 64n, Number.NaN],
      [1, Number.POSITIVE_INFINITY],
    ];
    expect(await read(columns, rows)).toEqual([
      { n: `${2n ** 63n - 1n}`, d: null },
      { n: '1', d: null },
    ]);
  });

  it.each([
    ['ZSTD', zlib],
    ['SNAPPY', {}],
  ])('is compressed as %s where Node has that', async (codec, node) => {
    const path = join(temporaryFolder(), 'a.parquet');
    const rows = [[1, 2, 3, 'a'.repeat(1000), MIDNIGHT, true]];
    writeFileSync(path, Buffer.concat([...parquetBytes(ALL, rows, {}, compressionOf(node))]));
    const db = await openDuckDb();
    const told = await db.rows(`SELECT DISTINCT compression AS c FROM parquet_metadata('${path}')`);
    expect(told).toEqual([{ c: codec }]);
    expect(await db.rows(`SELECT length(t) AS n FROM '${path}'`)).toEqual([{ n: '1000' }]);
  });

  it('is compressed: of cells that are alike less than a byte each', () => {
    const rows = Array.from({ length: 50_000 }, () => [7, 7, 7, 'seven', MIDNIGHT, true]);
    expect(readFileSync(fileOf(ALL, rows)).length).toBeLessThan(50_000);
  });
});

describe('the metadata of a Parquet file', () => {
  it('comes back as it was given', async () => {
    const given = { schema: 1, relay: 'Ünicode "quoted"', tape: { seq: 3 } };
    expect(await parquetMetadataOf(fileOf(ALL, [[1, 2, 3, 'a', 4, true]], given))).toEqual(given);
  });

  it('is none where the file is another, or cut off, and unknown where there is none', async () => {
    const whole = fileOf(ALL, [[1, 2, 3, 'a', 4, true]], { schema: 1 });
    const bytes = readFileSync(whole);
    const cut = `${whole}.cut`;
    writeFileSync(cut, bytes.subarray(0, bytes.length - 20));
    const other = `${whole}.other`;
    writeFileSync(other, 'a text');
    const foreign = `${whole}.foreign`;
    await (await openDuckDb()).run(`COPY (SELECT 1 AS a) TO '${foreign}' (FORMAT parquet)`);
    for (const path of [cut, other, foreign]) expect(await parquetMetadataOf(path)).toBeNull();
    expect(await parquetMetadataOf(`${whole}.none`)).toBeUndefined();
  });
});
