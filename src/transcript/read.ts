/**
 * A transcript (contract, section 2) as a source.
 * Owns reading its JSON lines, from a file, a compressed file or standard input; writing them is
 * output/transcript.ts's.
 */
import { isAscii } from 'node:buffer';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ConntapeError, messageOf } from '../error.ts';
import { ListingParser } from '../listing/parse.ts';
import { type Header, startOf, type TapeItem, type Unread } from '../listing/snapshot.ts';
import type { Source } from '../listing/source.ts';
import { quickItemOf } from './quick.ts';
import { type Fault, headerOf, itemOf, parseRecord } from './record.ts';

/** A snapshot of a busy relay, 100,000 connections, has 8 MB; this is what a frame holds, too. */
const MAX_LINE_BYTES = 32 * 2 ** 20;

/** A snapshot of a busy relay is about a megabyte of text. */
const READ_BYTES = 2 ** 20;

const READING = 'reading the transcript';
const HINT = 'a transcript is JSON lines: a header, then snapshots and gaps in time order';

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** At the start of a text it says that this is UTF-8, or what else it is, and nothing of the text. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_MARKS: readonly Buffer[] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];

/** So many lines in a row that are no items: it is another file, or its clock was set back. */
const MAX_UNREAD_IN_A_ROW = 1000;

export interface TranscriptSource extends Source {
  /** Bytes of the file read so far, and in all where that is known: for progress. */
  readonly progress: { readonly read: number; readonly total: number | undefined };
  /**
   * The lines that were put aside since this was last asked, because they are no items, or not in
   * their place: at most 1,000. `items` goes on behind them.
   */
  takeUnread(): Unread[];
}

/**
 * Opens a transcript and reads its header.
 * @param path a file, `.gz` or not, or `-` for `stdin`.
 * Throws `recording` where the file cannot be read, `usage` where it is no transcript: its first line
 * is no header, or far too many are no items. The error names the line.
 */
export async function openTranscript(path: string, stdin: Readable): Promise<TranscriptSource> {
  const input = await openInput(path, stdin);
  const lines = numberedLines(input.stream, path);
  const aside = new Aside(path);
  const header = await readHeader(lines, path).catch((thrown: unknown) => {
    input.stream.destroy();
    throw thrown;
  });
  return {
    get progress() {
      return { read: input.bytesRead(), total: input.total };
    },
    items: (signal) => begun(header, itemsOf(lines, aside, signal)),
    takeUnread: () => aside.take(),
    close: async () => {
      input.stream.destroy();
    },
  };
}

async function readHeader(lines: AsyncGenerator<Line, void>, path: string): Promise<Header> {
  const first = await lines.next();
  if (first.done === true) throw faulty(path, 1, 'the transcript is empty');
  const { number, bytes } = first.value;
  const fault = (cause: string) => faulty(path, number, cause);
  return headerOf(parseRecord(textOf(bytes), fault), fault);
}

interface Input {
  readonly stream: Readable;
  readonly bytesRead: () => number;
  readonly total: number | undefined;
}

async function openInput(path: string, stdin: Readable): Promise<Input> {
  if (path === '-') return { stream: stdin, bytesRead: () => 0, total: undefined };
  try {
    const file = await open(path);
    const { size } = await file.stat();
    const stream = file.createReadStream({ highWaterMark: READ_BYTES });
    return { stream, bytesRead: () => stream.bytesRead, total: size };
  } catch (thrown) {
    throw unreadable(path, thrown);
  }
}

/** The bytes of a stream, unpacked where they begin as gzip does. */
async function* unpacked(raw: Readable): AsyncGenerator<Buffer, void> {
  const chunks: AsyncIterator<Buffer> = raw[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < GZIP_MAGIC.length) {
    const { value, done } = await chunks.next();
    if (done === true) break;
    head = Buffer.concat([head, value]);
  }
  const whole = async function* () {
    yield head;
    yield* { [Symbol.asyncIterator]: () => chunks };
  };
  const isGzip = head.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC);
  // The callback has nothing to do: what goes wrong reaches whoever reads the stream.
  yield* isGzip ? pipeline(whole, createGunzip(), () => {}) : whole();
}

