/**
 * The index of time: sessions, snapshots, runs, gaps and info values, in tables.
 * Owns writing them; lives are lifeIndex.ts's.
 */
import type { Changes } from '../../listing/life.ts';
import { isMetric } from '../../listing/metrics.ts';
import { isGap } from '../../listing/pace.ts';
import type { Gap, Header, Snapshot, Unread } from '../../listing/snapshot.ts';
import type { InfoValues } from '../aside.ts';
import type { RowWriter } from '../rows.ts';
import type { Sqlite } from '../sqlite.ts';

/** What the gap says that no source declared. */
const NO_SNAPSHOTS = 'no snapshots';

/** So many quarantined lines of listings are shown of a whole recording; all are counted. */
const MAX_QUARANTINE_ROWS = 1000;

/** What came before a snapshot: the one before, if any, and how often they are due. */
export interface Pace {
  readonly lastAt: number | undefined;
  readonly intervalMs: number;
}

export class TimeIndex {
  readonly #rows: RowWriter;
  readonly #isDeclared;
  #quarantineRows: number;

  /** @param db a recording opened for writing; the caller holds the transaction. */
  constructor(db: Sqlite, rows: RowWriter) {
    this.#rows = rows;
    this.#isDeclared = db
      .prepare<[number, number]>('SELECT 1 FROM gap WHERE declared AND from_ms < ? AND to_ms > ?')
      .pluck();
    this.#quarantineRows = db
      .prepare('SELECT count(*) FROM quarantine WHERE snapshot IS NOT NULL')
      .pluck()
      .get() as number;
  }

  /** @param seq the place of the session on the tape. */
  session(at: number, header: Header, seq: number): void {
    this.#rows.table('session').insert([null, at, seq, header.intervalMs, JSON.stringify(header)]);
  }

  /** A gap that the source declared: it accounts for the steps that share time with it. */
  gap({ from, to, reason }: Pick<Gap, 'from' | 'to' | 'reason'>): void {
    const gaps = this.#rows.table('gap');
    gaps.insert([null, from, to, reason, 1, 1]);
    gaps.update('shown = 0', [], 'NOT declared AND shown AND from_ms < ? AND to_ms > ?', [
      to,
      from,
    ]);
  }

  /** A line of a transcript, of which there is no more to show than where it stood. */
  unread({ line, reason }: Unread): void {
    this.#rows.table('quarantine').insert([null, reason, `(line ${line} of the transcript)`]);
  }

  /** @param seq the place of the snapshot's frame on the tape. */
  snapshot(
    snapshot: Snapshot,
    changes: Changes,
    changedInfo: InfoValues,
    seq: number,
    pace: Pace,
  ): void {
    const { listing, at, pollMs } = snapshot;
    const number = changes.snapshot;
    const { labels, quarantinedCount } = listing;
    this.#rows
      .table('snapshot')
      .insert([number, at, Math.round(pollMs), seq, labels.length, quarantinedCount]);
    if (pace.lastAt !== undefined && isGap(at - pace.lastAt, pace.intervalMs)) {
      const shown = this.#isDeclared.get(at, pace.lastAt) === undefined ? 1 : 0;
      this.#rows.table('gap').insert([null, pace.lastAt, at, NO_SNAPSHOTS, 0, shown]);
    }
    if (changes.runStarted) this.#rows.table('run').insert([changes.run, number]);
    for (const [key, value] of changedInfo) {
      // Hundreds of series that change with every poll stand on the tape alone.
      if (!isMetric(key)) this.#rows.table('info_change').insert([number, key, value]);
    }
    for (const { reason, line } of listing.quarantined) {
      if (this.#quarantineRows >= MAX_QUARANTINE_ROWS) break;
      this.#quarantineRows++;
      this.#rows.table('quarantine').insert([number, reason, line]);
    }
  }
}
