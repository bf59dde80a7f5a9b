/**
 * The entries that have a CIRC_ID, as the index tells them.
 * Owns reading them; which of them are one circuit is listing/circuit.ts's.
 */
import type { End } from '../../listing/life.ts';
import type { Sqlite } from '../sqlite.ts';
import type { Window } from '../window.ts';

/** An entry with a CIRC_ID. Times are milliseconds since the epoch. */
export interface CircuitEntry {
  readonly run: number;
  readonly connId: number;
  readonly circId: number;
  readonly flags: string;
  readonly openedAt: number;
  /** 1 or 0. */
  readonly openedKnown: number;
  readonly firstSnapshot: number;
  readonly lastSnapshot: number;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** Null while it is open. */
  readonly closedBy: number | null;
  readonly end: End;
  readonly read: number;
  readonly written: number;
  /** 1 where it is all that its connection ever was, else 0. */
  readonly alone: number;
}

/**
 * Every entry of the circuits of a window, in order of run, CIRC_ID and opening. A circuit that
 * was seen in the window at all comes whole. The counters of open entries must have been filled in.
 */
export function circuitEntries(db: Sqlite, window: Window): IterableIterator<CircuitEntry> {
  return db
    .prepare<[{ from: number; to: number }], CircuitEntry>(
      `SELECT run, life.conn_id AS connId, life.circ_id AS circId, type_flags AS flags,
         opened_ms AS openedAt, opened_known AS openedKnown,
         first_snapshot AS firstSnapshot, last_snapshot AS lastSnapshot,
         first_seen_ms AS firstSeen, last_seen_ms AS lastSeen, closed_ms AS closedBy, end,
         coalesce(life.read, open_counter.read) AS read,
         coalesce(life.written, open_counter.written) AS written, alone
       FROM entry_life AS life
       LEFT JOIN open_counter
         ON end = 'open'
         AND open_counter.conn_id = life.conn_id AND open_counter.circ_id = life.circ_id
       WHERE life.circ_id <> 0 AND life.circ_id IN (
         SELECT circ_id FROM entry_life WHERE last_seen_ms >= @from AND first_seen_ms <= @to)
       ORDER BY run, life.circ_id, opened_ms, first_seen_ms, life.conn_id`,
    )
    .iterate(window);
}