interface Line {
  readonly number: number;
  readonly bytes: Buffer;
}

const OPENING_BRACE = 123;

function textOf(bytes: Buffer): string {
  return bytes.toString(isAscii(bytes) ? 'latin1' : 'utf8');
}

async function* numberedLines(stream: Readable, path: string): AsyncGenerator<Line, void> {
  let number = 0;
  for await (const line of splitLines(stream, path)) {
    number++;
    const bytes = number === 1 ? unmarked(line, path) : line;
    if (bytes[0] !== OPENING_BRACE && textOf(bytes).trim() === '') continue;
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

async function* splitLines(stream: Readable, path: string): AsyncGenerator<Buffer, void> {
  let pieces: Buffer[] = [];
  let held = 0;
  let number = 1;
  const tooLong = () => faulty(path, number, `a line of more than ${MAX_LINE_BYTES} bytes`);
  try {
    for await (const chunk of unpacked(stream)) {
      let rest = chunk;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        if (held + end > MAX_LINE_BYTES) throw tooLong();
        yield Buffer.concat([...pieces, rest.subarray(0, end)]);
        pieces = [];
        held = 0;
        number++;
        rest = rest.subarray(end + 1);
      }
      if (rest.length === 0) continue;
      pieces.push(rest);
      held += rest.length;
      if (held > MAX_LINE_BYTES) throw tooLong();
    }
  } catch (thrown) {
    if (thrown instanceof ConntapeError) throw thrown;
    throw unreadable(path, thrown);
  }
  if (held > 0) yield Buffer.concat(pieces);
}

function unreadable(path: string, thrown: unknown): ConntapeError {
  const parts = { operation: READING, object: path, cause: messageOf(thrown), hint: HINT };
  return new ConntapeError('recording', parts, { cause: thrown });
}

function faulty(path: string, line: number | undefined, cause: string): ConntapeError {
  return new ConntapeError('usage', {
    operation: READING,
    object: line === undefined ? path : `${path}, line ${line}`,
    cause,
    hint: HINT,
  });
}

/**
 * The items behind the session that the header is. It has no time of its own: it begins with the
 * first item, or in 1970 where there is none.
 */
async function* begun(
  header: Header,
  items: AsyncGenerator<TapeItem, void>,
): AsyncGenerator<TapeItem, void> {
  const first = await items.next();
  const at = first.done === true ? 0 : startOf(first.value);
  yield { kind: 'session', at, header };
  if (first.done === true) return;
  yield first.value;
  yield* items;
}

async function* itemsOf(
  lines: AsyncGenerator<Line, void>,
  aside: Aside,
  signal: AbortSignal,
): AsyncGenerator<TapeItem, void> {
  const parser = new ListingParser();
  let lastAt = Number.NEGATIVE_INFINITY;
  for await (const line of lines) {
    if (signal.aborted) return;
    const item = aside.unless(line, (fault) => {
      const read =
        quickItemOf(line.bytes, parser) ??
        itemOf(parseRecord(textOf(line.bytes), fault), (conn) => parser.parse(conn), fault);
      if (read.kind !== 'snapshot') return read;
      if (read.at <= lastAt) throw fault('at is not after the snapshot before');
      lastAt = read.at;
      return read;
    });
    if (item !== undefined) yield item;
  }
}

/** The lines that are no items. */
class Aside {
  readonly #path: string;
  #lines: Unread[] = [];
  #inARow = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What `read` makes of a line; undefined where it finds a fault, and the line is put aside. */
  unless<Item>({ number }: Line, read: (fault: Fault) => Item): Item | undefined {
    try {
      const item = read((cause) => faulty(this.#path, number, cause));
      this.#inARow = 0;
      return item;
    } catch (thrown) {
      if (!(thrown instanceof ConntapeError) || this.#inARow === MAX_UNREAD_IN_A_ROW) throw thrown;
      this.#inARow++;
      this.#lines.push({ line: number, reason: thrown.parts.cause });
      return undefined;
    }
  }

  take(): Unread[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}
