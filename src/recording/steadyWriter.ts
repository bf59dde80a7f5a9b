/**
 * A writer that goes on: over disks that are full or fail, locks, and files that go away.
 * Owns when a recording is opened again and what its operator is told; what can keep a commit from
 * happening is pause.ts's, what became of a file watch.ts's.
 */
import { existsSync } from 'node:fs';
import { ConntapeError, messageOf } from '../error.ts';
import type { Session, TapeItem } from '../listing/snapshot.ts';
import type { PollAccount } from './index/rollups/rollups.ts';
import { pauseReason } from './pause.ts';
import type { Retained, Retention, RetentionPolicy } from './retention.ts';
import type { Fate } from './watch.ts';
import { RecordingWriter } from './writer.ts';
import type { WriterOptions } from './writerOptions.ts';

/** Waiting stops everything else, the polls and Ctrl-C, too: it is tried again at the next item. */
const BUSY_MS = 200;

/** Between what another file holds, which came to be at the path, and the first snapshot after it. */
const ELSEWHERE = 'the recorder wrote to another file';

export interface SteadyOptions extends WriterOptions {
  /** How much is kept; all of it where it is not given. */
  readonly retention?: RetentionPolicy;
  /** Takes what the operator should be told, once each. */
  readonly notice: (text: string) => void;
}

/** Nothing can be kept: why, and the last snapshot that was not. */
interface Pause {
  readonly reasons: Set<string>;
  missedAt: number | undefined;
}

/** An item that is in the recording. */
export interface KeptItem {
  /** The chain's head behind it, 64 hex digits. */
  readonly head: string;
  /** When the recording's first snapshot was; undefined where it has none. */
  readonly beganAt: number | undefined;
  /** What a snapshot came to; undefined of any other item. */
  readonly account: PollAccount | undefined;
}

/** How it ended. */
export interface FileEnding {
  /** The link of the last item on disk, 64 hex digits; the last known where that cannot be read. */
  readonly head: string;
  /** Snapshots that were given and are in no recording now, or files of them that have gone. */
  readonly hasLost: boolean;
  /** Why nothing could be kept at the end; undefined where all was well. */
  readonly paused: string | undefined;
}

export class SteadyWriter {
  readonly #path: string;
  readonly #options: SteadyOptions;
  /** The last that was given, kept or not. */
  #session: Session | undefined;
  #writer: RecordingWriter | undefined;
  #retention: Retention | undefined;
  /** What the operator was told of it last. */
  #retentionNotice = '';
  #pause: Pause | undefined;
  /** Whether the next file at the path is not the one that was written before. */
  #isElsewhere = false;
  #head: string;
  #endsAt: number | undefined;
  #hasLost = false;

  /** Opens the recording: what is wrong now is the operator's to mend. Throws as the writer does. */
  constructor(path: string, options: SteadyOptions) {
    this.#path = path;
    this.#options = options;
    this.#writer = this.#opened({});
    this.#head = this.#writer.head;
    this.#endsAt = this.#writer.endsAt;
  }

  /** Up to when the recording has items, which the next must be later than; undefined for none. */
  get endsAt(): number | undefined {
    return this.#endsAt;
  }

  /** The link of the last item on disk, 64 hex digits. */
  get head(): string {
    return this.#head;
  }

