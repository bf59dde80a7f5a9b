/**
 * Appends sessions, snapshots and gaps to a recording, each in a transaction with all it changes.
 * Owns the order of a tape's items and their chain; the payload is frame.ts's, the index is
 * index/indexer.ts's.
 */
import { ConntapeError } from '../error.ts';
import { roundedItem } from '../listing/rounding.ts';
import { Scrubbing } from '../listing/scrubbing.ts';
import {
  CLOCK_AHEAD,
  type Gap,
  type Header,
  type Session,
  type Snapshot,
  type TapeItem,
  type Unread,
} from '../listing/snapshot.ts';
import { changesIn, withChanges } from './aside.ts';
import type { SnapshotPlace } from './beginning.ts';
import { CHAIN_START, linkOf } from './chain.ts';
import { claim } from './claim.ts';
import { damageOf } from './damage.ts';
import { dropBefore } from './dropping.ts';
import { encodeFrame } from './encode.ts';
import { EMPTY_STATE, type FrameState } from './frame.ts';
import { Indexer } from './index/indexer.ts';
import type { PollAccount } from './index/rollups/rollups.ts';
import { checkEnd, type Mark, markWriter } from './mark.ts';
import { PeerTable } from './peerTable.ts';
import { Retention, type RetentionPolicy } from './retention.ts';
import { RowWriter } from './rows.ts';
import { migrate } from './schema.ts';
import type { Sqlite } from './sqlite.ts';
import { openForWriting, type WritableStore } from './store.ts';
import { checkTables, SUMMED_TABLES } from './sums.ts';
import { isKeyDue, KIND, keyFrameAt, stateAt } from './tape.ts';
import { Transactions } from './transactions.ts';
import { underWayFor } from './underWay.ts';
import type { Fate } from './watch.ts';
import type { WriterOptions } from './writerOptions.ts';

/** What the gap says between a recorder's first snapshot and its predecessor's last. */
const NOT_RUNNING = 'recorder not running';

/** The same where times are ahead of the clock: the length of the gap says nothing. */
const NOT_RUNNING_UNKNOWN =
  'recorder not running, for how long is not known: the clock was behind the recording';

export class RecordingWriter {
  readonly #store: WritableStore;
  readonly #path: string;
  readonly #peers: PeerTable;
  readonly #index: Indexer;
  readonly #rows: RowWriter;
  readonly #transactions: Transactions;
  readonly #mark: (mark: Mark) => void;
  readonly #insert;
  readonly #scrubbing = new Scrubbing();
  #state: FrameState = EMPTY_STATE;
  #seq = 0;
  #chain: Uint8Array = CHAIN_START;
  /** Frames from the last key frame on, and their rows. */
  #sinceKey = { frames: 0, rows: 0 };
  #firstAt: number | undefined;
  #lastAt: number | undefined;
  /** Where the last declared gap ends, which may be behind the last snapshot. */
  #lastGapTo: number | undefined;
  /** Where what a recorder before this one knew ends, until this one's first snapshot. */
  #resumedAfter: number | undefined;

  readonly #options: WriterOptions;

