/**
 * Which connections (CONN_ID) are open, and which snapshot opened and ended them.
 * Owns the contract's rule for connections: the entry's rule on UPTIME alone, the greatest of its
 * lines. Their entries are tracking.ts's.
 */
import type { Label } from './label.ts';
import {
  ConnectionLife,
  type Ending,
  type EntryLife,
  type Life,
  type Moment,
  type Opening,
} from './life.ts';
import type { Listing } from './listing.ts';
import { Remembered } from './remembered.ts';

/** UPTIME is in whole seconds: a line may seem born so much after the snapshot that held it. */
const BIRTH_SLACK_MS = 1000;

/** Whether something with this UPTIME was there already when it was last seen. */
export function bornBefore(lastSeen: number, uptime: number, at: number): boolean {
  return at - uptime * 1000 <= lastSeen + BIRTH_SLACK_MS;
}

/** What a snapshot did to connections. */
export interface ConnectionChanges {
  readonly openedConnections: ConnectionLife[];
  readonly closedConnections: ConnectionLife[];
  readonly resumedConnections: ConnectionLife[];
}

/** A connection that was not open before: its line with the greatest UPTIME. */
interface Newcomer {
  readonly label: Label;
  readonly uptime: number;
}

export class ConnectionBook {
  readonly #open = new Map<number, ConnectionLife>();
  readonly #ended = new Remembered<number, ConnectionLife>();
  /** The last snapshot whose events opened or closed a connection of this CONN_ID. */
  readonly #told = new Remembered<number, number>();

  get(connId: number): ConnectionLife | undefined {
    return this.#open.get(connId);
  }

  /** Takes over a connection that is open, or one that a poll no longer found. */
  restore(connection: ConnectionLife): void {
    if (connection.end === 'open') this.#open.set(connection.connId, connection);
    else this.#ended.add(connection.connId, connection);
  }

  /** Takes note of an event that opened or closed a connection: those before it will not return. */
  told(connId: number, snapshot: number): void {
    this.#told.add(connId, snapshot);
  }

  /** Whether an event told, since a life was last seen, that its connection is another now. */
  isOver(connId: number, life: Life): boolean {
    const told = this.#told.get(connId);
    return told !== undefined && life.lastSnapshot < told;
  }

  end(connection: ConnectionLife, last: Moment, ending: Ending, changes: ConnectionChanges): void {
    connection.finish(last, ending);
    this.#open.delete(connection.connId);
    if (!ending.byEvent) this.#ended.add(connection.connId, connection);
    changes.closedConnections.push(connection);
  }

  /** Ends every connection and forgets those that ended: ids mean nothing beyond a run. */
  endAll(last: Moment, ending: Ending, changes: ConnectionChanges): void {
    for (const connection of [...this.#open.values()]) this.end(connection, last, ending, changes);
    this.#ended.clear();
    this.#told.clear();
  }

  /**
   * Goes through a listing. Afterwards `get` finds the connection of each of its rows.
   * @param continued the open entry of the listing before that has a row's pair, if any.
   * @param openingOf the time an event gave for the opening of a connection.
   */
  follow(
    run: number,
    listing: Listing,
    last: Moment,
    now: Moment,
    continued: readonly (EntryLife | undefined)[],
    openingOf: (connId: number) => number | undefined,
    changes: ConnectionChanges,
  ): void {
    const fresh = new Set<number>();
    const found: ConnectionLife[] = [];
    for (let row = 0; row < listing.labels.length; row++) {
      const { connId } = listing.labels[row]!;
      const uptime = listing.uptime[row]!;
      const connection = continued[row]?.connection ?? this.#open.get(connId);
      if (connection === undefined) {
        fresh.add(connId);
      } else if (connection.soughtIn !== now.snapshot) {
        connection.soughtIn = now.snapshot;
        connection.found = uptime;
        found.push(connection);
      } else if (uptime > connection.found) {
        connection.found = uptime;
      }
    }
    const polled: Ending = { end: 'closed', at: now.at, byEvent: false, reason: '' };
    if (found.length < this.#open.size) {
      for (const connection of [...this.#open.values()]) {
        if (connection.soughtIn !== now.snapshot) this.end(connection, last, polled, changes);
      }
    }
    for (const connection of found) {
      if (connection.found >= connection.uptime && bornBefore(last.at, connection.found, now.at)) {
        connection.uptime = connection.found;
      } else {
        this.end(connection, last, polled, changes);
        fresh.add(connection.connId);
      }
    }
    for (const [connId, newcomer] of newcomersAmong(listing, fresh)) {
      this.#arrive(run, connId, newcomer, now, openingOf(connId), changes);
    }
  }

  #arrive(
    run: number,
    connId: number,
    newcomer: Newcomer,
    now: Moment,
    opening: number | undefined,
    changes: ConnectionChanges,
  ): void {
    const { uptime } = newcomer;
    const ended = this.#ended.take(connId);
    if (
      ended !== undefined &&
      !this.isOver(connId, ended) &&
      uptime >= ended.uptime &&
      bornBefore(ended.lastSeen, uptime, now.at)
    ) {
      ended.revive();
      ended.uptime = uptime;
      this.#open.set(connId, ended);
      changes.resumedConnections.push(ended);
      return;
    }
    const opened = openingFrom(opening, newcomer.label, uptime, now.at);
    const connection = new ConnectionLife(run, now, opened, connId, uptime);
    this.#open.set(connId, connection);
    changes.openedConnections.push(connection);
  }
}

/** The line with the greatest UPTIME of each of these connections; the first of equal ones. */
function newcomersAmong(listing: Listing, connIds: ReadonlySet<number>): Map<number, Newcomer> {
  const newcomers = new Map<number, Newcomer>();
  if (connIds.size === 0) return newcomers;
  for (let row = 0; row < listing.labels.length; row++) {
    const label = listing.labels[row]!;
    if (!connIds.has(label.connId)) continue;
    const uptime = listing.uptime[row]!;
    const sibling = newcomers.get(label.connId);
    if (sibling === undefined || uptime > sibling.uptime) {
      newcomers.set(label.connId, { label, uptime });
    }
  }
  return newcomers;
}

/** When something opened: by the event, else by its UPTIME, which may not be its age. */
export function openingFrom(
  event: number | undefined,
  label: Label,
  uptime: number,
  at: number,
): Opening {
  if (event !== undefined) return { at: event, known: 'event' };
  return { at: at - uptime * 1000, known: label.ageKnown ? 'uptime' : 'unknown' };
}
