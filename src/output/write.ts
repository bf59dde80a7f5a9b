/**
 * Tables into a stream: at the reader's pace, and quietly over when nobody reads on.
 * Owns the writing; what is written, the format's own file knows.
 */
import type { Writable } from 'node:stream';
import { ConntapeError, messageOf } from '../error.ts';
import { type Screen, tableText } from './aligned.ts';
import { csvText, type SheetForm } from './csv.ts';
import { jsonText } from './json.ts';
import { ndjsonText } from './ndjson.ts';
import type { Table } from './table.ts';
import type { Shortened } from './xlsx/sheet.ts';
import { type Workbook, workbookBytes } from './xlsx/workbook.ts';

/** Those that are text. */
export const TEXT_FORMATS = ['table', 'csv', 'json', 'ndjson'] as const;

export type TextFormat = (typeof TEXT_FORMATS)[number];

export const TABLE_FORMATS = [...TEXT_FORMATS, 'xlsx'] as const;

export type TableFormat = (typeof TABLE_FORMATS)[number];

export interface TableOptions {
  /** Shape CSV for a spreadsheet (`CsvOptions.excel`); the other formats have no use for it. */
  readonly excel?: SheetForm | undefined;
  /** The terminal that shows the output; undefined where it is not one. */
  readonly screen?: Screen | undefined;
}

/** Characters gathered for one write: large enough that the system call does not count. */
const WRITE_SIZE = 64 * 1024;

/** What a pipe, or a socket in its place, says when its other end is closed. */
const READER_GONE: readonly unknown[] = ['EPIPE', 'ECONNRESET'];

/**
 * Writes a table as text, as `writeText` does. The stream is not ended.
 * Throws what the table's rows throw, and `recording` where the stream cannot be written.
 */
export async function writeTable(
  table: Table,
  format: TextFormat,
  writable: Writable,
  options: TableOptions = {},
): Promise<void> {
  await writeText(gathered(tableTextIn(format, table, options)), writable);
}

/**
 * Writes a workbook, as `writeText` does, and calls `shortened` for each table that is not whole on
 * its sheet. Throws as `writeTable`.
 */
export async function writeWorkbook(
  workbook: Workbook,
  writable: Writable,
  shortened: (what: Shortened) => void,
): Promise<void> {
  await writeText(workbookBytes(workbook, shortened), writable);
}

/**
 * Writes each text, or piece of a file, as it comes and asks for the next when the stream has taken it, so that no more
 * than one waits in memory. When the reading end has closed (EPIPE, as with `| head`) the source is
 * closed and the promise resolves. The stream is not ended.
 * Throws what the source throws, and `recording` where the stream cannot be written.
 */
export async function writeText(
  texts: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
  writable: Writable,
): Promise<void> {
  let isBroken = false;
  // An output that broke before has left it there.
  const isHeard = writable.listeners('error').includes(heard);
  if (!isHeard) writable.on('error', heard);
  try {
    for await (const text of texts) {
      const failure = await written(text, writable);
      if (failure === undefined) continue;
      isBroken = true;
      if (hasLostReader(failure) || hasLostReader(writable.errored)) return;
      throw new ConntapeError(
        'recording',
        {
          operation: 'writing the output',
          cause: messageOf(failure),
          hint: 'check that the disk is not full, and that the folder is there and yours',
        },
        { cause: failure },
      );
    }
  } finally {
    // A broken stream reports its error a second time, as an event, and maybe later than now.
    if (!isBroken && !isHeard) writable.off('error', heard);
  }
}

/** Each write reports its own failure; the event would be the same one again. */
function heard(): void {}

function tableTextIn(format: TextFormat, table: Table, options: TableOptions): Iterable<string> {
  const { excel, screen } = options;
  switch (format) {
    case 'table':
      return tableText(table, screen);
    case 'csv':
      return csvText(table, { excel, onTerminal: screen !== undefined });
    case 'json':
      return jsonText(table);
    case 'ndjson':
      return ndjsonText(table);
  }
}

function* gathered(texts: Iterable<string>): Generator<string, void> {
  let held = '';
  for (const text of texts) {
    held += text;
    if (held.length < WRITE_SIZE) continue;
    yield held;
    held = '';
  }
  if (held !== '') yield held;
}

function written(text: string | Uint8Array, writable: Writable): Promise<Error | undefined> {
  return new Promise((resolve) => {
    writable.write(text, (failure) => resolve(failure ?? undefined));
  });
}

function hasLostReader(failure: Error | null): boolean {
  return failure !== null && 'code' in failure && READER_GONE.includes(failure.code);
}
