/**
 * A recording opened for reading: what it holds, its snapshots, any moment of it.
 * Owns the way back from the tape to snapshots; reports are reports/'s.
 */
import { ConntapeError } from '../error.ts';
import type { Quarantined } from '../listing/listing.ts';
import type { Gap, Header, Session, TapeItem } from '../listing/snapshot.ts';
import { changesIn, type InfoValues } from './aside.ts';
import {
  beginningOf,
  firstPlaceIn,
  firstSeqOf,
  type SnapshotPlace,
  type TapeBeginning,
} from './beginning.ts';
import { type Counts, countsIn } from './counts.ts';
import { damaged, damageOf } from './damage.ts';
import { type ReadFrame, snapshotOf } from './decode.ts';
import { sizesOf } from './files.ts';
import type { FrameState } from './frame.ts';
import { RecordingIndex } from './index/reading.ts';
import { checkEnd } from './mark.ts';
import { PeerTable } from './peerTable.ts';
import type { Sqlite } from './sqlite.ts';
import { openForReading, type ReadableStore } from './store.ts';
import { storedHeader } from './stored.ts';
import { checkTables, SUMMED_TABLES, type SummedTable } from './sums.ts';
import { keyFrameAt, stateAt } from './tape.ts';
import { itemsIn } from './tapeWindow.ts';
import type { Window } from './window.ts';

export type { SnapshotPlace } from './beginning.ts';
export { EVERYTHING, type Window } from './window.ts';

export class Recording {
  readonly path: string;
  /** Lives, runs, gaps, info values, and what queries/ ask. */
  readonly index: RecordingIndex;
  readonly #store: ReadableStore;
  #peerTable: PeerTable | undefined;
  /** Tables whose rows were held against their sums. */
  readonly #checked = new Set<SummedTable>();
  #isEndChecked = false;

  private constructor(path: string, store: ReadableStore) {
    this.path = path;
    this.#store = store;
    this.index = new RecordingIndex(
      (...tables) => this.#wholeDb(tables.length === 0 ? SUMMED_TABLES : tables),
      () => this.#lastState(),
    );
    this.#checkedDb('recording');
  }

  /**
   * Throws `recording` where there is no such file, or it is not a recording or one of another format,
   * `damaged` where it is not what was written. Everything that reads of it throws `damaged` for
   * what it finds so: no row and no item is handed out that was not held against what was written.
   */
  static open(path: string): Recording {
    const store = openForReading(path);
    try {
      return new Recording(path, store);
    } catch (thrown) {
      store.close();
      throw damageOf(thrown, path);
    }
  }

  /**
   * What stands in a recording that is open for writing, whose tables were all held against what
   * was written. It is not closed.
   */
  static over(db: Sqlite, path: string): Recording {
    const recording = new Recording(path, { db, notice: undefined, close: () => {} });
    for (const table of SUMMED_TABLES) recording.#checked.add(table);
    return recording;
  }

  close(): void {
    this.#store.close();
  }

  /** What a reader should know of the file; undefined where it is all there. */
  get notice(): string | undefined {
    return this.#store.notice;
  }

  /** Tables, all but the tape where none is named, and the tape's end were held against what was written. */
  #wholeDb(tables: readonly SummedTable[] = SUMMED_TABLES): Sqlite {
    const db = this.#checkedDb(...tables);
    if (!this.#isEndChecked) checkEnd(db);
    this.#isEndChecked = true;
    return db;
  }

  /** The file itself, all of its tables held against what was written. */
  get whole(): Sqlite {
    return this.#wholeDb();
  }

  /** The file itself, for those who check it. */
  get unchecked(): Sqlite {
    return this.#store.db;
  }

  /** The bytes of all its files, and those of them that stand in the log. */
  get sizes(): { readonly total: number; readonly log: number } {
    return sizesOf(this.path);
  }

  /** What the source was from each time on, oldest first; at least one. */
  get sessions(): Session[] {
    return this.#checkedDb('session')
      .prepare<[], { at: number; header: string }>('SELECT at, header FROM session ORDER BY id')
      .all()
      .map(({ at, header }) => ({ kind: 'session', at, header: storedHeader(header) }));
  }

  /** What the last recorder said of its source. */
  get header(): Header {
    const last = this.sessions.at(-1);
    if (last === undefined) throw this.#empty();
    return last.header;
  }

  /** From the first snapshot to the last; undefined where there is none. */
  get extent(): Window | undefined {
    const row = this.#checkedDb('snapshot')
      .prepare<[], { first: number | null; last: number | null }>(
        'SELECT min(at) AS first, max(at) AS last FROM snapshot WHERE seq > 0',
      )
      .get();
    if (row === undefined || row.first === null || row.last === null) return undefined;
    return { from: row.first, to: row.last };
  }

