/**
 * The lines of a transcript's file, compressed file or standard input.
 * Owns reading and splitting them in bounded memory; what a line says is read.ts's.
 */
import { isAscii } from 'node:buffer';
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ConntapeError, messageOf } from '../error.ts';

/** A snapshot of a busy relay, 100,000 connections, has 8 MB; this is what a frame holds, too. */
const MAX_LINE_BYTES = 32 * 2 ** 20;

const READ_BYTES = 2 ** 18;

const READING = 'reading the transcript';
const HINT = 'a transcript is JSON lines: a header, then snapshots and gaps in time order';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** At the start of a text it says that this is UTF-8, or what else it is, and nothing of the text. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_MARKS: readonly Buffer[] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

const LINE_FEED = 10;
const OPENING_BRACE = 123;

/** A line that is not blank. */
export interface NumberedLine {
  /** From 1, blank ones counted. */
  readonly number: number;
  /** Without its end; another line's as soon as the next one is asked for. */
  readonly bytes: Buffer;
}

export interface LineReader {
  /** Throws `recording` where the file cannot be read, `usage` for a line of more than 32 MiB. */
  readonly lines: AsyncGenerator<NumberedLine, void>;
  /** Bytes of the file read so far, and in all where that is known. */
  readonly progress: { readonly read: number; readonly total: number | undefined };
  /** Safe to call twice. */
  close(): Promise<void>;
}

/**
 * @param path a file, `.gz` or not, or `-` for `stdin`. Throws `recording` where there is none.
 */
export async function openLines(path: string, stdin: Readable): Promise<LineReader> {
  if (path === '-') {
    return {
      lines: numberedLines(stdin, path),
      progress: { read: 0, total: undefined },
      close: async () => {
        stdin.destroy();
      },
    };
  }
  try {
    const file = await open(path);
    const { size } = await file.stat();
    const progress = { read: 0, total: size };
    return {
      lines: numberedLines(chunksOf(file, progress), path),
      progress,
      close: () => file.close(),
    };
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** The text of a line. */
export function decoded(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

/** The error for a line that is refused. */
export function faulty(path: string, line: number | undefined, cause: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: READING,
    object: line === undefined ? path : `${path}, line ${line}`,
    cause,
    hint: HINT,
  });
}

function unreadable(path: string, thrown: unknown): ConntapeError {
  const parts = { operation: READING, object: path, cause: messageOf(thrown), hint: HINT };
  return new ConntapeError('recording', parts, { cause: thrown });
}

/** A file piece by piece, each in the place of the one before. */
async function* chunksOf(
  file: FileHandle,
  progress: { read: number },
): AsyncGenerator<Buffer, void> {
  const place = Buffer.allocUnsafeSlow(READ_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(place, 0, READ_BYTES);
    if (bytesRead === 0) return;
    progress.read += bytesRead;
    yield place.subarray(0, bytesRead);
  }
}

/** The bytes of a stream, unpacked where they begin as gzip does. */
async function* unpacked(raw: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const chunks = raw[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < GZIP_MAGIC.length) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const isGzip = head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
  const whole = async function* () {
    yield head;
    // What unpacks keeps pieces for a while.
    for await (const chunk of { [Symbol.asyncIterator]: () => chunks }) {
      yield isGzip ? Buffer.from(chunk) : chunk;
    }
  };
  // The callback has nothing to do: what goes wrong reaches whoever reads the stream.
  yield* isGzip ? pipeline(whole, createGunzip(), () => {}) : whole();
}

async function* numberedLines(
  raw: AsyncIterable<Buffer>,
  path: string,
): AsyncGenerator<NumberedLine, void> {
  let number = 0;
  for await (const line of splitLines(raw, path)) {
    number++;
    const bytes = number === 1 ? unmarked(line, path) : line;
    if (bytes[0] !== OPENING_BRACE && decoded(bytes).trim() === '') continue;
    yield { number, bytes };
  }
}

/** The first line without a byte order mark. */
function unmarked(line: Buffer, path: string): Buffer {
  if (UTF16_MARKS.some((mark) => line.subarray(0, mark.length).equals(mark))) {
    throw faulty(path, 1, 'it is UTF-16, not UTF-8');
  }
  const { length } = BYTE_ORDER_MARK;
  return line.subarray(0, length).equals(BYTE_ORDER_MARK) ? line.subarray(length) : line;
}

/** Lines, each in the place of the one before where it is in several pieces. */
async function* splitLines(raw: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer, void> {
  const held = new HeldBytes();
  let number = 1;
  const tooLong = () => faulty(path, number, `a line of more than ${MAX_LINE_BYTES} bytes`);
  try {
    for await (const chunk of unpacked(raw)) {
      let rest = chunk;
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        if (held.length + end > MAX_LINE_BYTES) throw tooLong();
        if (held.length === 0) {
          yield rest.subarray(0, end);
        } else {
          held.add(rest.subarray(0, end));
          yield held.take();
        }
        number++;
        rest = rest.subarray(end + 1);
      }
      if (held.length + rest.length > MAX_LINE_BYTES) throw tooLong();
      held.add(rest);
    }
  } catch (thrown) {
    if (thrown instanceof ConntapeError) throw thrown;
    throw unreadable(path, thrown);
  }
  if (held.length > 0) yield held.take();
}

/** The beginning of a line whose end was not read yet. */
class HeldBytes {
  #bytes = Buffer.allocUnsafeSlow(READ_BYTES);
  length = 0;

  add(more: Buffer): void {
    const needed = this.length + more.length;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length));
      this.#bytes.copy(larger, 0, 0, this.length);
      this.#bytes = larger;
    }
    more.copy(this.#bytes, this.length);
    this.length = needed;
  }

  /** All of it; nothing is held any more. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.length);
    this.length = 0;
    return bytes;
  }
}
