/**
 * Which entries opened, went on and ended from one snapshot to the next.
 * Owns the rules of docs/reference.md, Entries and connections and Runs; the connections that
 * entries belong to are connections.ts's.
 */
import { bornBefore, ConnectionBook, latestBirth, openingFrom } from './connections.ts';
import { type Gathered, gather, momentOf, polledAt } from './gathered.ts';
import { Label, sameLabel } from './label.ts';
import {
  type Changes,
  type ConnectionLife,
  type Ending,
  EntryLife,
  Life,
  type Moment,
} from './life.ts';
import { EMPTY_LISTING, type Listing } from './listing.ts';
import { matchOf } from './match.ts';
import { OpenEntries } from './openEntries.ts';
import { PairIndex } from './pairIndex.ts';
import { Remembered } from './remembered.ts';
import type { LifeEvent, Snapshot } from './snapshot.ts';

/** What a tracker needs to go on where another one stopped. */
export interface TrackerState {
  readonly last: Moment;
  readonly run: number;
  /** The last value of info/uptime-process that was a number, seconds. */
  readonly uptimeProcess: number | undefined;
  readonly listing: Listing;
  /** The entry of each row of `listing`. */
  readonly entries: readonly EntryLife[];
  /** What ended by a poll in this run, in the order in which it ended. */
  readonly endedEntries: readonly EntryLife[];
  readonly endedConnections: readonly ConnectionLife[];
  /** CONN_IDs that events named, with the last snapshot in which they did, oldest first. */
  readonly named: readonly (readonly [connId: number, snapshot: number])[];
}