  /** Undefined where the item was not kept. Throws what is wrong with the item itself. */
  append(item: TapeItem): KeptItem | undefined {
    if (item.kind === 'session') this.#session = item;
    this.#look();
    try {
      return this.#write(item);
    } catch (thrown) {
      // It may have gone while it was written.
      if (this.#look()) return this.append(item);
      const reason = this.#reasonOf(thrown);
      if (reason === undefined) throw thrown;
      this.#pauseFor(reason, item);
      return undefined;
    }
  }

  /** Closes the recording. A pause that is not over becomes a gap, if it can be written now. */
  close(): FileEnding {
    this.#look();
    const paused = this.#pause;
    if (paused !== undefined) this.#endPause(paused);
    else if (this.#writer !== undefined) this.#head = this.#writer.head;
    this.#closeWriter();
    return {
      head: this.#head,
      hasLost: this.#hasLost,
      paused: paused === undefined ? undefined : reasonsOf(paused),
    };
  }

  #write(item: TapeItem): KeptItem {
    const isAnew = this.#writer === undefined;
    this.#writer ??= this.#reopened();
    if (isAnew && this.#session !== undefined && item.kind !== 'session') {
      this.#writer.append(this.#session);
    }
    const account = this.#writer.append(item);
    this.#head = this.#writer.head;
    this.#endsAt = this.#writer.endsAt;
    if (item.kind === 'snapshot') {
      this.#isElsewhere = false;
      this.#retain(item.at);
    }
    if (this.#pause !== undefined) {
      this.#options.notice(`recording goes on: ${reasonsOf(this.#pause)} is over`);
      this.#pause = undefined;
    }
    return { head: this.#head, beganAt: this.#writer.span.from, account };
  }

  #reopened(): RecordingWriter {
    const paused = this.#pause === undefined ? undefined : reasonsOf(this.#pause);
    const gapReason = this.#isElsewhere ? ELSEWHERE : paused;
    const writer = this.#opened({
      goesOn: true,
      ...(gapReason === undefined ? {} : { gapReason }),
    });
    this.#endsAt = writer.endsAt;
    this.#head = writer.head;
    return writer;
  }

  #opened(more: Partial<WriterOptions>): RecordingWriter {
    const writer = RecordingWriter.open(this.#path, {
      ...this.#options,
      busyMs: BUSY_MS,
      ...more,
    });
    const { retention } = this.#options;
    this.#retention = retention && writer.retention(retention);
    return writer;
  }

  /** What cannot be dropped now can be later: the snapshot that came is kept. */
  #retain(at: number): void {
    try {
      const { droppedSnapshots, isTooLarge } = this.#retention?.look(at) ?? NOTHING_DROPPED;
      if (isTooLarge) this.#noticeRetention('is larger than --max-size with what came last alone');
      else if (droppedSnapshots > 0) this.#noticeRetention('');
    } catch (thrown) {
      const reason = pauseReason(thrown, this.#path);
      if (reason === undefined) throw thrown;
      this.#noticeRetention(`keeps what is to be dropped: ${reason}`);
    }
  }

  #noticeRetention(text: string): void {
    if (text === this.#retentionNotice) return;
    this.#retentionNotice = text;
    if (text !== '') this.#options.notice(`${this.#path} ${text}`);
  }

  /** Whether the file was found gone, and was left. */
  #look(): boolean {
    const writer = this.#writer;
    const fate = writer?.look() ?? 'there';
    if (writer === undefined || fate === 'there') return false;
    const { from, to } = writer.span;
    const movedTo = fate === 'moved' ? writer.movedTo() : undefined;
    this.#closeWriter();
    this.#isElsewhere = true;
    // Every byte of a file that was moved is in it.
    const isLost = fate !== 'moved' && to !== undefined;
    if (isLost) this.#hasLost = true;
    const what = `${this.#path} was ${SAID[fate]}${movedTo === undefined ? '' : ` to ${movedTo}`}`;
    const lost = isLost ? `, and with it what was recorded from ${iso(from)} to ${iso(to)}` : '';
    const whole = fate === 'moved' ? ': the recording was finished there' : '';
    const next = existsSync(this.#path)
      ? 'what is there now is gone on with, if it is a recording of this relay'
      : 'a new recording begins';
    this.#options.notice(`${what}${whole}${lost}; ${next}`);
    return true;
  }

  /** Undefined for what is wrong with the item, or with conntape. */
  #reasonOf(thrown: unknown): string | undefined {
    const reason = pauseReason(thrown, this.#path);
    if (reason !== undefined) return reason;
    // What stands at the path now is not what was there at the start: it may go away again.
    const isOpening = this.#writer === undefined || this.#isElsewhere;
    if (!isOpening || !(thrown instanceof ConntapeError)) return undefined;
    return thrown.parts.cause;
  }

  #pauseFor(reason: string, item: TapeItem): void {
    this.#pause ??= { reasons: new Set(), missedAt: undefined };
    if (!this.#pause.reasons.has(reason)) {
      this.#pause.reasons.add(reason);
      this.#options.notice(`${this.#path}: ${reason}: nothing is kept until that is over`);
    }
    if (item.kind === 'snapshot') {
      this.#pause.missedAt = item.at;
      this.#hasLost = true;
    }
    this.#closeWriter();
  }

  /** The gap of a pause that is not over, and the head as it is on disk. */
  #endPause(pause: Pause): void {
    const since = this.#endsAt === undefined ? '' : ` since ${iso(this.#endsAt)}`;
    this.#options.notice(`stopped while paused: nothing was kept${since}: ${reasonsOf(pause)}`);
    // A file that came to be at the path knows nothing of this pause.
    if (this.#isElsewhere) return;
    try {
      const writer = this.#reopened();
      this.#writer = writer;
      const from = writer.endsAt;
      if (from === undefined || pause.missedAt === undefined || pause.missedAt <= from) return;
      const gap = { from, to: pause.missedAt, reason: reasonsOf(pause), extra: {} };
      writer.append({ kind: 'gap', ...gap });
      this.#head = writer.head;
    } catch (thrown) {
      this.#options.notice(
        `the gap could not be written, and the head is the last known: ${messageOf(thrown)}`,
      );
    }
  }

  #closeWriter(): void {
    const writer = this.#writer;
    this.#writer = undefined;
    writer?.close();
  }
}

const NOTHING_DROPPED: Retained = { droppedSnapshots: 0, isTooLarge: false };

const SAID: Readonly<Record<Exclude<Fate, 'there'>, string>> = {
  moved: 'moved',
  removed: 'removed',
  emptied: 'emptied',
  'cut short': 'cut short',
};

function reasonsOf({ reasons }: Pause): string {
  return [...reasons].join(', then ');
}

function iso(at: number | undefined): string {
  return at === undefined ? 'the start' : new Date(at).toISOString();
}
