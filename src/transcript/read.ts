/**
 * A transcript as a source (docs/transcript.md).
 * Owns the items that its lines are, and what becomes of lines that are none; the lines are
 * lines.ts's, what a record says record.ts's.
 */
import type { Readable } from 'node:stream';
import { ConntapeError } from '../error.ts';
import { ListingParser } from '../listing/parse.ts';
import { type Header, startOf, type TapeItem, type Unread } from '../listing/snapshot.ts';
import type { Source } from '../listing/source.ts';
import { decoded, faulty, type NumberedLine, openLines } from './lines.ts';
import { quickItemOf } from './quick.ts';
import { type Fault, headerOf, itemOf, parseRecord } from './record.ts';

/** So many lines in a row that are not items: it is another file, or its clock was set back. */
const MAX_UNREAD_IN_A_ROW = 1000;

export interface TranscriptSource extends Source {
  /** Bytes of the file read so far, and in all where that is known: for progress. */
  readonly progress: { readonly read: number; readonly total: number | undefined };
  /**
   * The lines that were put aside since this was last asked, because they are not items, or not in
   * their place: at most 1,000. `items` goes on behind them.
   */
  takeUnread(): Unread[];
}

/**
 * Opens a transcript and reads its header.
 * @param path a file, `.gz` or not, or `-` for `stdin`.
 * Throws `recording` where the file cannot be read, `usage` where it is not a transcript: its first line
 * is not a header, or far too many are not items. The error names the line.
 */
export async function openTranscript(path: string, stdin: Readable): Promise<TranscriptSource> {
  const input = await openLines(path, stdin);
  const { lines, progress } = input;
  const aside = new Aside(path);
  const header = await readHeader(lines, path).catch(async (thrown: unknown) => {
    await input.close();
    throw thrown;
  });
  return {
    progress,
    items: (signal) => begun(header, itemsOf(lines, aside, signal)),
    takeUnread: () => aside.take(),
    close: () => input.close(),
  };
}

async function readHeader(
  lines: AsyncGenerator<NumberedLine, void>,
  path: string,
): Promise<Header> {
  const first = await lines.next();
  if (first.done === true) throw faulty(path, 1, 'the transcript is empty');
  const { number, bytes } = first.value;
  const fault = (cause: string) => faulty(path, number, cause);
  return headerOf(parseRecord(decoded(bytes), fault), fault);
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
  lines: AsyncGenerator<NumberedLine, void>,
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
        itemOf(parseRecord(decoded(line.bytes), fault), (conn) => parser.parse(conn), fault);
      if (read.kind !== 'snapshot') return read;
      if (read.at <= lastAt) throw fault('at is not after the snapshot before');
      lastAt = read.at;
      return read;
    });
    if (item !== undefined) yield item;
  }
}

/** The lines that are not items. */
class Aside {
  readonly #path: string;
  #lines: Unread[] = [];
  #inARow = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** What `read` makes of a line; undefined where it finds a fault, and the line is put aside. */
  unless<Item>({ number }: NumberedLine, read: (fault: Fault) => Item): Item | undefined {
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
