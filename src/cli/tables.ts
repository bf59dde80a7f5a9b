/**
 * Tables to where the user wants them: `--format`, `--output`, `--excel`.
 * Owns the options and the stream; how a table becomes text is output/'s.
 */
import { type Command, Option } from 'commander';
import { ConntapeError } from '../error.ts';
import type { Row, Table } from '../output/table.ts';
import { TABLE_FORMATS, type TableFormat, writeTable, writeText } from '../output/write.ts';
import type { Io, Output } from './io.ts';
import { OutputFile } from './outputFile.ts';

export interface PrintOptions {
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
      'CSV for a spreadsheet: byte order mark, its form of times, text and long integers kept as they are',
    );
}

/** Where tables are written: standard output, or a file that is there whole or not at all. */
export type PrintTarget = Pick<OutputFile, 'fill'>;

/**
 * Where the options want tables: to be asked for before they are computed. Throws `usage` where the
 * file cannot be, or is a recording's, one of `recordings` or another.
 */
export function printTargetOf(
  { output }: PrintOptions,
  recordings: readonly string[],
  io: Io,
): PrintTarget {
  if (output !== undefined) return OutputFile.at(output, recordings, io);
  return { fill: (write) => write(io.stdout) };
}

/** Writes a table as the options ask. */
export async function printTable(
  table: Table,
  options: PrintOptions,
  target: PrintTarget,
): Promise<void> {
  const { excel = false, output } = options;
  const format = options.format ?? (output !== undefined || excel ? 'csv' : 'table');
  await target.fill((stream) =>
    writeTable(table, format, stream, { excel, terminalWidth: widthOf(stream) }),
  );
}

/**
 * Writes several tables, one after another: as tables under their names, or as ndjson whose rows
 * begin with the name of theirs. Throws `usage` for formats that hold one table only.
 */
export async function printTables(
  tables: readonly Table[],
  options: PrintOptions,
  target: PrintTarget,
): Promise<void> {
  const format = options.excel === true ? 'csv' : (options.format ?? 'table');
  if (format === 'csv' || format === 'json') {
    throw new ConntapeError('usage', {
      operation: 'printing all reports',
      cause: `${format} holds one table`,
      hint: 'conntape export writes a CSV file for each; --format table and ndjson hold all',
    });
  }
  await target.fill(async (stream) => {
    for (const table of tables) {
      if (format === 'table') await writeText([`${table.name}\n`], stream);
      await writeTable(format === 'table' ? table : named(table), format, stream, {
        terminalWidth: widthOf(stream),
      });
      if (format === 'table') await writeText(['\n'], stream);
    }
  });
}

/** The same with a first column that says which table it is. */
function named({ name, columns, rows }: Table): Table {
  function* namedRows(): Generator<Row> {
    for (const row of rows) yield [name, ...row];
  }
  return { name, columns: [{ name: 'report', kind: 'text' }, ...columns], rows: namedRows() };
}

/** The width of a terminal; undefined for a stream that is not one. */
export function widthOf(stream: Output): number | undefined {
  return stream.isTTY === true ? (stream.columns ?? 80) : undefined;
}
