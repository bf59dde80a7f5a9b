/**
 * Lives as the columns of their tables, and back.
 * Owns how an opening and an end are written there; which rows there are is lifeIndex.ts's.
 */
import type { ConnectionLife, EntryLife, Life } from '../../listing/life.ts';
import type { Value } from '../sums.ts';
import { OPENINGS } from './traits.ts';

/** conn_id, circ_id, peer, ports, trait, age, first_snapshot. */
export type OpenRow = readonly [
  connId: number,
  circId: number,
  peer: number,
  ports: number,
  trait: number,
  age: number,
  firstSnapshot: number,
];

/** PORT and L_PORT as one number. */
export function portsOf(port: number, lPort: number): number {
  return port * 65_536 + lPort;
}

/** The inverse of `portsOf`: PORT, L_PORT. */
export function portsIn(ports: number): readonly [port: number, lPort: number] {
  return [Math.floor(ports / 65_536), ports & 65_535];
}

/** How old an entry was at first sight: in milliseconds where an event said when it opened. */
export function ageOf({ firstSeen, openedAt, openingKnown }: Life): number {
  const ageMs = firstSeen - openedAt;
  // UPTIME is in whole seconds, and what is not an event's came of it.
  return openingKnown === 'event' ? ageMs : ageMs / 1000;
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
