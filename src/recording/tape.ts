/**
 * The items of a tape, in order: reading them back from the file, each held against the chain.
 * Owns what kinds of items there are and the way from a row to a session, a snapshot or a gap; not
 * the index beside the tape.
 */
import Database from 'better-sqlite3';
import { ConntapeError } from '../error.ts';
import type { Gap, Session, Unread } from '../listing/snapshot.ts';
import { beginningOf, firstSeqOf, type SnapshotPlace } from './beginning.ts';
import { CHAIN_START, linkOf, type TapeRow } from './chain.ts';
import { damaged, damagedItem, foundIn } from './damage.ts';
import { FrameReader, type ReadFrame } from './decode.ts';
import type { FrameState } from './frame.ts';
import { checkEnd } from './mark.ts';
import type { PeerTable } from './peerTable.ts';
import type { Sqlite } from './sqlite.ts';
import { storedGap, storedHeader, storedUnread } from './stored.ts';

export const KIND = { session: 0, keyFrame: 1, deltaFrame: 2, gap: 3, unread: 4 } as const;

/** A key frame comes after so many frames at the latest: half an hour at 10 s. */
export const FRAMES_PER_KEY = 180;

/** Sooner where those had so many rows: going to an instant reads no more of them than that. */
export const ROWS_PER_KEY = 1_800_000;

/** Whether the next frame is to stand alone, behind so many frames, the last key frame included. */
export function isKeyDue(
  { frames, rows }: { frames: number; rows: number },
  framesPerKey = FRAMES_PER_KEY,
): boolean {
  return frames === 0 || frames >= framesPerKey || rows >= ROWS_PER_KEY;
}

export interface StoredRow extends TapeRow {
  readonly payload: Buffer;
  readonly chain: Buffer;
}

/**
 * An item that was read. `peers` are the numbers of the peers that its payload refers to. What a
 * frame stands on changes with the next item.
 */
export type ReadItem =
  | { readonly kind: 'session'; readonly session: Session; readonly peers: ArrayLike<number> }
  | { readonly kind: 'gap'; readonly gap: Gap; readonly peers: ArrayLike<number> }
  | { readonly kind: 'unread'; readonly unread: Unread; readonly peers: ArrayLike<number> }
  | { readonly kind: 'frame'; readonly frame: ReadFrame; readonly peers: ArrayLike<number> };

/** Reads rows one after another, each frame against the one before. */
class TapeDecoder {
  readonly #frames: FrameReader;
  #sawKeyFrame = false;

  constructor(book: PeerTable) {
    this.#frames = new FrameReader(book);
  }

  /**
   * The item of the next row. Throws `damaged` where the payload is damaged, or where it is a
   * delta frame and no key frame was read before.
   */
  read(row: StoredRow): ReadItem {
    if (row.kind === KIND.session) {
      return { kind: 'session', session: sessionIn(row), peers: [] };
    }
    if (row.kind === KIND.gap) {
      return { kind: 'gap', gap: storedGap(row.payload.toString()), peers: [] };
    }
    if (row.kind === KIND.unread) {
      return { kind: 'unread', unread: storedUnread(row.payload.toString()), peers: [] };
    }
    if (row.kind !== KIND.keyFrame && row.kind !== KIND.deltaFrame) {
      throw damaged(`there is no item of kind ${row.kind}`);
    }
    const isKey = row.kind === KIND.keyFrame;
    if (!isKey && !this.#sawKeyFrame) throw damaged('there is no key frame before it');
    this.#sawKeyFrame = true;
    const frame = this.#frames.read(row.payload, row.at, isKey);
    return { kind: 'frame', frame, peers: frame.peers };
  }
}

function sessionIn({ at, payload }: StoredRow): Session {
  return { kind: 'session', at, header: storedHeader(payload.toString()) };
}

/** A row of the tape with the item that it holds. */
export interface Read {
  readonly row: StoredRow;
  readonly item: ReadItem;
}

/**
 * Items of the tape from one sequence number on, in order, up to what is now the last or to before
 * `until`, each held against its link. The first frame must be a key frame. Throws `damaged` for an
 * item that is missing or is not what was written, and where the tape does not end where it was
 * left; what lies behind `until` is not looked at.
 */
export function* readFrom(
  db: Sqlite,
  seq: number,
  book: PeerTable,
  until = Number.POSITIVE_INFINITY,
): Generator<Read, void> {
  const decoder = new TapeDecoder(book);
  const rows = new RowReader(db);
  const last = db.prepare<[], number | null>('SELECT max(seq) FROM tape').pluck().get() ?? 0;
  let before = linkBefore(db, seq);
  let at: number | undefined;
  for (let due = seq; due <= last && due < until; due++) {
    const row = rows.at(due, Math.min(last, until - 1), at);
    yield { row, item: heldAgainst(before, row, decoder, book, at) };
    before = row.chain;
    at = row.at;
  }
  if (until > last) checkEnd(db);
}

/** So many rows are read at once, as long as they hold no more than so many bytes. */
const ROWS_AT_ONCE = 16;
const BYTES_AT_ONCE = 2 ** 18;

/**
 * Reads rows some at a time. A reader that takes its time, as a replay does, holds no transaction
 * meanwhile, which would keep a recorder's log growing.
 */
class RowReader {
  readonly #db: Sqlite;
  readonly #select: Database.Statement<[number, number], StoredRow>;
  readonly #ahead: StoredRow[] = [];

