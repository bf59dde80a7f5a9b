/**
 * Tables to where the user wants them: `--format`, `--output`, `--excel`.
 * Owns the options and the stream; how a table becomes text is output/'s.
 */
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import { ConntapeError, messageOf } from '../error.ts';
import { TABLE_FORMATS, type TableFormat, writeTable, writeText } from '../output/write.ts';
import type { Row, Table } from '../reports/report.ts';
import type { Io, Output } from './io.ts';

export interface TableOptions {
  readonly format?: TableFormat;
  readonly output?: string;
  readonly excel?: boolean;
}

export function addTableOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--format <format>',
        'how to print it (default: table, csv with --output or --excel)',
      ).choices(TABLE_FORMATS),
    )
    .option('--output <file>', 'write to a file instead of standard output')
    .option(
      '--excel',
      'CSV for a spreadsheet: byte order mark, its form of times, long integers as text',
    );
}

/** Writes a table as the options ask. Throws `usage` where the file cannot be made. */
export async function printTable(table: Table, options: TableOptions, io: Io): Promise<void> {
  const isFile = options.output !== undefined || options.excel === true;
  const format = options.format ?? (isFile ? 'csv' : 'table');
  const excel = options.excel === true;
  if (options.output === undefined) {
    await writeTable(table, format, io.stdout, { excel, terminalWidth: widthOf(io.stdout) });
  } else {
    await intoFile(options.output, (stream) => writeTable(table, format, stream, { excel }));
  }
}

/**
 * Writes several tables, one after another: as tables under their names, or as ndjson whose rows
 * begin with the name of theirs. Throws `usage` for formats that hold one table only.
 */
export async function printTables(
  tables: readonly Table[],
  options: TableOptions,
  io: Io,
): Promise<void> {
  const format = options.excel === true ? 'csv' : (options.format ?? 'table');
  if (format === 'csv' || format === 'json') {
    throw new ConntapeError('usage', {
      operation: 'printing all reports',
      cause: `${format} holds one table`,
      hint: 'conntape export writes a CSV file for each; --format table and ndjson hold all',
    });
  }
  const write = async (stream: Output) => {
    for (const table of tables) {
      if (format === 'table') await writeText([`${table.name}\n`], stream);
      await writeTable(format === 'table' ? table : named(table), format, stream, {
        terminalWidth: widthOf(stream),
      });
      if (format === 'table') await writeText(['\n'], stream);
    }
  };
  if (options.output === undefined) await write(io.stdout);
  else await intoFile(options.output, write);
}

/** The same with a first column that says which table it is. */
function named({ name, columns, rows }: Table): Table {
  function* namedRows(): Generator<Row> {
    for (const row of rows) yield [name, ...row];
  }
  return { name, columns: [{ name: 'report', kind: 'text' }, ...columns], rows: namedRows() };
}

/** The width of a terminal; undefined for a stream that is none. */
export function widthOf(stream: Output): number | undefined {
  return stream.isTTY === true ? (stream.columns ?? 80) : undefined;
}

/** Opens a file for writing, lets `write` fill it, and waits until it is on its way to the disk. */
export async function intoFile(
  path: string,
  write: (stream: Output) => Promise<void>,
): Promise<void> {
  const file = await open(path, 'w').catch((thrown: unknown) => {
    throw new ConntapeError('usage', {
      operation: 'writing',
      object: path,
      cause: messageOf(thrown),
      hint: 'look whether the folder is there and yours',
    });
  });
  const stream = createWriteStream(path, { fd: file });
  await write(stream);
  stream.end();
  await finished(stream);
}
