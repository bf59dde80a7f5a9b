/**
 * The OR connections among those of `conn/all`, in Tor's words: `orconn-status` and `ORCONN` events
 * (control-spec, sections 3.9 and 4.1.3).
 * Owns which connections these are and the events of their lives; when an event's turn comes is
 * playback.ts's to say.
 */
import { type Direction, directionOf, isEstablished, usageOf } from '../../listing/flags.ts';
import type { Label } from '../../listing/label.ts';
import type { Changes, EntryLife } from '../../listing/life.ts';
import type { Listing } from '../../listing/listing.ts';

/** An event at its time, milliseconds since the epoch. */
export interface OrEvent {
  readonly at: number;
  /** `$… CONNECTED ID=7`. */
  readonly text: string;
}

/** What Tor itself takes for an identity that it does not know; addresses are not served. */
const NO_IDENTITY = '0'.repeat(40);

/** Tor's words for why a connection closed; anything else is not of its protocol. */
const REASON = /^[A-Z_]{1,32}$/;

type Opening = 'NEW' | 'LAUNCHED';

const OPENINGS_BY_DIRECTION: Readonly<Record<Direction, Opening | undefined>> = {
  inbound: 'NEW',
  outbound: 'LAUNCHED',
  unknown: undefined,
};

/** The first flag of an established connection whose direction is unknown. */
const UNKNOWN = 'U';

/** An open OR connection as the last event left it. */
interface Standing {
  readonly endpoint: string;
  readonly isConnected: boolean;
}

/**
 * The value of `orconn-status`: `$… CONNECTED`, a line for each OR connection; empty for none. One
 * of unknown direction is listed once it is established: until then its state has no word, since
 * NEW would say that it came in and LAUNCHED that it went out.
 */
export function orConnStatus({ labels }: Listing): string {
  const lines = new Map<number, string>();
  for (const label of labels) {
    if (!isOrConn(label)) continue;
    const { endpoint, isConnected } = standingOf(label);
    const known = lines.get(label.connId);
    // A connection's lines may differ: one that is established says that it is.
    if (known !== undefined && !isConnected) continue;
    lines.set(label.connId, `${endpoint} ${isConnected ? 'CONNECTED' : openingOf(label)!}`);
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
   * The events of a step, in time order, each later than `from` and not later than the step's end:
   * what is known to have happened earlier, and what happened in a gap, comes at the end. An opening
   * whose direction is unknown has no event.
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
      const opening = openingOf(label);
      if (opening === undefined || !isOrConn(label)) continue;
      const { endpoint } = standingOf(label);
      events.add(label.connId, life.openedAt, `${endpoint} ${opening}`);
      events.add(label.connId, life.closedBy, `${endpoint} CLOSED${reasonText(life.reason)}`);
    }
    for (const { connId, openedAt, entries } of changes.openedConnections) {
      const label = [...entries].find((entry) => isOrConn(entry.label))?.label;
      if (label === undefined) continue;
      const opening = openingOf(label);
      if (opening !== undefined) {
        const { endpoint } = standingOf(label);
        this.#open.set(connId, { endpoint, isConnected: false });
        events.add(connId, openedAt, `${endpoint} ${opening}`);
      }
      this.#addNews(label, openedAt, events);
    }
    const others = [...changes.opened, ...changes.resumed, ...changes.relabelled.map(entryOf)];
    for (const { label } of others) if (isOrConn(label)) this.#addNews(label, changes.at, events);
    return events.inOrder();
  }

  /** What a line says of its connection that no event has said: that it is there, or established. */
  #addNews(label: Label, at: number, events: StepEvents): void {
    const { connId } = label;
    const { endpoint, isConnected } = standingOf(label);
    const before = this.#open.get(connId);
    this.#see(label);
    if (isConnected && before?.isConnected !== true) {
      events.add(connId, at, `${endpoint} CONNECTED`);
    } else if (before === undefined) {
      events.add(connId, at, `${endpoint} ${openingOf(label)!}`);
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
function isOrConn(label: Label): boolean {
  const { orId, flags } = label;
  const [direction, usage] = [directionOf(flags), usageOf(flags)];
  if (usage === 'control' || usage === 'directory') return false;
  if (direction === 'unknown' && !standingOf(label).isConnected) return false;
  return orId !== '0' || flags[2] === 'T' || (direction === 'inbound' && usage === 'relay');
}

function standingOf({ orId, flags }: Label): Standing {
  const identity = orId === '0' ? NO_IDENTITY : orId.toUpperCase();
  return { endpoint: `$${identity}`, isConnected: isEstablished(flags) || flags[0] === UNKNOWN };
}

/** Undefined where the direction is unknown. */
function openingOf({ flags }: Label): Opening | undefined {
  return OPENINGS_BY_DIRECTION[directionOf(flags)];
}

/** ` REASON=DONE`; empty for what is not a word of Tor's. */
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

  /** @param time when it happened; the step's end where that is not within the step. */
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
