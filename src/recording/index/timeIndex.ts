/**
 * The index of time: sessions, snapshots, runs, gaps and info values, in tables.
 * Owns writing them; lives are lifeIndex.ts's.
 */
import type { Changes } from '../../listing/life.ts';
import { isGap } from '../../listing/pace.ts';
import type { Gap, Header, Snapshot, Unread } from '../../listing/snapshot.ts';
import type { InfoValues } from '../aside.ts';
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
  readonly #sql: ReturnType<typeof statements>;
  #quarantineRows: number;

  /** @param db a recording opened for writing; the caller holds the transaction. */
  constructor(db: Sqlite) {
    this.#sql = statements(db);
    this.#quarantineRows = db
      .prepare('SELECT count(*) FROM quarantine WHERE snapshot IS NOT NULL')
      .pluck()
      .get() as number;
  }

  /** @param seq the place of the session on the tape. */
  session(at: number, header: Header, seq: number): void {
    this.#sql.session.run(at, seq, header.intervalMs, JSON.stringify(header));
  }

  /** A gap that the source declared: steps that share time with it are told by it. */
  gap({ from, to, reason }: Pick<Gap, 'from' | 'to' | 'reason'>): void {
    this.#sql.declaredGap.run(from, to, reason);
    this.#sql.tellNoStep.run(to, from);
  }

  /** A line of a transcript, of which there is no more to show than where it stood. */
  unread({ line, reason }: Unread): void {
    this.#sql.quarantine.run(null, reason, `(line ${line} of the transcript)`);
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
    this.#sql.snapshot.run(number, at, Math.round(pollMs), seq, labels.length, quarantinedCount);
    if (pace.lastAt !== undefined && isGap(at - pace.lastAt, pace.intervalMs)) {
      this.#sql.step.run({ from: pace.lastAt, to: at, reason: NO_SNAPSHOTS });
    }
    if (changes.runStarted) this.#sql.run.run(changes.run, number);
    for (const [key, value] of changedInfo) this.#sql.info.run(number, key, value);
    for (const { reason, line } of listing.quarantined) {
      if (this.#quarantineRows >= MAX_QUARANTINE_ROWS) break;
      this.#quarantineRows++;
      this.#sql.quarantine.run(number, reason, line);
    }
  }
}

function statements(db: Sqlite) {
  return {
    session: db.prepare('INSERT INTO session (at, seq, interval_ms, header) VALUES (?, ?, ?, ?)'),
    snapshot: db.prepare(
      'INSERT INTO snapshot (number, at, poll_ms, seq, entries, quarantined) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    run: db.prepare('INSERT INTO run (id, first_snapshot) VALUES (?, ?)'),
    declaredGap: db.prepare(
      'INSERT INTO gap (from_ms, to_ms, reason, declared, told) VALUES (?, ?, ?, 1, 1)',
    ),
    tellNoStep: db.prepare(
      'UPDATE gap SET told = 0 WHERE NOT declared AND told AND from_ms < ? AND to_ms > ?',
    ),
    step: db.prepare(
      `INSERT INTO gap (from_ms, to_ms, reason, declared, told)
       SELECT :from, :to, :reason, 0,
         NOT EXISTS (SELECT 1 FROM gap WHERE declared AND from_ms < :to AND to_ms > :from)`,
    ),
    info: db.prepare('INSERT INTO info_change (snapshot, key, value) VALUES (?, ?, ?)'),
    quarantine: db.prepare('INSERT INTO quarantine (snapshot, reason, line) VALUES (?, ?, ?)'),
  };
}
