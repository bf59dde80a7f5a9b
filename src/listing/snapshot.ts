/**
 * The currency of the pipeline: what a source says of itself, what one poll brought, and what stands
 * between two polls.
 * Owns the types that sources yield and sinks take. Times are milliseconds since
 * the Unix epoch, UTC, integers, and increase from one snapshot to the next.
 */
import type { JsonObject } from './json.ts';
import type { Listing } from './listing.ts';

export type { Json, JsonObject } from './json.ts';

/** What READ and WRITE of a line are: the connection's totals, or what the circuit moved over it. */
export type BytesMeaning = 'connection' | 'entry';

export interface Relay {
  /** 40 hex digits; empty for a Tor that is not a relay. */
  readonly fingerprint: string;
  readonly nickname: string;
  readonly torVersion: string;
}

/** What a source can observe. What it cannot is named, so that nothing reads as zero. */
export interface Observes {
  /** Connections that Tor itself does not list by id, such as exit connections. */
  readonly connections: Observation;
  readonly bytes: Observation;
  readonly ages: Observation;
  readonly ownCircuits: Observation;
  readonly transitCircuits: Observation;
  readonly closeReasons: Observation;
  /** Connections that open and close between two polls. */
  readonly shortConnections: Observation;
}

/** `true`, or a phrase that says why not, or how far: `only connections opened since`. */
export type Observation = true | string;

/** What a source says of itself, and of the relay behind it. */
export interface Header {
  /** `native`, `stock`, or another name that a transcript gave. */
  readonly source: string;
  readonly bytes: BytesMeaning;
  /** Milliseconds between two polls. */
  readonly intervalMs: number;
  readonly relay: Relay;
  /** The torrc options that rules need, such as ExitPolicyRejectPrivate. */
  readonly config: Readonly<Record<string, string>>;
  readonly observes: Observes;
  /** Keys of a transcript's header or its relay that are not known here. */
  readonly extra: JsonObject;
}

/** An opening or an end of which the source had an event, at its own time. */
export interface LifeEvent {
  readonly at: number;
  readonly connId: number;
  readonly what: 'opened' | 'closed';
  /** Tor's word for why, such as DONE or TLS_ERROR; empty where none was given. */
  readonly reason: string;
  /** Keys not known here. `or_id` and `type_flags` describe a connection no poll ever saw. */
  readonly extra: JsonObject;
}

/** From its time on, until the next session, the header holds. */
export interface Session {
  readonly kind: 'session';
  readonly at: number;
  readonly header: Header;
}

/** The info key that says how far recorded times are ahead of a clock that was stepped back. */
export const CLOCK_AHEAD = 'conntape/clock-ahead-s';

/** The info key for how many circuits a source knew to be there and could not place on connections. */
export const UNPLACED_CIRCUITS = 'conntape/unplaced-circuits';

/** How many circuits a snapshot has no line of, because nothing said on which connections they run. */
export function unplacedIn(info: ReadonlyMap<string, string>): number {
  const unplaced = Number(info.get(UNPLACED_CIRCUITS) ?? 0);
  return unplaced > 0 ? unplaced : 0;
}

export interface Snapshot {
  readonly kind: 'snapshot';
  readonly at: number;
  /** Milliseconds the poll took; 0 where it is not known. */
  readonly pollMs: number;
  readonly listing: Listing;
  /** The info/* keys and ns/authority read with it. A key that is absent is unchanged. */
  readonly info: ReadonlyMap<string, string>;
  /** In time order, each after the snapshot before and not after this one. */
  readonly events: readonly LifeEvent[];
  /** Keys not known here, `witness` and `outside` among them. */
  readonly extra: JsonObject;
}

/** A time in which the source could not look. */
export interface Gap {
  readonly kind: 'gap';
  readonly from: number;
  readonly to: number;
  readonly reason: string;
  readonly extra: JsonObject;
}

/** A line of a transcript that was no item, or not in its place: put aside, and counted. */
export interface Unread {
  /** From 1, the header's. */
  readonly line: number;
  /** What was wrong with it; nothing of what stood there. */
  readonly reason: string;
}

/** What stands between two snapshots. */
export type Between = Session | Gap;

export type TapeItem = Snapshot | Between;

/** The time at which an item begins. */
export function startOf(item: TapeItem): number {
  return item.kind === 'gap' ? item.from : item.at;
}

/**
 * The key of a snapshot's `extra` that says by how much the clock was stepped forward since the
 * snapshot before, milliseconds: what was there before has not been born since.
 */
export const CLOCK_STEPPED = 'clock_stepped_ms';
