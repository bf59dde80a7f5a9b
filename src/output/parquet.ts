/**
 * A table as an Apache Parquet file: columns of one type each, in row groups, compressed.
 * Owns how cells become values of a file, and its metadata; the bytes are hyparquet-writer's.
 */
import { statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import * as zlib from 'node:zlib';
import { parquetMetadataAsync } from 'hyparquet';
import {
  ByteWriter,
  type ColumnSource,
  ParquetWriter,
  schemaFromColumnData,
} from 'hyparquet-writer';
import type { Cell, Row } from './table.ts';

/**
 * - `int32`, `int64`: exact integers;
 * - `double`: any number;
 * - `text`: UTF-8;
 * - `time`: milliseconds since the epoch, as TIMESTAMP_MILLIS in UTC;
 * - `boolean`: a boolean, or 0 and 1 as SQLite gives them.
 */
export type ParquetType = 'int32' | 'int64' | 'double' | 'text' | 'time' | 'boolean';

export interface ParquetColumn {
  readonly name: string;
  readonly type: ParquetType;
  /** Whether a cell may be `null`; without it every row has a value. */
  readonly optional?: boolean;
}

/** Rows of a group: a few megabytes of cells, and enough that compression finds what is alike. */
const GROUP_ROWS = 32_768;

/** What a file's own column type is called by the writer. */
const WRITTEN_AS = {
  int32: 'INT32',
  int64: 'INT64',
  double: 'DOUBLE',
  text: 'STRING',
  time: 'TIMESTAMP',
  boolean: 'BOOLEAN',
} as const;

/** The greatest integer of 64 bits: what comes to more stands as that. */
const MOST = 2n ** 63n - 1n;

/** The latest and, negative, the earliest time that a `Date` has: engines read no others. */
const LATEST_MS = 8.64e15;

/** The key of the file's metadata under which ours stands. */
const METADATA_KEY = 'conntape';

/** How the pages of a file are compressed. */
export type Compression = Pick<
  ConstructorParameters<typeof ParquetWriter>[0],
  'codec' | 'compressors'
>;

/** Zstandard where Node has it, from 22.15 on; before that Snappy, which the writer brings. */
export function compressionOf({ zstdCompressSync: zstd }: Partial<typeof zlib>): Compression {
  if (zstd === undefined) return { codec: 'SNAPPY' };
  return { codec: 'ZSTD', compressors: { ZSTD: (bytes) => zstd(bytes) } };
}

/**
 * The file's bytes, a row group at a time; of no rows a file with its columns alone.
 * @param rows cells in the order of the columns.
 * @param metadata kept in the file as JSON (`parquetMetadataOf`).
 */
export function* parquetBytes(
  columns: readonly ParquetColumn[],
  rows: Iterable<Row>,
  metadata: object,
  compression: Compression = compressionOf(zlib),
): Generator<Uint8Array, void> {
  const bytes = new ByteWriter();
  const group = columns.map((column) => new GroupColumn(column));
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: group.map((column) => column.typed) }),
    kvMetadata: [{ key: METADATA_KEY, value: JSON.stringify(metadata) }],
    createdBy: METADATA_KEY,
    ...compression,
  });
  let count = 0;
  const closeGroup = () => {
    // Done when it returns, as a writer into memory has nothing to wait for.
    void file.write({
      columnData: group.map((column) => column.taken()),
      rowGroupSize: GROUP_ROWS,
    });
    count = 0;
    return written(bytes);
  };
  for (const row of rows) {
    for (let place = 0; place < group.length; place++) group[place]!.add(row[place] ?? null);
    if (++count === GROUP_ROWS) yield closeGroup();
  }
  if (count > 0) yield closeGroup();
  void file.finish();
  yield written(bytes);
}

/** What was written since the last time; where it stands in the file the writer goes on counting. */
function written(bytes: ByteWriter): Uint8Array {
  const since = bytes.getBytes().slice();
  bytes.index = 0;
  return since;
}

/** A column of the row group that is being filled. */
class GroupColumn {
  readonly #column: ParquetColumn;
  readonly #valueOf: (cell: Exclude<Cell, null>) => unknown;
  #values: unknown[] = [];

  constructor(column: ParquetColumn) {
    this.#column = column;
    this.#valueOf = VALUES[column.type];
  }

  add(cell: Cell): void {
    this.#values.push(cell === null ? null : this.#valueOf(cell));
  }

  /** The column with its type, for the schema. */
  get typed(): ColumnSource {
    const { name, type, optional } = this.#column;
    return { name, type: WRITTEN_AS[type], nullable: optional === true, data: [] };
  }

  /** The column with its values, which are gone from here. */
  taken(): ColumnSource {
    const data = this.#values;
    this.#values = [];
    return { name: this.#column.name, data };
  }
}

const VALUES: Readonly<Record<ParquetType, (cell: Exclude<Cell, null>) => unknown>> = {
  int32: Number,
  int64: integer,
  double: (cell) => (Number.isFinite(Number(cell)) ? Number(cell) : null),
  text: String,
  time: (cell) => integer(Math.max(-LATEST_MS, Math.min(LATEST_MS, Number(cell)))),
  boolean: Boolean,
};

function integer(cell: Exclude<Cell, null>): bigint {
  const value = typeof cell === 'bigint' ? cell : BigInt(Math.round(Number(cell)));
  return value > MOST ? MOST : value;
}

/**
 * What `parquetBytes` was given as a file's metadata; undefined where there is no file, null where it is
 * not one of those, or not whole. Reads the end of the file alone.
 */
export async function parquetMetadataOf(path: string): Promise<unknown> {
  const size = sizeOf(path);
  if (typeof size !== 'number') return size;
  const file = await open(path);
  try {
    const slice = async (from: number, to = size) => {
      const bytes = new Uint8Array(Math.max(0, to - from));
      await file.read(bytes, 0, bytes.length, from);
      return bytes.buffer;
    };
    const { key_value_metadata: values } = await parquetMetadataAsync({ byteLength: size, slice });
    const text = values?.find(({ key }) => key === METADATA_KEY)?.value;
    return text === undefined ? null : JSON.parse(text);
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/** Null for what is not a file, or cannot be looked at; undefined where there is nothing. */
function sizeOf(path: string): number | null | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? undefined : stats.isFile() ? stats.size : null;
  } catch {
    return null;
  }
}
