/**
 * A transcript (contract, section 2) as a source.
 * Owns reading its JSON lines, from a file, a compressed file or standard input; writing them is
 * output/transcript.ts's.
 */
import { isAscii } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ConntapeError, messageOf } from '../error.ts';
import { ListingParser } from '../listing/parse.ts';
import type { JsonObject, Source, TapeItem } from '../listing/snapshot.ts';
import { headerOf, isObject, itemOf } from './record.ts';

/** A snapshot of a million entries; a longer line is no transcript. */
const MAX_LINE_BYTES = 256 * 2 ** 20;

/** A snapshot of a busy relay is about a megabyte of text. */
const READ_BYTES = 2 ** 20;

const GZIP_MAGIC = [0x1f, 0x8b] as const;

export interface TranscriptSource extends Source {
  /** Bytes of the file read so far, and in all where that is known: for progress. */
  readonly progress: { readonly read: number; readonly total: number | undefined };
}

/**
 * Opens a transcript and reads its header.
 * @param path a file, `.gz` or not, or `-` for `stdin`.
 * Throws `usage` where the file cannot be read, or a line is no line of a transcript; the error
 * names the line.
 */
export async function openTranscript(path: string, stdin: Readable): Promise<TranscriptSource> {
  const input = await openInput(path, stdin);
  const lines = numberedLines(input.stream, path);
  const first = await lines.next();
  if (first.done === true) throw faulty(path, 1, 'the transcript is empty');
  const header = headerOf(first.value.record, (cause) => faulty(path, 1, cause));
  return {
    header,
    get progress() {
      return { read: input.bytesRead(), total: input.total };
    },
    items: (signal) => itemsOf(lines, path, signal),
    close: async () => {
      input.stream.destroy();
    },
  };
}

interface Input {
  readonly stream: Readable;
  readonly bytesRead: () => number;
  readonly total: number | undefined;
}

async function openInput(path: string, stdin: Readable): Promise<Input> {
  if (path === '-') return { stream: stdin, bytesRead: () => 0, total: undefined };
  const reading = { operation: 'reading the transcript', object: path };
  try {
    const file = await open(path);
    try {
      const { size } = await file.stat();
      const head = Buffer.alloc(2);
      await file.read(head, 0, 2, 0);
      const raw = createReadStream(path, { highWaterMark: READ_BYTES });
      const isGzip = head[0] === GZIP_MAGIC[0] && head[1] === GZIP_MAGIC[1];
      const stream = isGzip ? raw.pipe(createGunzip()) : raw;
      if (isGzip) raw.on('error', (error) => stream.destroy(error));
      return { stream, bytesRead: () => raw.bytesRead, total: size };
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw new ConntapeError('usage', { ...reading, cause: messageOf(thrown) }, { cause: thrown });
  }
}

interface Line {
  readonly number: number;
  readonly record: JsonObject;
}

async function* numberedLines(stream: Readable, path: string): AsyncGenerator<Line, void> {
  let number = 0;
  for await (const bytes of splitLines(stream, path)) {
    number++;
    const text = bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
    if (text.trim() === '') continue;
    yield { number, record: parseRecord(text, path, number) };
  }
}

async function* splitLines(stream: Readable, path: string): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let held = 0;
  try {
    for await (const chunk of stream) {
      let rest: Buffer = chunk;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield Buffer.concat([...pieces, rest.subarray(0, end)]);
        pieces = [];
        held = 0;
        rest = rest.subarray(end + 1);
      }
      if (rest.length === 0) continue;
      pieces.push(rest);
      held += rest.length;
      if (held > MAX_LINE_BYTES) throw faulty(path, undefined, 'a line is too long');
    }
  } catch (thrown) {
    if (thrown instanceof ConntapeError) throw thrown;
    throw faulty(path, undefined, messageOf(thrown));
  }
  if (held > 0) yield Buffer.concat(pieces);
}

function parseRecord(text: string, path: string, number: number): JsonObject {
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    throw faulty(path, number, 'it is no JSON');
  }
  if (!isObject(record)) throw faulty(path, number, 'it is no JSON object');
  return record;
}

function faulty(path: string, line: number | undefined, cause: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: 'reading the transcript',
    object: line === undefined ? path : `${path}, line ${line}`,
    cause,
    hint: 'a transcript is JSON lines: a header, then snapshots and gaps in time order',
  });
}

async function* itemsOf(
  lines: AsyncGenerator<Line, void>,
  path: string,
  signal: AbortSignal,
): AsyncGenerator<TapeItem, void> {
  const parser = new ListingParser();
  for await (const { number, record } of lines) {
    if (signal.aborted) return;
    yield itemOf(record, parser, (cause) => faulty(path, number, cause));
  }
}
