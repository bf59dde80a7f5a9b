/**
 * Which connections (CONN_ID) are open, and which snapshot opened and ended them.
 * Owns the rule for connections (docs/reference.md, Entries and connections): the entry's rule on
 * UPTIME alone, the greatest of its lines. Their entries are tracking.ts's.
 */
import { enlarged, withRoom } from './columns.ts';
import type { Label } from './label.ts';
import { ConnectionLife, type Ending, type Life, type Moment, type Opening } from './life.ts';
import type { Listing } from './listing.ts';
import { PairIndex } from './pairIndex.ts';
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
  return now.at - uptime * 1000 <= latestBirth(lastPolledBy, now);
}

/** The latest birth, by UPTIME now, of something that was there when it was last seen. */
export function latestBirth(lastPolledBy: number, now: Moment): number {
  // By the clock of now, what is past was later by the step: UPTIME need not have grown by it.
  const steppedMs = now.stepped ?? 0;
  return lastPolledBy + steppedMs + BIRTH_SLACK_MS;
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
  /** Slots, found by CONN_ID and 0. */
  readonly #index = new PairIndex();
  readonly #bySlot: (ConnectionLife | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #slots = new SlotColumns();
  readonly #ended = new Remembered<ConnectionLife>();
  /** The last snapshot whose events opened or closed a connection of this CONN_ID. */
  readonly #named = new Remembered<number>();
  /** The slot of the connection of each row of the last listing. */
  #rowSlots = new Int32Array(0);
  /** Room for those of the next one, and for the slots that it finds. */
  #nextRowSlots = new Int32Array(0);
  #foundSlots = new Int32Array(0);

  get(connId: number): ConnectionLife | undefined {
    return this.#bySlot[this.#index.find(connId, 0)];
  }

  /** The connection of a row of the listing that was followed last. */
  ofRow(row: number): ConnectionLife {
    return this.#bySlot[this.#rowSlots[row]!]!;
  }

  /** Takes over a connection that is open, or one that a poll no longer found. */
  restore(connection: ConnectionLife): void {
    const { connId } = connection;
    if (this.get(connId) !== undefined) return;
    if (connection.end === 'open') this.#admit(connection);
    else this.#ended.add(connId, 0, connection);
  }

  /** Takes over the connection of each row of a listing. */
  restoreRows(connections: readonly ConnectionLife[]): void {
    for (const connection of connections) this.restore(connection);
    this.#rowSlots = Int32Array.from(connections, (connection) => connection.slot);
  }

  /** Takes note of an event that opened or closed a connection: those before it will not return. */
  nameByEvent(connId: number, snapshot: number): void {
    this.#named.add(connId, 0, snapshot);
  }

  /** Whether an event said, since a life was last seen, that its connection is another now. */
  isOver(connId: number, life: Life): boolean {
    const named = this.#named.get(connId, 0);
    return named !== undefined && life.lastSnapshot < named;
  }

  /** Forgets the lives that no snapshot from one on has held. */
  forgetBefore(snapshot: number): void {
    this.#ended.forgetWhile(({ lastSnapshot }) => lastSnapshot < snapshot);
    this.#named.forgetWhile((named) => named < snapshot);
  }

  end(connection: ConnectionLife, last: Moment, ending: Ending, changes: ConnectionChanges): void {
    const { connId, slot } = connection;
    connection.finish(last, ending);
    connection.uptime = this.#slots.uptime[slot]!;
    this.#index.remove(slot);
    this.#bySlot[slot] = undefined;
    this.#freeSlots.push(slot);
    if (!ending.byEvent) this.#ended.add(connId, 0, connection);
    changes.closedConnections.push(connection);
  }

  /** Ends every connection and forgets those that ended: ids mean nothing beyond a run. */
  endAll(last: Moment, ending: Ending, changes: ConnectionChanges): void {
    const open = this.#bySlot.filter((connection) => connection !== undefined).sort(byId);
    for (const connection of open) this.end(connection, last, ending, changes);
    this.#ended.clear();
    this.#named.clear();
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
    const newRows: number[] = [];
    const foundCount = this.#find(listing, origins, now, newRows);
    const polled: Ending = { end: 'closed', at: now.at, byEvent: false, reason: '' };
    if (foundCount < this.#index.size) {
      for (const connection of this.#notSoughtIn(now)) this.end(connection, last, polled, changes);
    }
    const replaced = this.#replacedAmong(foundCount, last, now);
    for (const slot of replaced) this.end(this.#bySlot[slot]!, last, polled, changes);
    if (replaced.size > 0) {
      for (let row = 0; row < origins.length; row++) {
        if (replaced.has(this.#nextRowSlots[row]!)) newRows.push(row);
      }
    }
    for (const [connId, newcomer] of newcomersAmong(listing, newRows)) {
      this.#arrive(run, connId, newcomer, now, openingOf(connId), changes);
    }
    for (const row of newRows) {
      this.#nextRowSlots[row] = this.#index.find(listing.labels[row]!.connId, 0);
    }
    [this.#rowSlots, this.#nextRowSlots] = [this.#nextRowSlots, this.#rowSlots];
    return replaced.size > 0;
  }

  /**
   * Finds the slot of each row, and of each slot the greatest UPTIME. Rows of connections that are
   * not open go to `newRows`.
   * @returns how many connections were found: so many of `#foundSlots` are theirs.
   */
  #find(listing: Listing, origins: Int32Array, now: Moment, newRows: number[]): number {
    const { labels, uptime } = listing;
    const { sought, found } = this.#slots;
    const rowSlots = withRoom(this.#nextRowSlots, origins.length);
    const foundSlots = withRoom(this.#foundSlots, origins.length);
    this.#nextRowSlots = rowSlots;
    this.#foundSlots = foundSlots;
    const slotsBefore = this.#rowSlots;
    const bySlot = this.#bySlot;
    let foundCount = 0;
    for (let row = 0; row < origins.length; row++) {
      const origin = origins[row]!;
      let slot = origin < 0 ? -1 : slotsBefore[origin]!;
      // An event may have ended it.
      if (slot < 0 || bySlot[slot] === undefined) slot = this.#index.find(labels[row]!.connId, 0);
      rowSlots[row] = slot;
      if (slot < 0) {
        newRows.push(row);
      } else if (sought[slot] !== now.snapshot) {
        sought[slot] = now.snapshot;
        found[slot] = uptime[row]!;
        foundSlots[foundCount++] = slot;
      } else if (uptime[row]! > found[slot]!) {
        found[slot] = uptime[row]!;
      }
    }
    return foundCount;
  }

  #notSoughtIn({ snapshot }: Moment): ConnectionLife[] {
    const gone: ConnectionLife[] = [];
    for (let slot = 0; slot < this.#bySlot.length; slot++) {
      const connection = this.#bySlot[slot];
      if (connection === undefined || this.#slots.sought[slot] === snapshot) continue;
      gone.push(connection);
    }
    return gone.sort(byId);
  }

  /** The slots of connections that are others now, by their UPTIME. */
  #replacedAmong(foundCount: number, last: Moment, now: Moment): Set<number> {
    const { found, uptime } = this.#slots;
    const foundSlots = this.#foundSlots;
    const bornBy = latestBirth(last.polledBy, now);
    const replaced = new Set<number>();
    for (let index = 0; index < foundCount; index++) {
      const slot = foundSlots[index]!;
      if (found[slot]! >= uptime[slot]! && now.at - found[slot]! * 1000 <= bornBy) {
        uptime[slot] = found[slot]!;
      } else {
        replaced.add(slot);
      }
    }
    return replaced;
  }

  #admit(connection: ConnectionLife): void {
    const slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    connection.slot = slot;
    this.#bySlot[slot] = connection;
    this.#slots.reserve(slot);
    this.#slots.uptime[slot] = connection.uptime;
    this.#index.add(slot, connection.connId, 0);
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
    const ended = this.#ended.take(connId, 0);
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
function byId(a: ConnectionLife, b: ConnectionLife): number {
  return a.connId - b.connId;
}

/** What polls read and write of every open connection, by its slot. */
class SlotColumns {
  /** The greatest UPTIME of its lines when last seen, seconds. */
  uptime = new Float64Array(64);
  /** The last snapshot that was looked through for it, and the greatest UPTIME found there. */
  sought = new Int32Array(64);
  found = new Float64Array(64);

  reserve(slot: number): void {
    if (slot < this.uptime.length) return;
    const room = 2 * this.uptime.length;
    this.uptime = enlarged(this.uptime, new Float64Array(room));
    this.sought = enlarged(this.sought, new Int32Array(room));
    this.found = enlarged(this.found, new Float64Array(room));
  }
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