  private constructor(store: WritableStore, path: string, options: WriterOptions) {
    const { db } = store;
    this.#options = options;
    this.#store = store;
    this.#path = path;
    // What is gone on with must be what was written.
    checkEnd(db);
    checkTables(db, SUMMED_TABLES);
    migrate(db);
    this.#rows = new RowWriter(db);
    this.#mark = markWriter(db);
    this.#transactions = new Transactions(db, options.itemsPerCommit ?? 1, {
      begin: () => this.#rows.begin(),
      end: () => this.#endTransaction(),
    });
    this.#peers = new PeerTable(db, this.#rows.table('peer'));
    this.#index = new Indexer(db, this.#peers, this.#rows);
    this.#insert = db.prepare(
      'INSERT INTO tape (seq, kind, at, payload, chain) VALUES (?, ?, ?, ?, ?)',
    );
    const last = db
      .prepare<[], { seq: number; chain: Buffer }>(
        'SELECT seq, chain FROM tape ORDER BY seq DESC LIMIT 1',
      )
      .get();
    if (last !== undefined) {
      this.#seq = last.seq;
      this.#chain = last.chain;
      this.#resumeFrames(db);
    }
  }

  /**
   * Opens a recording for appending, and makes it where there is none: the first item to append is
   * a session. Throws `recording` where the file is something else, or another process writes it,
   * `damaged` where it is not what was written.
   */
  static open(path: string, options: WriterOptions): RecordingWriter {
    const store = openForWriting(path, options);
    try {
      return new RecordingWriter(store, path, options);
    } catch (thrown) {
      store.close();
      throw damageOf(thrown, path);
    }
  }

  /** The link of the last item, 64 hex digits: kept elsewhere, it proves the recording later. */
  get head(): string {
    return Buffer.from(this.#chain).toString('hex');
  }

  /** The time of the last snapshot; undefined for an empty recording. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  /** The end of what the tape holds: its last snapshot, or a gap behind it; undefined for neither. */
  get endsAt(): number | undefined {
    if (this.#lastGapTo === undefined) return this.#lastAt;
    return Math.max(this.#lastGapTo, this.#lastAt ?? this.#lastGapTo);
  }

  /** The times of the first and the last snapshot; undefined for an empty recording. */
  get span() {
    return { from: this.#firstAt, to: this.#lastAt };
  }

  /** What became of the file at its path. */
  look(): Fate {
    return this.#store.look();
  }

  /** Where a file that was moved is now, if the system knows. */
  movedTo(): string | undefined {
    return this.#store.movedTo();
  }

  /**
   * Appends one item, and gives what a snapshot came to; undefined for any other. Throws `usage` for a snapshot that is not later than the one before,
   * `recording` for a session of another relay, or whose bytes mean something else.
   */
  append(item: TapeItem): PollAccount | undefined {
    const scrubbed = roundedItem(this.#scrubbing.item(item), this.#options.round ?? 1);
    return this.#transactions.take(() => {
      if (scrubbed.kind === 'snapshot') return this.#appendSnapshot(scrubbed);
      if (scrubbed.kind === 'session') this.#appendSession(scrubbed);
      else this.#appendGap(scrubbed);
      return undefined;
    });
  }

  /** Keeps that something stood behind the last item that could not be read. */
  putAside(unread: Unread): void {
    this.#transactions.take(() => {
      this.#index.unread(unread);
      this.#push(KIND.unread, this.#lastAt ?? 0, Buffer.from(JSON.stringify(unread)), []);
    });
  }

  /** What drops the oldest part of it as a policy says; what fails there leaves it as it was. */
  retention(policy: RetentionPolicy): Retention {
    return new Retention(this.#store.db, this.#path, policy, (key, why) => this.#drop(key, why));
  }

  /** Ends the transaction under way, if any, and closes the file. Throws what that commit throws. */
  close(): void {
    try {
      this.#transactions.end();
      this.#compact();
    } finally {
      this.#store.close();
    }
  }

  #drop(key: SnapshotPlace, why: string): void {
    const at = this.#options.now();
    this.#transactions.end();
    this.#transactions.take(() => dropBefore(this.#store.db, this.#rows, key, { at, why }));
    this.#transactions.end();
    this.#index.forgetBefore(key.number);
    this.#firstAt = key.at;
  }

  #compact(): void {
    try {
      this.#index.compact();
    } catch {
      // The disk is full, someone reads, or the file has gone: it is as whole without.
    }
  }

  /** What is written is summed, and the mark says where the tape then ends. */
  #endTransaction(): void {
    this.#index.flush();
    this.#rows.write();
    this.#mark({ seq: this.#seq, chain: this.#chain });
  }

  #resumeFrames(db: Sqlite): void {
    const last = db
      .prepare<[], { number: number; at: number; seq: number }>(
        'SELECT number, at, seq FROM snapshot ORDER BY number DESC LIMIT 1',
      )
      .get();
    if (last === undefined) return;
    this.#state = stateAt(db, last.seq, this.#peers);
    this.#lastAt = last.at;
    this.#firstAt = db
      .prepare<[], number>('SELECT min(at) FROM snapshot WHERE seq > 0')
      .pluck()
      .get();
    this.#lastGapTo =
      db.prepare<[], number | null>('SELECT max(to_ms) FROM gap WHERE declared').pluck().get() ??
      undefined;
    this.#resumedAfter = this.endsAt;
    const underWay = underWayFor(db, this.#path, this.#peers);
    this.#index.resume(db, this.#state, this.#peers, last, underWay!);
    const key = keyFrameAt(db, last.seq) ?? last.seq;
    this.#sinceKey = db
      .prepare<[number], { frames: number; rows: number }>(
        'SELECT count(*) AS frames, sum(entries) AS "rows" FROM snapshot WHERE seq >= ?',
      )
      .get(key)!;
  }

  /** Whether a header is that of the tape's last session. */
  #holds(header: Header): boolean {
    const last = this.#store.db
      .prepare<[], string>('SELECT header FROM session ORDER BY id DESC LIMIT 1')
      .pluck()
      .get();
    return last === JSON.stringify(header);
  }

  /** A session begins behind the last snapshot, whatever its time: what was before is another's. */
  #appendSession({ at: since, header }: Session): void {
    if (this.#options.goesOn === true && this.#holds(header)) return;
    claim(this.#store.db, this.#rows, this.#path, header, this.#options);
    const at = this.#lastAt === undefined ? since : Math.max(since, this.#lastAt + 1);
    this.#push(KIND.session, at, Buffer.from(JSON.stringify(header)), []);
    this.#index.session(at, header, this.#seq);
  }

  /** A gap that the source declares: what is before it, since the last recorder, is another. */
  #appendGap(gap: Gap): void {
    const resumedAfter = this.#resumedAfter;
    if (resumedAfter !== undefined) {
      this.#accountUntil(gap.from, NOT_RUNNING);
      this.#resumedAfter = Math.max(resumedAfter, gap.to);
    }
    this.#pushGap(gap);
  }

  /** The time since the recorder before this one, as far as no gap accounts for it. */
  #accountUntil(to: number, notRunning: string): void {
    const from = this.#resumedAfter;
    if (from === undefined || to <= from) return;
    const reason = this.#options.gapReason ?? notRunning;
    this.#pushGap({ kind: 'gap', from, to, reason, extra: {} });
  }

  #pushGap(gap: Gap): void {
    this.#index.gap(gap);
    this.#lastGapTo = Math.max(gap.to, this.#lastGapTo ?? gap.to);
    this.#push(KIND.gap, gap.to, Buffer.from(JSON.stringify(gap)), []);
  }

  #appendSnapshot(snapshot: Snapshot): PollAccount {
    const { at } = snapshot;
    if (this.#lastAt !== undefined && at <= this.#lastAt) {
      throw new ConntapeError('usage', {
        operation: 'appending a snapshot to',
        object: this.#path,
        cause: `its time, ${new Date(at).toISOString()}, is not after the one before`,
        hint: 'snapshots must be in time order',
      });
    }
    const isAhead = (snapshot.info.get(CLOCK_AHEAD) ?? '0') !== '0';
    this.#accountUntil(at, isAhead ? NOT_RUNNING_UNKNOWN : NOT_RUNNING);
    this.#resumedAfter = undefined;
    const isKey = isKeyDue(this.#sinceKey, this.#options.framesPerKey);
    const changedInfo = changesIn(this.#state.info, snapshot.info);
    const info = withChanges(this.#state.info, changedInfo);
    const frame = isKey
      ? encodeFrame(EMPTY_STATE, { ...snapshot, info }, this.#peers)
      : encodeFrame(this.#state, snapshot, this.#peers);
    const kind = isKey ? KIND.keyFrame : KIND.deltaFrame;
    this.#push(kind, at, frame.payload, frame.peers);
    const account = this.#index.snapshot(snapshot, changedInfo, this.#seq);
    this.#state = frame.state;
    const { frames, rows } = isKey ? { frames: 0, rows: 0 } : this.#sinceKey;
    this.#sinceKey = { frames: frames + 1, rows: rows + snapshot.listing.labels.length };
    this.#firstAt ??= at;
    this.#lastAt = at;
    return account;
  }

  #push(kind: number, at: number, payload: Buffer, peers: readonly number[]): void {
    const seq = this.#seq + 1;
    const chain = linkOf(this.#chain, { seq, kind, at, payload }, peers, this.#peers);
    this.#insert.run(seq, kind, at, payload, chain);
    this.#seq = seq;
    this.#chain = chain;
  }
}
