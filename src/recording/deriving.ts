/**
 * The index, derived again from items of a tape.
 * Owns the way from an item that was read to the indexer, and beginning where another recording
 * knows what was before; what the index holds is index/'s.
 */
import { changesIn, type InfoValues } from './aside.ts';
import { snapshotOf } from './decode.ts';
import type { FrameState } from './frame.ts';
import { Indexer } from './index/indexer.ts';
import { PeerTable } from './peerTable.ts';
import { RowWriter } from './rows.ts';
import type { Sqlite } from './sqlite.ts';
import { type Read, stateAt } from './tape.ts';
import { underWayFor } from './underWay.ts';

export class Deriver {
  readonly #rows: RowWriter;
  readonly #indexer: Indexer;
  #info: InfoValues = new Map();

  /**
   * @param db a recording that holds the peers, and nothing else or what `seed` left there; the
   *   caller holds the transaction.
   */
  constructor(db: Sqlite) {
    this.#rows = new RowWriter(db);
    const peers = new PeerTable(db, this.#rows.table('peer'));
    this.#indexer = new Indexer(db, peers, this.#rows);
    const seeded = db
      .prepare<[], { number: number; at: number; seq: number }>(
        'SELECT number, at, seq FROM snapshot WHERE seq > 0',
      )
      .get();
    if (seeded === undefined) return;
    const state: FrameState = stateAt(db, seeded.seq, peers);
    this.#indexer.resume(db, state, peers, seeded, underWayFor(db, db.name, peers)!);
    this.#indexer.settle();
    this.#info = state.info;
  }

  /** The next item, in the order of the tape. */
  take({ row, item }: Read): void {
    if (item.kind === 'session') {
      this.#indexer.session(row.at, item.session.header, row.seq);
    } else if (item.kind === 'gap') {
      this.#indexer.gap(item.gap);
    } else if (item.kind === 'unread') {
      this.#indexer.unread(item.unread);
    } else {
      const { standing } = item.frame;
      const changed = changesIn(this.#info, standing.info);
      this.#indexer.snapshot(snapshotOf(item.frame), changed, row.seq);
      this.#info = standing.info;
    }
  }

  /** When all items were taken: what was put off is written, and the sums of the tables. */
  end(): void {
    this.#indexer.flush();
    this.#rows.write();
  }
}