  /** Where it begins, if its tape began earlier; undefined where all of it is here. */
  get beginning(): TapeBeginning | undefined {
    return beginningOf(this.#checkedDb('beginning'));
  }

  /** How much of everything there is. */
  get counts(): Counts {
    return countsIn(this.#wholeDb());
  }

  /** The first lines that were put aside, masked. */
  quarantined(limit: number): Quarantined[] {
    return this.#wholeDb(['quarantine'])
      .prepare<[number], Quarantined>('SELECT reason, line FROM quarantine LIMIT ?')
      .all(limit);
  }

  /** What an info value ever said, each text once, the first said first; not where it was empty. */
  infoTexts(key: string): string[] {
    return this.#checkedDb('info_change')
      .prepare<[string], string>(
        `SELECT value FROM info_change WHERE key = ? AND value <> ''
         GROUP BY value ORDER BY min(rowid)`,
      )
      .pluck()
      .all(key);
  }

  /** The link of the last item of the tape, 64 hex digits; undefined where there is none. */
  get head(): string | undefined {
    checkEnd(this.#store.db);
    return this.#store.db
      .prepare('SELECT lower(hex(chain)) FROM tape ORDER BY seq DESC LIMIT 1')
      .pluck()
      .get() as string | undefined;
  }

  /** The gap that a time lies in, if any. */
  gapAt(time: number): { readonly from: number; readonly to: number; reason: string } | undefined {
    return this.#checkedDb('gap')
      .prepare<[number, number], { from: number; to: number; reason: string }>(
        `SELECT from_ms AS "from", to_ms AS "to", reason FROM shown_gap
         WHERE from_ms < ? AND to_ms > ? LIMIT 1`,
      )
      .get(time, time);
  }

  /** The gaps that share time with a window, in order: declared, and implied by a long step. */
  gapsIn({ from, to }: Window): { readonly from: number; readonly to: number; reason: string }[] {
    return this.#checkedDb('gap')
      .prepare<[number, number], { from: number; to: number; reason: string }>(
        `SELECT from_ms AS "from", to_ms AS "to", reason FROM shown_gap
         WHERE to_ms > ? AND from_ms < ? ORDER BY from_ms, to_ms`,
      )
      .all(from, to);
  }

  /** Steps from one snapshot of a window to the next that are longer than `ms`, in order. */
  stepsLongerThan(ms: number, { from, to }: Window): Window[] {
    const steps =
      'SELECT at AS "from", lead(at) OVER (ORDER BY number) AS "to" FROM snapshot WHERE seq > 0';
    return this.#wholeDb(['snapshot'])
      .prepare<number[], Window>(
        `SELECT * FROM (${steps} AND at >= ? AND at <= ?) WHERE "to" - "from" > ?`,
      )
      .all(from, to, ms);
  }

  /** The first snapshot that is there; undefined where there is none. */
  get firstSnapshot(): SnapshotPlace | undefined {
    return firstPlaceIn(this.#checkedDb('snapshot'));
  }

  /** The last snapshot at or before a time; undefined where there is none. */
  snapshotAt(time: number): SnapshotPlace | undefined {
    const db = this.#checkedDb('snapshot');
    const ends = db
      .prepare<[], { low: number | null; high: number | null }>(
        'SELECT min(number) AS low, max(number) AS high FROM snapshot WHERE seq > 0',
      )
      .get();
    const place = db.prepare<[number], SnapshotPlace>(
      'SELECT number, at, seq FROM snapshot WHERE number = ?',
    );
    let found: SnapshotPlace | undefined;
    let low = ends?.low ?? 1;
    let high = ends?.high ?? 0;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      const candidate = place.get(middle);
      if (candidate === undefined) throw damaged(`snapshot ${middle} is missing`);
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
    return this.#checkedDb('snapshot')
      .prepare<[number], number>('SELECT at FROM snapshot WHERE number = ?')
      .pluck()
      .get(number);
  }

  /** Read when the tape is: other readers need none of the peers. */
  get #peers(): PeerTable {
    this.#peerTable ??= new PeerTable(this.#store.db);
    return this.#peerTable;
  }

  /** Everything as it stood at a snapshot: its listing, and the last value of every info key. */
  stateAt(place: SnapshotPlace): FrameState {
    return stateAt(this.#store.db, place.seq, this.#peers);
  }

  #lastState(): FrameState | undefined {
    const last = this.snapshotAt(Number.POSITIVE_INFINITY);
    return last === undefined ? undefined : this.stateAt(last);
  }

  /**
   * Sessions, snapshots and gaps of a window, in time order, read as they are asked for. First comes
   * the session that holds where the window begins; nothing but that comes of a window without
   * others. The info values of a snapshot are those that changed, those of the window's first all
   * that were known.
   */
  *items(window: Window): Generator<TapeItem, void> {
    let known: InfoValues = new Map();
    for (const item of this.frames(window)) {
      if (item.kind !== 'frame') {
        yield item;
        continue;
      }
      const info = changesIn(known, item.standing.info);
      known = item.standing.info;
      yield { ...snapshotOf(item), info };
    }
  }

  /** The same with frames in the place of snapshots: each changes the rows that the last one left. */
  *frames(window: Window): Generator<Session | Gap | ReadFrame, void> {
    const first = this.snapshotAt(window.from);
    const db = this.#checkedDb('session', 'beginning');
    const from = first === undefined ? firstSeqOf(db) : (keyFrameAt(db, first.seq) ?? first.seq);
    yield* itemsIn(window, db, this.#peers, from, this.#seqBehind(window.to));
  }

  /** The place of the first snapshot behind a time; undefined where there is none yet. */
  #seqBehind(time: number): number | undefined {
    return this.#checkedDb('snapshot')
      .prepare<[number], number>('SELECT seq FROM snapshot WHERE number > ? AND seq > 0 LIMIT 1')
      .pluck()
      .get(this.snapshotAt(time)?.number ?? 0);
  }

  #checkedDb(...tables: readonly SummedTable[]): Sqlite {
    const { db } = this.#store;
    const others = tables.filter((table) => !this.#checked.has(table));
    if (others.length > 0) checkTables(db, others);
    for (const table of others) this.#checked.add(table);
    return db;
  }

  #empty(): ConntapeError {
    return new ConntapeError('recording', {
      operation: 'reading the recording',
      object: this.path,
      cause: 'nothing was recorded into it yet',
      ...(this.notice === undefined ? {} : { hint: this.notice }),
    });
  }
}