  constructor(db: Sqlite) {
    this.#db = db;
    this.#select = db.prepare(
      'SELECT seq, kind, at, payload, chain FROM tape WHERE seq BETWEEN ? AND ? ORDER BY seq',
    );
  }

  /**
   * The row of a sequence number, the one after the last that was asked for. Throws `damaged` where
   * it is missing or cannot be read, `recording` where a recorder dropped it meanwhile.
   * @param last the last that will be asked for.
   * @param before the time of the item before it, where that was read.
   */
  at(seq: number, last: number, before: number | undefined): StoredRow {
    if (this.#ahead.length === 0) this.#readAhead(seq, last, before);
    if (this.#ahead[0]?.seq === seq) return this.#ahead.shift()!;
    if (seq < firstSeqOf(this.#db)) throw droppedMeanwhile();
    throw damagedItem(seq, undefined, 'it is missing', before);
  }

  #readAhead(seq: number, last: number, before: number | undefined): void {
    let bytes = 0;
    try {
      for (const row of this.#select.iterate(seq, Math.min(last, seq + ROWS_AT_ONCE - 1))) {
        this.#ahead.push(row);
        bytes += row.payload.length;
        if (bytes > BYTES_AT_ONCE) break;
      }
    } catch (thrown) {
      // What stands before it comes first.
      if (this.#ahead.length > 0) return;
      const found = foundIn(thrown);
      throw found === undefined ? thrown : damagedItem(seq, undefined, found, before);
    }
  }
}

/** A recorder that keeps so much and no more goes on while a reader does. */
function droppedMeanwhile(): ConntapeError {
  return new ConntapeError('recording', {
    operation: 'reading the recording',
    cause: 'its recorder dropped what was being read, as too old or too much',
    hint: 'ask again, or for a later time with --from; `conntape cut` copies what is there as of one moment',
  });
}

function linkBefore(db: Sqlite, seq: number): Uint8Array {
  const beginning = beginningOf(db);
  if (seq <= (beginning?.seq ?? 0) + 1) return beginning?.chain ?? CHAIN_START;
  const chain = db
    .prepare('SELECT chain FROM tape WHERE seq = ?')
    .pluck()
    .get(seq - 1);
  if (Buffer.isBuffer(chain)) return chain;
  throw damagedItem(seq - 1, undefined, 'it is missing');
}

/** The item of a row that follows a link. Whatever bytes may do to a decoder, they are damaged. */
function heldAgainst(
  before: Uint8Array,
  row: StoredRow,
  decoder: TapeDecoder,
  book: PeerTable,
  timeBefore: number | undefined,
): ReadItem {
  try {
    const item = decoder.read(row);
    if (linkOf(before, row, item.peers, book).equals(row.chain)) return item;
  } catch (thrown) {
    if (thrown instanceof Database.SqliteError) throw thrown;
    throw damagedItem(row.seq, row.at, thrown, timeBefore);
  }
  throw damagedItem(row.seq, row.at, 'it is not what was written, or not where', timeBefore);
}

/**
 * The session that holds where the item stands that has a sequence number; undefined for none. The
 * table of sessions must have been checked. Throws `damaged` where it is not what was written.
 */
export function sessionBefore(db: Sqlite, seq: number, book: PeerTable): Session | undefined {
  const row = db
    .prepare<[number], { seq: number; at: number; header: string }>(
      'SELECT seq, at, header FROM session WHERE seq < ? ORDER BY id DESC LIMIT 1',
    )
    .get(seq);
  if (row === undefined) return undefined;
  const at = row.seq;
  // Its item has gone: the table is all that is left of it.
  if (at <= (beginningOf(db)?.seq ?? 0)) {
    return { kind: 'session', at: row.at, header: storedHeader(row.header) };
  }
  for (const { item } of readFrom(db, at, book)) {
    if (item.kind === 'session') return item.session;
    break;
  }
  throw damagedItem(at, undefined, 'it is not the session that it should be');
}

/** The sequence number of the last key frame up to `seq`; undefined where there is none. */
export function keyFrameAt(db: Sqlite, seq: number): number | undefined {
  return db
    .prepare('SELECT seq FROM tape WHERE kind = ? AND seq <= ? ORDER BY seq DESC LIMIT 1')
    .pluck()
    .get(KIND.keyFrame, seq) as number | undefined;
}

/** The key frame at or before the last snapshot up to a time; undefined where there is none. */
export function keyPlaceIn(db: Sqlite, time: number): SnapshotPlace | undefined {
  const place = db
    .prepare<[number], SnapshotPlace>(
      'SELECT number, at, seq FROM snapshot WHERE at <= ? AND seq > 0 ORDER BY number DESC LIMIT 1',
    )
    .get(time);
  const seq = place && keyFrameAt(db, place.seq);
  if (place === undefined || seq === undefined) return undefined;
  const behind = framesIn(db, seq, place.seq);
  return { seq, number: place.number - behind, at: timeAt(db, seq) };
}

/** The first snapshot behind a time; undefined where there is none yet. */
export function placeBehindIn(db: Sqlite, time: number): SnapshotPlace | undefined {
  return db
    .prepare<[number], SnapshotPlace>(
      'SELECT number, at, seq FROM snapshot WHERE at > ? AND seq > 0 ORDER BY number LIMIT 1',
    )
    .get(time);
}

/** The first key frame behind a snapshot: a recording can begin there; undefined for none. */
export function nextKeyIn(db: Sqlite, { seq, number }: SnapshotPlace): SnapshotPlace | undefined {
  const key = db
    .prepare<[number, number], number>(
      'SELECT seq FROM tape WHERE kind = ? AND seq > ? ORDER BY seq LIMIT 1',
    )
    .pluck()
    .get(KIND.keyFrame, seq);
  if (key === undefined) return undefined;
  return { seq: key, number: number + framesIn(db, seq, key), at: timeAt(db, key) };
}

/** How many frames stand behind one item, up to another. */
function framesIn(db: Sqlite, behind: number, upTo: number): number {
  return db
    .prepare<[number, number, number, number], number>(
      'SELECT count(*) FROM tape WHERE seq > ? AND seq <= ? AND kind IN (?, ?)',
    )
    .pluck()
    .get(behind, upTo, KIND.keyFrame, KIND.deltaFrame)!;
}

function timeAt(db: Sqlite, seq: number): number {
  return db.prepare<[number], number>('SELECT at FROM tape WHERE seq = ?').pluck().get(seq)!;
}

/** The state after the frame that stands at `seq`, which must be a frame. Throws `damaged`. */
export function stateAt(db: Sqlite, seq: number, book: PeerTable): FrameState {
  for (const { row, item } of readFrom(db, keyFrameAt(db, seq) ?? seq, book)) {
    if (row.seq === seq && item.kind === 'frame') return item.frame.standing.state();
    if (row.seq >= seq) break;
  }
  throw damagedItem(seq, undefined, 'it is not the snapshot that it should be');
}
