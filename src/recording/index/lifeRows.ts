/**
 * Lives as the columns of their tables, and back.
 * Owns how an opening and an end are written there; which rows there are is lifeIndex.ts's.
 */
import type { ConnectionLife, EntryLife, Life } from '../../listing/life.ts';
import type { Value } from '../sums.ts';
import { OPENINGS } from './traits.ts';

/** conn_id, circ_id, peer, port, trait, age, first_snapshot. */
export type OpenRow = readonly [
  connId: number,
  circId: number,
  peer: number,
  port: number,
  trait: number,
  age: number,
  firstSnapshot: number,
];

/** How old an entry was at first sight: in milliseconds where an event said when it opened. */
export function ageOf({ firstSeen, openedAt, openingKnown }: Life): number {
  const ageMs = firstSeen - openedAt;
  // UPTIME is in whole seconds, and what is not an event's came of it: no more are lost than where
  // its milliseconds are no exact number.
  return openingKnown === 'event' ? ageMs : Math.round(ageMs / 1000);
}

/** The inverse of `ageOf`: milliseconds. */
export function ageMsIn(age: number, isEvent: boolean): number {
  return isEvent ? age : age * 1000;
}

/** UPTIME when an entry was last seen, less the whole seconds since it opened. */
export function latenessOf({ uptime, lastSeen, openedAt }: EntryLife): number {
  return uptime - wholeSeconds(lastSeen - openedAt);
}

/** The inverse of `latenessOf`: seconds. */
export function uptimeIn(late: number, lastSeen: number, openedAt: number): number {
  return late + wholeSeconds(lastSeen - openedAt);
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000);
}

/** The row of an entry that ended, which SQLite is to number, and the trait that it has then. */
export function rowOfEnded(entry: EntryLife, open: OpenRow, trait: number): readonly Value[] {
  const held = entry.lastSnapshot - open[6];
  const { read, written } = entry;
  // One after another: of thousands a snapshot, what spreading an array costs is seen.
  return [null, open[0], open[1], open[2], open[3], trait, open[5], open[6], held, read, written];
}

/** last_snapshot, closed_ms, reason. */
export function endColumns(life: Life) {
  return [
    life.lastSnapshot,
    life.closedByEvent ? life.closedBy! : null,
    life.reason === '' ? null : life.reason,
  ] as const;
}

/** The row of a connection that is open: conn_id, run, age_ms, opening, first_snapshot. */
export function connectionColumns(connection: ConnectionLife): readonly Value[] {
  return [
    connection.connId,
    connection.run,
    connection.firstSeen - connection.openedAt,
    OPENINGS.indexOf(connection.openingKnown),
    connection.firstSnapshot,
  ];
}
