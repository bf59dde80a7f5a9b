/**
 * The life of an entry or of a connection: when it opened, when it was seen, how it ended.
 * Owns the shape and its beginning and end; when those come is tracking.ts's to say. Times are
 * milliseconds since the epoch, snapshots are counted from 1.
 */
import type { Label } from './label.ts';

/** How a life stands or ended; packed as its place here, in what lasts for one command. */
export const ENDS = ['open', 'closed', 'run-ended'] as const;

export type End = (typeof ENDS)[number];

/** The moment of a snapshot: its number, its time, and when its poll was over. */
export interface Moment {
  readonly snapshot: number;
  /** When the poll began. */
  readonly at: number;
  /** When it was over: Tor made the listing somewhere between the two. */
  readonly polledBy: number;
  /** By how much the clock was stepped forward since the snapshot before, milliseconds. */
  readonly stepped?: number;
}

/** When something opened, and how that is known: not at all, from UPTIME at first sight, or from an event. */
export interface Opening {
  readonly at: number;
  readonly known: OpeningKnown;
}

export type OpeningKnown = 'unknown' | 'uptime' | 'event';

/** How a life ends: when, known by what, and why. */
export interface Ending {
  readonly end: 'closed' | 'run-ended';
  readonly at: number;
  readonly byEvent: boolean;
  readonly reason: string;
}

export class Life {
  readonly run: number;
  readonly openedAt: number;
  readonly openingKnown: OpeningKnown;
  /** The first snapshot that held it, an object that all have that it opened. */
  readonly first: Moment;
  /** The last snapshot that held it; while it is open, the first. */
  last: Moment;
  /** Undefined while it is open. */
  ending: Ending | undefined = undefined;
  /** The row of its end, 0 where there is none: of whoever keeps lives in tables, and of no other. */
  endedRow = 0;

  constructor(run: number, first: Moment, opening: Opening) {
    this.run = run;
    this.openedAt = opening.at;
    this.openingKnown = opening.known;
    this.first = first;
    this.last = first;
  }

  /** The first snapshot that held it, and its time. */
  get firstSnapshot(): number {
    return this.first.snapshot;
  }

  get firstSeen(): number {
    return this.first.at;
  }

  /** The last snapshot that held it; while it is open, the first. */
  get lastSnapshot(): number {
    return this.last.snapshot;
  }

  get lastSeen(): number {
    return this.last.at;
  }

  /** When the poll of `lastSnapshot` was over. */
  get lastPolledBy(): number {
    return this.last.polledBy;
  }

  /** The first snapshot without it, or the time an event gave; undefined while it is open. */
  get closedBy(): number | undefined {
    return this.ending?.at;
  }

  /** Whether `closedBy` is an event's time. */
  get closedByEvent(): boolean {
    return this.ending?.byEvent ?? false;
  }

  get end(): End {
    return this.ending?.end ?? 'open';
  }

  /** Tor's word for why it closed; empty where none was given. */
  get reason(): string {
    return this.ending?.reason ?? '';
  }

  /** Ends it, last seen at that moment. */
  finish(last: Moment, ending: Ending): void {
    this.last = last;
    this.ending = ending;
  }

  /** Takes its end back: its line came back, so it went on unseen. */
  revive(): void {
    this.ending = undefined;
  }
}

export class ConnectionLife extends Life {
  readonly connId: number;
  /** Its open entry, or where it has several all of them: nearly every connection has one. */
  #entries: EntryLife | Set<EntryLife> | undefined = undefined;
  /** How many entries it ever had. */
  entryCount = 0;
  /** The greatest UPTIME of its lines when it was first or last seen, seconds. */
  uptime: number;
  /** Its place in the columns of connections.ts, while it is open. */
  slot = -1;
  /** The entry that stands for it, and whether it has a row of its own: as `endedRow`. */
  standIn: EntryLife | undefined = undefined;
  hasRow = false;

  constructor(run: number, first: Moment, opening: Opening, connId: number, uptime: number) {
    super(run, first, opening);
    this.connId = connId;
    this.uptime = uptime;
  }

  /** Its open entries, in the order in which they came. */
  get entries(): readonly EntryLife[] {
    if (this.#entries instanceof Set) return [...this.#entries];
    return this.#entries === undefined ? [] : [this.#entries];
  }

  add(entry: EntryLife): void {
    if (this.#entries instanceof Set) this.#entries.add(entry);
    else if (this.#entries === undefined) this.#entries = entry;
    else this.#entries = new Set([this.#entries, entry]);
  }

  remove(entry: EntryLife): void {
    if (this.#entries instanceof Set) this.#entries.delete(entry);
    else if (this.#entries === entry) this.#entries = undefined;
  }
}

export class EntryLife extends Life {
  /** As when last seen. */
  label: Label;
  /** Its place in the columns of those who follow open entries, while it is open. */
  slot = -1;
  connection: ConnectionLife;
  /** The connection that it stands for: as `endedRow`. */
  standsFor: ConnectionLife | undefined = undefined;
  /** READ, WRITE and UPTIME when last seen, once it ended. */
  read = 0;
  written = 0;
  uptime = 0;

  constructor(
    run: number,
    first: Moment,
    opening: Opening,
    connection: ConnectionLife,
    label: Label,
  ) {
    super(run, first, opening);
    this.connection = connection;
    this.label = label;
  }
}

/** A connection that lived between two polls: events named it, no line of it was ever read. */
export interface PassedLife {
  readonly life: Life;
  readonly label: Label;
}

/** What one snapshot changed. The lists are empty where nothing did. */
export interface Changes {
  /** The number of the snapshot, from 1. */
  readonly snapshot: number;
  readonly at: number;
  /** The run that the snapshot belongs to, from 1, and whether it is its first. */
  readonly run: number;
  readonly runStarted: boolean;
  readonly opened: readonly EntryLife[];
  readonly closed: readonly EntryLife[];
  /** Entries that were closed by a snapshot before, and are back: they never closed. */
  readonly resumed: readonly EntryLife[];
  /** Entries that went on with another label than before. */
  readonly relabelled: readonly { readonly entry: EntryLife; readonly before: Label }[];
  readonly openedConnections: readonly ConnectionLife[];
  readonly closedConnections: readonly ConnectionLife[];
  readonly resumedConnections: readonly ConnectionLife[];
  readonly passed: readonly PassedLife[];
  /** For each row of its listing, the row of the same entry in the one before; −1 for one that arrived. */
  readonly continues: Int32Array;
}
