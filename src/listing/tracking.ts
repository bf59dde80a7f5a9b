/**
 * Which entries opened, went on and ended from one snapshot to the next.
 * Owns the rules of docs/reference.md, Entries and connections and Runs; the connections that
 * entries belong to are connections.ts's.
 */
import { bornBefore, ConnectionBook, openingFrom } from './connections.ts';
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
import { matchRows, pairOf } from './match.ts';
import { Remembered } from './remembered.ts';
import { CLOCK_STEPPED, type LifeEvent, type Snapshot } from './snapshot.ts';

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
  /** CONN_IDs of which events told, with the last snapshot in which they did, oldest first. */
  readonly told: readonly (readonly [connId: number, snapshot: number])[];
}

type Gathered = { -readonly [Key in keyof Changes]: Mutable<Changes[Key]> };
type Mutable<Value> = Value extends readonly (infer Item)[] ? Item[] : Value;

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
  #entries: readonly EntryLife[] = [];
  readonly #connections = new ConnectionBook();
  readonly #ended = new Remembered<string, EntryLife>();

  constructor(state?: TrackerState) {
    if (state === undefined) return;
    this.#last = state.last;
    this.#run = state.run;
    this.#uptimeProcess = state.uptimeProcess;
    this.#listing = state.listing;
    this.#entries = state.entries;
    for (const [connId, snapshot] of state.told) this.#connections.told(connId, snapshot);
    const open = new Set(state.entries.map((entry) => pairOf(entry.label)));
    this.#connections.restoreRows(state.entries.map((entry) => entry.connection));
    for (const entry of state.endedEntries) {
      const pair = pairOf(entry.label);
      if (!open.has(pair)) this.#ended.add(pair, entry);
    }
    for (const connection of state.endedConnections) this.#connections.restore(connection);
  }

  /** The run of the last snapshot, from 1. */
  get run(): number {
    return this.#run;
  }

  /** The entry of each row of the last listing. */
  get entries(): readonly EntryLife[] {
    return this.#entries;
  }

  /** Takes the next snapshot, which must be later than the one before, and tells what it changed. */
  follow(snapshot: Snapshot): Changes {
    const now = momentOf(this.#last.snapshot + 1, snapshot);
    const changes = gather(now, this.#run);
    const openings = new Map<number, LifeEvent>();
    if (snapshot.events.length > 0) this.#numberRows();
    const uptime = uptimeProcessOf(snapshot.info.get('info/uptime-process'));
    const before = this.#uptimeProcess;
    const restarted = uptime !== undefined && before !== undefined && uptime < before;
    // What was told before the new process began belongs to the old one.
    const runStart = restarted ? now.at - uptime * 1000 : Number.NEGATIVE_INFINITY;
    for (const event of snapshot.events) {
      if (event.at < runStart) this.#apply(event, openings, changes);
    }
    if (restarted) this.#startRun(now, openings, changes);
    for (const event of snapshot.events) {
      if (event.at >= runStart) this.#apply(event, openings, changes);
    }
    this.#uptimeProcess = uptime ?? before;
    this.#entries = this.#followRows(now, snapshot.listing, openings, changes);
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
      this.#connections.told(event.connId, changes.snapshot);
      return;
    }
    const ending: Ending = { end: 'closed', at: event.at, byEvent: true, reason: event.reason };
    if (opening !== undefined) {
      openings.delete(event.connId);
      this.#pass(opening, ending, changes);
    } else if (connection !== undefined) {
      const entries = connection.entries.toSorted((a, b) => a.row - b.row);
      for (const entry of entries) this.#endEntry(entry, entry.row, ending, changes);
      this.#connections.end(connection, this.#last, ending, changes);
      this.#connections.told(event.connId, changes.snapshot);
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
    for (const [row, entry] of this.#entries.entries()) {
      if (entry.end === 'open') this.#endEntry(entry, row, ending, changes);
    }
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
  ): EntryLife[] {
    const { labels } = listing;
    const before = this.#entries;
    const beforeLabels = this.#listing.labels;
    const origins = matchRows(beforeLabels, labels);
    const someEnded = changes.closed.length > 0;
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
    const goesOn = this.#continuation(listing, now);
    const entries = new Array<EntryLife>(labels.length);
    const seen = new Uint8Array(before.length);
    changes.continues = new Int32Array(labels.length).fill(-1);
    for (let row = 0; row < labels.length; row++) {
      const origin = origins[row]!;
      const isKnown = origin >= 0 && (!someEnded || before[origin]!.end === 'open');
      if (isKnown && goesOn(origin, row)) {
        const entry = before[origin]!;
        entries[row] = entry;
        seen[origin] = 1;
        changes.continues[row] = origin;
        if (beforeLabels[origin] !== labels[row]) relabel(entry, labels[row]!, changes);
        if (replaced && entry.connection.end !== 'open') this.#join(entry, row);
      } else {
        if (isKnown) this.#endEntry(before[origin]!, origin, polled, changes);
        entries[row] = this.#arrive(listing, row, now, changes);
      }
    }
    for (let row = 0; row < before.length; row++) {
      const entry = before[row]!;
      if (seen[row] === 0 && entry.end === 'open') this.#endEntry(entry, row, polled, changes);
    }
    for (const connId of openings.keys()) {
      if (this.#connections.get(connId) !== undefined) openings.delete(connId);
    }
    return entries;
  }

  /** What says whether a row of a listing continues the entry at `origin` of the last one. */
  #continuation(listing: Listing, now: Moment): (origin: number, row: number) => boolean {
    const { read, written, uptime } = listing;
    const { read: readBefore, written: writtenBefore, uptime: uptimeBefore } = this.#listing;
    const { polledBy } = this.#last;
    return (origin, row) =>
      uptime[row]! >= uptimeBefore[origin]! &&
      read[row]! >= readBefore[origin]! &&
      written[row]! >= writtenBefore[origin]! &&
      bornBefore(polledBy, uptime[row]!, now);
  }

  /** A row that continues none of the last listing: back after an absence, or new. */
  #arrive(listing: Listing, row: number, now: Moment, changes: Gathered): EntryLife {
    const label = listing.labels[row]!;
    const uptime = listing.uptime[row]!;
    const read = listing.read[row]!;
    const written = listing.written[row]!;
    const connection = this.#connections.ofRow(row);
    const ended = this.#ended.take(pairOf(label));
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

  /** Lets each entry know its row: only events ask for an entry without going through the rows. */
  #numberRows(): void {
    for (let row = 0; row < this.#entries.length; row++) this.#entries[row]!.row = row;
  }

  /** @param row where the entry stands in the last listing. */
  #endEntry(entry: EntryLife, row: number, ending: Ending, changes: Gathered): void {
    entry.finish(this.#last, ending);
    entry.read = this.#listing.read[row]!;
    entry.written = this.#listing.written[row]!;
    entry.uptime = this.#listing.uptime[row]!;
    entry.connection.remove(entry);
    if (!ending.byEvent) this.#ended.add(pairOf(entry.label), entry);
    changes.closed.push(entry);
  }
}

function relabel(entry: EntryLife, label: Label, changes: Gathered): void {
  if (!sameLabel(entry.label, label)) changes.relabelled.push({ entry, before: entry.label });
  entry.label = label;
}

/** What a poll took is kept in whole milliseconds: who goes on from the tape must agree. */
function momentOf(number: number, { at, pollMs, extra }: Snapshot): Moment {
  const stepped = extra[CLOCK_STEPPED];
  return {
    snapshot: number,
    at,
    polledBy: at + Math.round(pollMs),
    ...(typeof stepped === 'number' && stepped > 0 ? { stepped } : {}),
  };
}

function polledAt(now: Moment): Ending {
  return { end: 'closed', at: now.at, byEvent: false, reason: '' };
}

function gather(now: Moment, run: number): Gathered {
  return {
    ...now,
    run,
    runStarted: now.snapshot === 1,
    opened: [],
    closed: [],
    resumed: [],
    relabelled: [],
    openedConnections: [],
    closedConnections: [],
    resumedConnections: [],
    passed: [],
    continues: new Int32Array(0),
  };
}

/** How long the Tor process has been up, seconds, by info/uptime-process; undefined for no number. */
export function uptimeProcessOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
