/**
 * The items of a tape, in order: reading them back from the file.
 * Owns what kinds of items there are and the way from a row to a session, a snapshot or a gap; not
 * the index beside the tape.
 */
import type { Gap, Header, Session, Snapshot } from '../listing/snapshot.ts';
import { damaged } from './bytes.ts';
import type { TapeRow } from './chain.ts';
import { decodeFrame, EMPTY_STATE, type FrameState } from './frame.ts';
import type { PeerBook } from './peers.ts';
import type { Sqlite } from './store.ts';

export const KIND = { session: 0, keyFrame: 1, deltaFrame: 2, gap: 3 } as const;

/** A key frame comes after so many frames at the latest: half an hour at 10 s. */
export const FRAMES_PER_KEY = 180;

export interface StoredRow extends TapeRow {
  readonly payload: Buffer;
  readonly chain: Buffer;
}

/** An item that was read. `peers` are the numbers of the peers that its payload refers to. */
export type ReadItem =
  | { readonly kind: 'session'; readonly session: Session; readonly peers: readonly number[] }
  | { readonly kind: 'gap'; readonly gap: Gap; readonly peers: readonly number[] }
  | {
      readonly kind: 'snapshot';
      readonly snapshot: Snapshot;
      readonly state: FrameState;
      readonly peers: readonly number[];
    };

/** Reads rows one after another, each frame against the one before. */
export class TapeDecoder {
  readonly #book: PeerBook;
  #state: FrameState | undefined;

  constructor(book: PeerBook) {
    this.#book = book;
  }

  /**
   * The item of the next row. Throws `recording` where the payload is damaged, or where it is a
   * delta frame and no key frame was read before.
   */
  read(row: StoredRow): ReadItem {
    if (row.kind === KIND.session) {
      return { kind: 'session', session: sessionIn(row), peers: [] };
    }
    if (row.kind === KIND.gap) return { kind: 'gap', gap: parse(row.payload) as Gap, peers: [] };
    if (row.kind !== KIND.keyFrame && row.kind !== KIND.deltaFrame) {
      throw damaged(`there is no item of kind ${row.kind}`);
    }
    const before = row.kind === KIND.keyFrame ? EMPTY_STATE : this.#state;
    if (before === undefined) throw damaged('there is no key frame before it');
    const frame = decodeFrame(before, row.payload, row.at, this.#book);
    this.#state = frame.state;
    return { kind: 'snapshot', ...frame };
  }
}

function sessionIn({ at, payload }: StoredRow): Session {
  return { kind: 'session', at, header: parse(payload) as Header };
}

function parse(payload: Buffer): unknown {
  let record: unknown;
  try {
    record = JSON.parse(payload.toString());
  } catch {
    throw damaged('it is no JSON');
  }
  if (typeof record !== 'object' || record === null) throw damaged('it is no JSON object');
  return record;
}

/**
 * Rows of the tape from one sequence number on, in order, up to what is now the last. Each is read
 * for itself when it is asked for: a reader that takes its time, as a replay does, holds no
 * transaction, which would keep a recorder's log growing.
 */
export function* rowsFrom(db: Sqlite, seq: number): Generator<StoredRow, void> {
  const last = db.prepare<[], number | null>('SELECT max(seq) FROM tape').pluck().get();
  const next = db.prepare<[number, number], StoredRow>(
    'SELECT seq, kind, at, payload, chain FROM tape WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT 1',
  );
  if (last === null || last === undefined) return;
  for (let row = next.get(seq, last); row !== undefined; row = next.get(row.seq + 1, last)) {
    yield row;
  }
}

/** The session that holds where the item stands that has a sequence number; undefined for none. */
export function sessionBefore(db: Sqlite, seq: number): Session | undefined {
  const row = db
    .prepare<[number, number], StoredRow>(
      `SELECT seq, kind, at, payload, chain FROM tape WHERE kind = ? AND seq < ?
       ORDER BY seq DESC LIMIT 1`,
    )
    .get(KIND.session, seq);
  return row === undefined ? undefined : sessionIn(row);
}

/** The sequence number of the last key frame up to `seq`; undefined where there is none. */
export function keyFrameAt(db: Sqlite, seq: number): number | undefined {
  return db
    .prepare('SELECT seq FROM tape WHERE kind = ? AND seq <= ? ORDER BY seq DESC LIMIT 1')
    .pluck()
    .get(KIND.keyFrame, seq) as number | undefined;
}

/** The state after the frame that stands at `seq`, which must be a frame. */
export function stateAt(db: Sqlite, seq: number, book: PeerBook): FrameState {
  const decoder = new TapeDecoder(book);
  let state = EMPTY_STATE;
  for (const row of rowsFrom(db, keyFrameAt(db, seq) ?? seq)) {
    if (row.seq > seq) break;
    const item = decoder.read(row);
    if (item.kind === 'snapshot') state = item.state;
  }
  return state;
}
