/**
 * From a source into a recording, until the source ends.
 * Owns what happens when the disk is full or a snapshot cannot be kept; the source owns the pace,
 * the writer the file.
 */
import { ConntapeError, messageOf } from '../error.ts';
import { roundWithheld } from '../listing/listing.ts';
import type { Header, Source, TapeItem } from '../listing/snapshot.ts';
import { RecordingWriter, type WriterOptions } from '../recording/writer.ts';
import { roundedHeader } from './rounding.ts';

export interface RecorderOptions extends WriterOptions {
  /** Bytes of withheld connections are rounded to multiples of this; 1 keeps them exact. */
  readonly round: number;
  /** Told what the operator should know. */
  readonly notice: (text: string) => void;
  /** Called after each item that was kept. */
  readonly kept?: (item: TapeItem) => void;
}

/** What was recorded. */
export interface Recorded {
  readonly snapshots: number;
  readonly quarantined: number;
  /** The link of the last item, 64 hex digits. */
  readonly head: string;
}

/** What SQLite says when there is no room: its code begins with one of these. */
const NO_ROOM = ['SQLITE_FULL', 'SQLITE_IOERR'];

/**
 * Appends everything that a source yields. While the disk is full nothing is kept; it is said once,
 * and the recording goes on, with a gap, at the first snapshot for which there is room.
 * Throws as the source and the writer do, otherwise.
 */
export async function record(
  source: Source,
  path: string,
  options: RecorderOptions,
  signal: AbortSignal,
): Promise<Recorded> {
  const tape = new Tape(path, source.header, options);
  let snapshots = 0;
  let quarantined = 0;
  try {
    for await (const item of source.items(signal)) {
      if (!tape.append(rounded(item, options.round), source.header)) continue;
      options.kept?.(item);
      if (item.kind === 'gap') continue;
      snapshots++;
      quarantined += item.listing.quarantinedCount;
    }
  } finally {
    tape.close();
  }
  return { snapshots, quarantined, head: tape.head };
}

function rounded(item: TapeItem, round: number): TapeItem {
  return item.kind === 'gap' ? item : { ...item, listing: roundWithheld(item.listing, round) };
}

/** A writer that is opened again when there is room, and told when the source says new things. */
class Tape {
  readonly #path: string;
  #header: Header;
  readonly #options: RecorderOptions;
  #writer: RecordingWriter | undefined;
  head: string;

  constructor(path: string, header: Header, options: RecorderOptions) {
    this.#path = path;
    this.#header = header;
    this.#options = options;
    this.#writer = RecordingWriter.open(path, roundedHeader(header, options.round), options);
    this.head = this.#writer.head;
  }

  /** Whether the item was kept. @param header what the source says of itself with it. */
  append(item: TapeItem, header: Header): boolean {
    const { notice } = this.#options;
    try {
      const writer = this.#writer ?? this.#reopen();
      this.#writer = writer;
      if (header !== this.#header) {
        writer.beginSession(roundedHeader(header, this.#options.round), timeOf(item));
        this.#header = header;
      }
      writer.append(item);
      this.head = this.#writer.head;
      return true;
    } catch (thrown) {
      if (!isNoRoom(thrown)) throw thrown;
      if (this.#writer !== undefined) notice(`${messageOf(thrown)}: paused until there is room`);
      this.close();
      return false;
    }
  }

  close(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.close();
  }

  #reopen(): RecordingWriter {
    const header = roundedHeader(this.#header, this.#options.round);
    const writer = RecordingWriter.open(this.#path, header, {
      ...this.#options,
      gapReason: 'disk full',
    });
    this.#options.notice('there is room again: recording goes on');
    return writer;
  }
}

/** A gap is told of with the snapshot after it. */
function timeOf(item: TapeItem): number {
  return item.kind === 'gap' ? item.to : item.at;
}

function isNoRoom(thrown: unknown): boolean {
  const cause = thrown instanceof ConntapeError ? thrown.cause : thrown;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return NO_ROOM.some((prefix) => code.startsWith(prefix));
}
