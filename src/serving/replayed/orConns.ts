/**
 * The OR connections among those of `conn/all`, in Tor's words: `orconn-status` and `ORCONN` events
 * (control-spec, sections 3.9 and 4.1.3).
 * Owns which connections these are and what is told of their lives; when an event's turn comes is
 * playback's to say.
 */
import { directionOf, isEstablished, usageOf } from '../../listing/flags.ts';
import type { Label } from '../../listing/label.ts';
import type { Changes, EntryLife } from '../../listing/life.ts';
import type { Listing } from '../../listing/listing.ts';

/** An event at its time, milliseconds since the epoch. */
export interface OrEvent {
  readonly at: number;
  /** `$… CONNECTED ID=7`. */
  readonly text: string;
}

/** What Tor itself takes for an identity that it does not know; addresses are not told. */
const NO_IDENTITY = '0'.repeat(40);

/** Tor's words for why a connection closed; anything else is no word of its protocol. */
const REASON = /^[A-Z_]{1,32}$/;

type Opening = 'NEW' | 'LAUNCHED';

/** An open OR connection as it was told last. */
interface Standing {
  readonly endpoint: string;
  readonly isConnected: boolean;
}

/** The value of `orconn-status`: `$… CONNECTED`, a line for each OR connection; empty for none. */
export function orConnStatus({ labels }: Listing): string {
  const lines = new Map<number, string>();
  for (const label of labels) {
    if (!isOrConn(label)) continue;
    const { endpoint, isConnected } = standingOf(label);
    const known = lines.get(label.connId);
    // A connection's lines may differ: one that is established says that it is.
    if (known !== undefined && !isConnected) continue;
    lines.set(label.connId, `${endpoint} ${isConnected ? 'CONNECTED' : openingOf(label)}`);
  }
  return [...lines.values()].join('\n');
}

/** Follows a tape's changes, snapshot by snapshot. */
export class OrConns {
  readonly #open = new Map<number, Standing>();

  /** Takes what is there already as it is. */
  begin({ labels }: Listing): void {
    for (const label of labels) if (isOrConn(label)) this.#see(label);
  }

  /**
   * What a step tells, in time order, each later than `from` and not later than the step's end:
   * what is known to have happened earlier, and what happened in a gap, is told at the end.
   */
  follow(changes: Changes, from: number, acrossGap: boolean): OrEvent[] {
    const events = new StepEvents(from, changes.at, acrossGap);
    for (const { connId, closedBy, reason } of changes.closedConnections) {
      const standing = this.#open.get(connId);
      if (standing === undefined) continue;
      this.#open.delete(connId);
      events.add(connId, closedBy, `${standing.endpoint} CLOSED${reasonText(reason)}`);
    }
    for (const { life, label } of changes.passed) {
      if (!isOrConn(label)) continue;
      const { endpoint } = standingOf(label);
      events.add(label.connId, life.openedAt, `${endpoint} ${openingOf(label)}`);
      events.add(label.connId, life.closedBy, `${endpoint} CLOSED${reasonText(life.reason)}`);
    }
    for (const { connId, openedAt, entries } of changes.openedConnections) {
      const label = [...entries].find((entry) => isOrConn(entry.label))?.label;
      if (label === undefined) continue;
      const { endpoint } = standingOf(label);
      this.#open.set(connId, { endpoint, isConnected: false });
      events.add(connId, openedAt, `${endpoint} ${openingOf(label)}`);
      this.#tellNews(label, openedAt, events);
    }
    const others = [...changes.opened, ...changes.resumed, ...changes.relabelled.map(entryOf)];
    for (const { label } of others) if (isOrConn(label)) this.#tellNews(label, changes.at, events);
    return events.inOrder();
  }

  /** What a line tells of its connection that was not told before: that it is there, or established. */
  #tellNews(label: Label, at: number, events: StepEvents): void {
    const { connId } = label;
    const { endpoint, isConnected } = standingOf(label);
    const before = this.#open.get(connId);
    this.#see(label);
    if (isConnected && before?.isConnected !== true) {
      events.add(connId, at, `${endpoint} CONNECTED`);
    } else if (before === undefined) {
      events.add(connId, at, `${endpoint} ${openingOf(label)}`);
    }
  }

  #see(label: Label): void {
    const { endpoint, isConnected } = standingOf(label);
    const wasConnected = this.#open.get(label.connId)?.isConnected === true;
    this.#open.set(label.connId, { endpoint, isConnected: isConnected || wasConnected });
  }
}

/**
 * Connections between Tors, a client's to its guard too. Not those that Tor does not list either:
 * controllers, directory ports, SOCKS clients, and what lies behind an exit or a hidden service.
 */
function isOrConn({ orId, flags }: Label): boolean {
  const [direction, usage] = [directionOf(flags), usageOf(flags)];
  if (direction === 'unknown' || usage === 'control' || usage === 'directory') return false;
  return orId !== '0' || flags[2] === 'T' || (direction === 'inbound' && usage === 'relay');
}

function standingOf({ orId, flags }: Label): Standing {
  const identity = orId === '0' ? NO_IDENTITY : orId.toUpperCase();
  return { endpoint: `$${identity}`, isConnected: isEstablished(flags) };
}

function openingOf({ flags }: Label): Opening {
  return directionOf(flags) === 'inbound' ? 'NEW' : 'LAUNCHED';
}

/** ` REASON=DONE`; empty for what is no word of Tor's. */
function reasonText(reason: string): string {
  return REASON.test(reason) ? ` REASON=${reason}` : '';
}

function entryOf({ entry }: Changes['relabelled'][number]): EntryLife {
  return entry;
}

/** Events of one step; those of one connection stay in the order in which they are added. */
class StepEvents {
  readonly #from: number;
  readonly #to: number;
  readonly #acrossGap: boolean;
  readonly #events: OrEvent[] = [];
  /** By CONN_ID, the time of the last: the same number may be another connection from then on. */
  readonly #last = new Map<number, number>();

  constructor(from: number, to: number, acrossGap: boolean) {
    this.#from = from;
    this.#to = to;
    this.#acrossGap = acrossGap;
  }

  /** @param time when it happened; told at the step's end where that is not within the step. */
  add(connId: number, time: number | undefined, text: string): void {
    const isWithin = !this.#acrossGap && time !== undefined && time > this.#from;
    const known = isWithin ? Math.min(time, this.#to) : this.#to;
    const at = Math.max(known, this.#last.get(connId) ?? this.#from);
    this.#last.set(connId, at);
    this.#events.push({ at, text: `${text} ID=${connId}` });
  }

  inOrder(): OrEvent[] {
    return this.#events.sort((a, b) => a.at - b.at);
  }
}
