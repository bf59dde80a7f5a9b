/**
 * A recording opened for reading: what it holds, its snapshots, any moment of it.
 * Owns the way back from the tape to snapshots; reports are reports/'s.
 */
import { ConntapeError, messageOf } from '../error.ts';
import type { Quarantined } from '../listing/listing.ts';
import type { Gap, Header, Session, Snapshot, TapeItem } from '../listing/snapshot.ts';
import { changesIn } from './aside.ts';
import { EMPTY_STATE, type FrameState } from './frame.ts';
import { PeerTable } from './peerTable.ts';
import { openForReading, type Sqlite } from './store.ts';
import { keyFrameAt, rowsFrom, sessionBefore, stateAt, TapeDecoder } from './tape.ts';

/**
 * A part of a recording: snapshots from `from` to `to`, both included. Milliseconds, UTC; infinite
 * where there is no such bound.
 */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The whole of a recording. */
export const EVERYTHING: Window = {
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
};

/** A snapshot's place in a recording. */
export interface SnapshotPlace {
  readonly number: number;
  readonly at: number;
  readonly seq: number;
}

export interface Counts {
  readonly snapshots: number;
  /** Lines of all listings together. */
  readonly observations: number;
  readonly quarantined: number;
  readonly runs: number;
  readonly entries: number;
  readonly openEntries: number;
  readonly gaps: number;
  readonly gapMs: number;
  /** Items of the tape: sessions, frames, gaps. */
  readonly items: number;
}

export class Recording {
  readonly path: string;
  readonly db: Sqlite;
  readonly #peers: PeerTable;

  private constructor(path: string, db: Sqlite) {
    this.path = path;
    this.db = db;
    this.#peers = new PeerTable(db);
  }

  /** Throws `recording` where there is no such file, or it is no recording. */
  static open(path: string): Recording {
    const db = openForReading(path);
    try {
      return new Recording(path, db);
    } catch (thrown) {
      db.close();
      throw new ConntapeError(
        'recording',
        { operation: 'opening the recording', object: path, cause: messageOf(thrown) },
        { cause: thrown },
      );
    }
  }

  close(): void {
    this.db.close();
  }

  /** What the source was from each time on, oldest first; at least one. */
  get sessions(): Session[] {
    return this.db
      .prepare<[], { at: number; header: string }>('SELECT at, header FROM session ORDER BY id')
      .all()
      .map(({ at, header }) => ({ kind: 'session', at, header: JSON.parse(header) as Header }));
  }

  /** What the last recorder said of its source. */
  get header(): Header {
    const last = this.sessions.at(-1);
    if (last === undefined) throw this.#error('it holds no session');
    return last.header;
  }

  /** From the first snapshot to the last; undefined where there is none. */
  get extent(): Window | undefined {
    const row = this.db
      .prepare<[], { first: number | null; last: number | null }>(
        'SELECT min(at) AS first, max(at) AS last FROM snapshot',
      )
      .get();
    if (row === undefined || row.first === null || row.last === null) return undefined;
    return { from: row.first, to: row.last };
  }

  /** How much of everything there is. */
  get counts(): Counts {
    return this.db
      .prepare<[], Counts>(
        `SELECT
           (SELECT count(*) FROM snapshot) AS snapshots,
           (SELECT coalesce(sum(entries), 0) FROM snapshot) AS observations,
           (SELECT coalesce(sum(quarantined), 0) FROM snapshot) AS quarantined,
           (SELECT count(*) FROM run) AS runs,
           (SELECT count(*) FROM open_entry) AS openEntries,
           (SELECT count(*) FROM entry_life) AS entries,
           (SELECT count(*) FROM gap_told) AS gaps,
           (SELECT coalesce(sum(to_ms - from_ms), 0) FROM gap_told) AS gapMs,
           (SELECT count(*) FROM tape) AS items`,
      )
      .get()!;
  }

  /** The first lines that were put aside, masked. */
  quarantined(limit: number): Quarantined[] {
    return this.db
      .prepare<[number], Quarantined>('SELECT reason, line FROM quarantine LIMIT ?')
      .all(limit);
  }

