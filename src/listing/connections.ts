/**
 * Which connections (CONN_ID) are open, and which snapshot opened and ended them.
 * Owns the rule for connections (docs/reference.md, Entries and connections): the entry's rule on
 * UPTIME alone, the greatest of its lines. Their entries are tracking.ts's.
 */
import type { Label } from './label.ts';
import { ConnectionLife, type Ending, type Life, type Moment, type Opening } from './life.ts';
import type { Listing } from './listing.ts';
import { Remembered } from './remembered.ts';

/** UPTIME is in whole seconds: a line may seem born so much after the listing that held it. */
const BIRTH_SLACK_MS = 1000;

/**
 * Whether something with this UPTIME can have been there when it was last seen.
 * @param lastPolledBy when the poll that last held it was over: Tor may have made the listing as
 * late as that, and UPTIME is counted to the listing.
 * @param now the poll with this UPTIME: its listing cannot be older than when that began.
 */
export function bornBefore(lastPolledBy: number, uptime: number, now: Moment): boolean {
  // By the clock of now, what is past was later by the step: UPTIME need not have grown by it.
  const steppedMs = now.stepped ?? 0;
  return now.at - uptime * 1000 <= lastPolledBy + steppedMs + BIRTH_SLACK_MS;
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

/**
 * The open connections. What a poll reads of every one of them stands in columns by slot, so that
 * those that only went on cost a few array accesses each.
 */
export class ConnectionBook {
  readonly #open = new Map<number, ConnectionLife>();
  readonly #ended = new Remembered<number, ConnectionLife>();
  /** The last snapshot whose events opened or closed a connection of this CONN_ID. */
  readonly #told = new Remembered<number, number>();
  readonly #bySlot: (ConnectionLife | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #slots = new SlotColumns();
  /** The slot of the connection of each row of the last listing. */
  #rowSlots = new Int32Array(0);

  get(connId: number): ConnectionLife | undefined {
    return this.#open.get(connId);
  }

  /** The connection of a row of the listing that was followed last. */
  ofRow(row: number): ConnectionLife {
    return this.#bySlot[this.#rowSlots[row]!]!;
  }

  /** Takes over a connection that is open, or one that a poll no longer found. */
  restore(connection: ConnectionLife): void {
    if (this.#open.has(connection.connId)) return;
    if (connection.end === 'open') this.#admit(connection);
    else this.#ended.add(connection.connId, connection);
  }

  /** Takes over the connection of each row of a listing. */
  restoreRows(connections: readonly ConnectionLife[]): void {
    for (const connection of connections) this.restore(connection);
    this.#rowSlots = Int32Array.from(connections, (connection) => connection.slot);
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
    connection.uptime = this.#slots.uptime[connection.slot]!;
    this.#open.delete(connection.connId);
    this.#bySlot[connection.slot] = undefined;
    this.#freeSlots.push(connection.slot);
    if (!ending.byEvent) this.#ended.add(connection.connId, connection);
    changes.closedConnections.push(connection);
  }

  /** Ends every connection and forgets those that ended: ids mean nothing beyond a run. */
  endAll(last: Moment, ending: Ending, changes: ConnectionChanges): void {
    for (const connection of byId(this.#open.values())) this.end(connection, last, ending, changes);
    this.#ended.clear();
    this.#told.clear();
  }

  /**
   * Goes through a listing. Afterwards `ofRow` gives the connection of each of its rows.
   * @param origins for each row, that of the last listing with its pair, or −1.
   * @param openingOf the time an event gave for the opening of a connection.
   * @returns whether a connection was replaced by another under lines that may go on.
   */
  follow(
    run: number,
    listing: Listing,
    origins: Int32Array,
    last: Moment,
    now: Moment,
    openingOf: (connId: number) => number | undefined,
    changes: ConnectionChanges,
  ): boolean {
    const rowSlots = new Int32Array(listing.labels.length);
    const newRows: number[] = [];
    const { sought, found, uptime } = this.#slots;
    const foundSlots: number[] = [];
    for (let row = 0; row < rowSlots.length; row++) {
      const slot = this.#slotOf(listing.labels[row]!, origins[row]!);
      rowSlots[row] = slot;
      if (slot < 0) {
        newRows.push(row);
      } else if (sought[slot] !== now.snapshot) {
        sought[slot] = now.snapshot;
        found[slot] = listing.uptime[row]!;
        foundSlots.push(slot);
      } else if (listing.uptime[row]! > found[slot]!) {
        found[slot] = listing.uptime[row]!;
      }
    }
    const polled: Ending = { end: 'closed', at: now.at, byEvent: false, reason: '' };
    if (foundSlots.length < this.#open.size) {
      const gone = [...this.#open.values()].filter(({ slot }) => sought[slot] !== now.snapshot);
      for (const connection of byId(gone)) this.end(connection, last, polled, changes);
    }
    const replaced = new Set<number>();
    for (const slot of foundSlots) {
      if (found[slot]! >= uptime[slot]! && bornBefore(last.polledBy, found[slot]!, now)) {
        uptime[slot] = found[slot]!;
      } else {
        replaced.add(slot);
      }
    }
    for (const slot of replaced) this.end(this.#bySlot[slot]!, last, polled, changes);
    if (replaced.size > 0) {
      for (let row = 0; row < rowSlots.length; row++) {
        if (replaced.has(rowSlots[row]!)) newRows.push(row);
      }
    }
    for (const [connId, newcomer] of newcomersAmong(listing, newRows)) {
      this.#arrive(run, connId, newcomer, now, openingOf(connId), changes);
    }
    for (const row of newRows) {
      rowSlots[row] = this.#open.get(listing.labels[row]!.connId)!.slot;
    }
    this.#rowSlots = rowSlots;
    return replaced.size > 0;
  }

  /** The slot of the open connection that a row belongs to, or −1. */
  #slotOf(label: Label, origin: number): number {
    const slot = origin < 0 ? -1 : this.#rowSlots[origin]!;
    if (slot >= 0 && this.#bySlot[slot] !== undefined) return slot;
    return this.#open.get(label.connId)?.slot ?? -1;
  }

  #admit(connection: ConnectionLife): void {
    const slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    connection.slot = slot;
    this.#bySlot[slot] = connection;
    this.#slots.reserve(slot);
    this.#slots.uptime[slot] = connection.uptime;
    this.#open.set(connection.connId, connection);
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
      bornBefore(ended.lastPolledBy, uptime, now)
    ) {
      ended.revive();
      ended.uptime = uptime;
      this.#admit(ended);
      changes.resumedConnections.push(ended);
      return;
    }
    const opened = openingFrom(opening, newcomer.label, uptime, now.at);
    const connection = new ConnectionLife(run, now, opened, connId, uptime);
    this.#admit(connection);
    changes.openedConnections.push(connection);
  }
}

/** An order that does not depend on when each of them was first seen. */
function byId(connections: Iterable<ConnectionLife>): ConnectionLife[] {
  return [...connections].sort((a, b) => a.connId - b.connId);
}

/** What polls read and write of every open connection, by its slot. */
class SlotColumns {
  /** The greatest UPTIME of its lines when last seen, seconds. */
  uptime = new Float64Array(64);
  /** The last snapshot that was looked through for it, and the greatest UPTIME found there. */
  sought = new Float64Array(64);
  found = new Float64Array(64);

  reserve(slot: number): void {
    if (slot < this.uptime.length) return;
    this.uptime = doubled(this.uptime);
    this.sought = doubled(this.sought);
    this.found = doubled(this.found);
  }
}

function doubled(column: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(column.length * 2);
  larger.set(column);
  return larger;
}

/** The connections of these rows, each with its line of the greatest UPTIME, the first of equals. */
function newcomersAmong(listing: Listing, rows: readonly number[]): Map<number, Newcomer> {
  const newcomers = new Map<number, Newcomer>();
  for (const row of rows) {
    const label = listing.labels[row]!;
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
