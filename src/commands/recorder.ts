/**
 * From a source into a recording, until the source ends.
 * Owns what happens when the disk is full or a snapshot cannot be kept; the source owns the pace,
 * the writer the file.
 */
import { ConntapeError, messageOf } from '../error.ts';
import { roundedItem } from '../listing/rounding.ts';
import type { Session, Source, TapeItem } from '../listing/snapshot.ts';
import { RecordingWriter, type WriterOptions } from '../recording/writer.ts';

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
  const tape = new Tape(path, options);
  let snapshots = 0;
  let quarantined = 0;
  try {
    for await (const item of source.items(signal)) {
      if (!tape.append(roundedItem(item, options.round))) continue;
      options.kept?.(item);
      if (item.kind !== 'snapshot') continue;
      snapshots++;
      quarantined += item.listing.quarantinedCount;
    }
  } finally {
    tape.close();
  }
  return { snapshots, quarantined, head: tape.head };
}

/** A writer that is opened again when there is room. */
class Tape {
  readonly #path: string;
  readonly #options: RecorderOptions;
  /** The last that the source yielded, kept or not. */
  #session: Session | undefined;
  #writer: RecordingWriter | undefined;
  head: string;

  constructor(path: string, options: RecorderOptions) {
    this.#path = path;
    this.#options = options;
    this.#writer = RecordingWriter.open(path, options);
    this.head = this.#writer.head;
  }

  /** Whether the item was kept. */
  append(item: TapeItem): boolean {
    const { notice } = this.#options;
    const pending = this.#writer === undefined ? this.#session : undefined;
    if (item.kind === 'session') this.#session = item;
    try {
      this.#writer ??= this.#reopen();
      if (pending !== undefined) this.#writer.append(pending);
      this.#writer.append(item);
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
    const writer = RecordingWriter.open(this.#path, {
      ...this.#options,
      gapReason: 'disk full',
      goesOn: true,
    });
    this.#options.notice('there is room again: recording goes on');
    return writer;
  }
}

function isNoRoom(thrown: unknown): boolean {
  const cause = thrown instanceof ConntapeError ? thrown.cause : thrown;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return NO_ROOM.some((prefix) => code.startsWith(prefix));
}