  /** The link of the last item of the tape, 64 hex digits; undefined where there is none. */
  get head(): string | undefined {
    return this.db
      .prepare('SELECT lower(hex(chain)) FROM tape ORDER BY seq DESC LIMIT 1')
      .pluck()
      .get() as string | undefined;
  }

  /** The gap that a time lies in, if any. */
  gapAt(time: number): { readonly from: number; readonly to: number; reason: string } | undefined {
    return this.db
      .prepare<[number, number], { from: number; to: number; reason: string }>(
        `SELECT from_ms AS "from", to_ms AS "to", reason FROM gap_told
         WHERE from_ms < ? AND to_ms > ? LIMIT 1`,
      )
      .get(time, time);
  }

  /** The gaps that share time with a window, in order: declared, and implied by a long step. */
  gapsIn({ from, to }: Window): { readonly from: number; readonly to: number; reason: string }[] {
    return this.db
      .prepare<[number, number], { from: number; to: number; reason: string }>(
        `SELECT from_ms AS "from", to_ms AS "to", reason FROM gap_told
         WHERE to_ms > ? AND from_ms < ? ORDER BY from_ms, to_ms`,
      )
      .all(from, to);
  }

  /** The last snapshot at or before a time; undefined where there is none. */
  snapshotAt(time: number): SnapshotPlace | undefined {
    const ends = this.db
      .prepare<[], { low: number | null; high: number | null }>(
        'SELECT min(number) AS low, max(number) AS high FROM snapshot',
      )
      .get();
    const place = this.db.prepare<[number], SnapshotPlace>(
      'SELECT number, at, seq FROM snapshot WHERE number = ?',
    );
    let found: SnapshotPlace | undefined;
    let low = ends?.low ?? 1;
    let high = ends?.high ?? 0;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const candidate = place.get(middle);
      if (candidate === undefined) throw this.#error(`snapshot ${middle} is missing`);
      if (candidate.at <= time) {
        found = candidate;
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return found;
  }

  /** When a snapshot was taken, by its number; undefined where there is none. */
  timeOf(number: number): number | undefined {
    return this.db
      .prepare<[number], number>('SELECT at FROM snapshot WHERE number = ?')
      .pluck()
      .get(number);
  }

  /** Everything as it stood at a snapshot: its listing, and the last value of every info key. */
  stateAt(place: SnapshotPlace): FrameState {
    return stateAt(this.db, place.seq, this.#peers);
  }

  /**
   * Sessions, snapshots and gaps of a window, in time order, read as they are asked for. First comes
   * the session that holds where the window begins; nothing but that comes of a window without
   * others. The info values of a snapshot are those that changed, those of the window's first all
   * that were known.
   */
  *items(window: Window): Generator<TapeItem, void> {
    const first = this.snapshotAt(window.from);
    const start = first === undefined ? 0 : (keyFrameAt(this.db, first.seq) ?? first.seq);
    const decoder = new TapeDecoder(this.#peers);
    let known = EMPTY_STATE.info;
    // Told when the window begins, unless the next one begins before it.
    let session = sessionBefore(this.db, start);
    for (const row of rowsFrom(this.db, start)) {
      const item = decoder.read(row);
      if (item.kind === 'session') {
        if (session !== undefined && item.session.at > window.from) yield session;
        session = item.session;
        continue;
      }
      const at = item.kind === 'gap' ? item.gap.to : item.snapshot.at;
      if (item.kind === 'gap' ? !overlaps(item.gap, window) : at < window.from) continue;
      if (item.kind === 'snapshot' && at > window.to) break;
      if (session !== undefined) yield session;
      session = undefined;
      if (item.kind === 'gap') {
        yield { ...item.gap, kind: 'gap' };
        continue;
      }
      const info = changesIn(known, item.state.info);
      known = item.state.info;
      yield { ...item.snapshot, info } satisfies Snapshot;
    }
    if (session !== undefined && session.at <= window.to) yield session;
  }

  #error(cause: string): ConntapeError {
    return new ConntapeError('recording', {
      operation: 'reading the recording',
      object: this.path,
      cause,
      hint: 'run `conntape verify` on it',
    });
  }
}

/** Whether a gap shares time with a window; one that ends where the window begins does not. */
function overlaps(gap: Gap, window: Window): boolean {
  return gap.to > window.from && gap.from < window.to;
}