/** Follows a tape snapshot by snapshot, in time order. */
export class Tracker {
  #last: Moment = {
    snapshot: 0,
    at: Number.NEGATIVE_INFINITY,
    polledBy: Number.NEGATIVE_INFINITY,
  };
  #run = 1;
  #uptimeProcess: number | undefined;
  #listing: Listing = EMPTY_LISTING;
  readonly #open = new OpenEntries();
  /** Made where an event asks for it. */
  #rowsBySlot: Int32Array | undefined;
  readonly #connections = new ConnectionBook();
  readonly #ended = new Remembered<EntryLife>();

  constructor(state?: TrackerState) {
    if (state === undefined) return;
    this.#last = state.last;
    this.#run = state.run;
    this.#uptimeProcess = state.uptimeProcess;
    this.#listing = state.listing;
    for (const [connId, snapshot] of state.named) this.#connections.nameByEvent(connId, snapshot);
    this.#connections.restoreRows(state.entries.map((entry) => entry.connection));
    const open = new PairIndex();
    this.#open.begin(state.entries.length);
    for (const [row, entry] of state.entries.entries()) {
      open.add(row, entry.label.connId, entry.label.circId);
      this.#open.come(entry, row);
    }
    this.#open.finish(state.entries.length);
    for (const entry of state.endedEntries) {
      const { connId, circId } = entry.label;
      if (open.find(connId, circId) < 0) this.#ended.add(connId, circId, entry);
    }
    for (const connection of state.endedConnections) this.#connections.restore(connection);
  }

  /** The run of the last snapshot, from 1. */
  get run(): number {
    return this.#run;
  }

  /** The entry of each row of the last listing. */
  get entries(): readonly EntryLife[] {
    return this.#open.list;
  }

  /** Forgets the lives that no snapshot from one on has held: their lines, back again, begin new ones. */
  forgetBefore(snapshot: number): void {
    this.#ended.forgetWhile(({ lastSnapshot }) => lastSnapshot < snapshot);
    this.#connections.forgetBefore(snapshot);
  }

  /** Takes the next snapshot, which must be later than the one before, and says what it changed. */
  follow(snapshot: Snapshot): Changes {
    const now = momentOf(this.#last.snapshot + 1, snapshot);
    const changes = gather(now, this.#run);
    this.#rowsBySlot = undefined;
    const openings = new Map<number, LifeEvent>();
    const uptime = uptimeProcessOf(snapshot.info.get('info/uptime-process'));
    const before = this.#uptimeProcess;
    const restarted = uptime !== undefined && before !== undefined && uptime < before;
    // What happened before the new process began belongs to the old one.
    const runStart = restarted ? now.at - uptime * 1000 : Number.NEGATIVE_INFINITY;
    for (const event of snapshot.events) {
      if (event.at < runStart) this.#apply(event, openings, changes);
    }
    if (restarted) this.#startRun(now, openings, changes);
    for (const event of snapshot.events) {
      if (event.at >= runStart) this.#apply(event, openings, changes);
    }
    this.#uptimeProcess = uptime ?? before;
    this.#followRows(now, snapshot.listing, openings, changes);
    this.#listing = snapshot.listing;
    this.#last = now;
    for (const opening of openings.values()) this.#pass(opening, polledAt(now), changes);
    return changes;
  }

  #apply(event: LifeEvent, openings: Map<number, LifeEvent>, changes: Gathered): void {
    const connection = this.#connections.get(event.connId);
    const opening = openings.get(event.connId);
    if (event.what === 'opened') {
      if (connection !== undefined || opening !== undefined) return;
      openings.set(event.connId, event);
      this.#connections.nameByEvent(event.connId, changes.snapshot);
      return;
    }
    const ending: Ending = { end: 'closed', at: event.at, byEvent: true, reason: event.reason };
    if (opening !== undefined) {
      openings.delete(event.connId);
      this.#pass(opening, ending, changes);
    } else if (connection !== undefined) {
      for (const row of this.#rowsOf(connection)) this.#endEntry(row, ending, changes);
      this.#connections.end(connection, this.#last, ending, changes);
      this.#connections.nameByEvent(event.connId, changes.snapshot);
    }
  }

  /** A connection that lived between two polls: the times of its events are all there is. */
  #pass(opening: LifeEvent, ending: Ending, changes: Gathered): void {
    const { or_id: orId, type_flags: flags } = opening.extra;
    const label = Label.of({
      connId: opening.connId,
      circId: 0,
      orId: typeof orId === 'string' ? orId : '0',
      ip: '0',
      port: 0,
      lPort: 0,
      flags: typeof flags === 'string' ? flags : '',
    });
    const { snapshot } = changes;
    const seen: Moment = { snapshot, at: opening.at, polledBy: opening.at };
    const life = new Life(changes.run, seen, { at: opening.at, known: 'event' });
    life.finish(ending.byEvent ? { ...seen, at: ending.at } : seen, ending);
    changes.passed.push({ life, label });
  }

  #startRun(now: Moment, openings: Map<number, LifeEvent>, changes: Gathered): void {
    const ending: Ending = { end: 'run-ended', at: now.at, byEvent: false, reason: '' };
    for (const opening of openings.values()) this.#pass(opening, ending, changes);
    openings.clear();
    this.#endRows(ending, changes);
    this.#connections.endAll(this.#last, ending, changes);
    this.#ended.clear();
    this.#run++;
    changes.run = this.#run;
    changes.runStarted = true;
  }

  #followRows(
    now: Moment,
    listing: Listing,
    openings: Map<number, LifeEvent>,
    changes: Gathered,
  ): void {
    const { labels } = listing;
    const labelsBefore = this.#listing.labels;
    const match = matchOf(labelsBefore, labels);
    const { origins } = match;
    const open = this.#open;
    open.begin(labels.length);
    const replaced = this.#connections.follow(
      this.#run,
      listing,
      origins,
      this.#last,
      now,
      (connId) => openings.get(connId)?.at,
      changes,
    );
    const polled = polledAt(now);
    const bornBy = latestBirth(this.#last.polledBy, now);
    const others = open.goOn(match, this.#listing, listing, now.at, bornBy);
    // Where a connection was replaced under its lines, any of them may have to join the new one.
    const rows = replaced ? labels.keys() : others;
    for (const row of rows) {
      const origin = origins[row]!;
      if (open.goesOn(row)) {
        const entry = open.next(row);
        if (labelsBefore[origin] !== labels[row]) relabel(entry, labels[row]!, changes);
        if (entry.connection.end !== 'open') this.#join(entry, row);
        continue;
      }
      if (open.isOpen(origin)) this.#endEntry(origin, polled, changes);
      open.come(this.#arrive(listing, row, now, changes), row);
    }
    this.#endRows(polled, changes);
    changes.continues = open.finish(labels.length);
    for (const connId of openings.keys()) {
      if (this.#connections.get(connId) !== undefined) openings.delete(connId);
    }
  }

  /** A row that continues none of the last listing: back after an absence, or new. */
  #arrive(listing: Listing, row: number, now: Moment, changes: Gathered): EntryLife {
    const label = listing.labels[row]!;
    const uptime = listing.uptime[row]!;
    const read = listing.read[row]!;
    const written = listing.written[row]!;
    const connection = this.#connections.ofRow(row);
    const ended = this.#ended.take(label.connId, label.circId);
    if (
      ended !== undefined &&
      !this.#connections.isOver(label.connId, ended) &&
      uptime >= ended.uptime &&
      read >= ended.read &&
      written >= ended.written &&
      bornBefore(ended.lastPolledBy, uptime, now)
    ) {
      ended.revive();
      changes.resumed.push(ended);
      if (ended.label !== label) relabel(ended, label, changes);
      if (ended.connection !== connection) this.#join(ended, row);
      else connection.add(ended);
      return ended;
    }
    const event = connection.openingKnown === 'event' ? connection.openedAt : undefined;
    const opening = openingFrom(event, label, uptime, now.at);
    const entry = new EntryLife(this.#run, now, opening, connection, label);
    this.#join(entry, row);
    changes.opened.push(entry);
    return entry;
  }

  #join(entry: EntryLife, row: number): void {
    const connection = this.#connections.ofRow(row);
    connection.add(entry);
    connection.entryCount++;
    entry.connection = connection;
  }

  /** The rows of the last listing in which a connection has open entries, ascending. */
  #rowsOf(connection: ConnectionLife): number[] {
    this.#rowsBySlot ??= this.#open.rowsBySlot();
    return connection.entries.map(({ slot }) => this.#rowsBySlot![slot]!).sort((a, b) => a - b);
  }

  /** Ends what is open of the last listing. */
  #endRows(ending: Ending, changes: Gathered): void {
    for (let row = 0; row < this.#listing.labels.length; row++) {
      if (this.#open.isOpen(row)) this.#endEntry(row, ending, changes);
    }
  }

  /** Ends the open entry of a row of the last listing. */
  #endEntry(row: number, ending: Ending, changes: Gathered): void {
    const entry = this.#open.at(row)!;
    this.#open.end(row);
    entry.finish(this.#last, ending);
    entry.read = this.#listing.read[row]!;
    entry.written = this.#listing.written[row]!;
    entry.uptime = this.#listing.uptime[row]!;
    entry.connection.remove(entry);
    const { connId, circId } = entry.label;
    if (!ending.byEvent) this.#ended.add(connId, circId, entry);
    changes.closed.push(entry);
  }
}

function relabel(entry: EntryLife, label: Label, changes: Gathered): void {
  if (!sameLabel(entry.label, label)) changes.relabelled.push({ entry, before: entry.label });
  entry.label = label;
}

/** How long the Tor process has been up, seconds, by info/uptime-process; undefined for no number. */
export function uptimeProcessOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
