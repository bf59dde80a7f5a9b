/**
 * What other programs get of a recording: plain objects, which are theirs to keep.
 * Owns their shapes and how they are made from what the tape gives; reading it is
 * recordingReader.ts's. Times are milliseconds since the epoch, UTC.
 */
import { type Listing, lineOf, type Quarantined } from '../listing/listing.ts';
import type { Header, JsonObject, LifeEvent, Snapshot } from '../listing/snapshot.ts';

/** A part of a recording, both ends included; without bounds all of it. */
export interface TimeSpan {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

/** What a report is asked. */
export interface ReportQuestion extends TimeSpan {
  /** The length of a bucket of time, 1000 at least; ten minutes where it is not given. */
  readonly bucketMs?: number | undefined;
  /** How much of the recording before `from` is what was known before; all where it is not given. */
  readonly baselineMs?: number | undefined;
  /** Thresholds of the audit's rules that are not the rule's own, such as `beacon.score`: 0.7. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined;
}

/** From its time on, until the next one, the header holds. */
export interface RecordedSession {
  readonly at: number;
  readonly header: Header;
}

/** A time in which nothing could be seen, and why. */
export interface RecordedGap {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

/** One line of `conn/all`, its fields in their order. */
export interface RecordedEntry {
  readonly connId: number;
  /** 0 where the line is not a circuit's. */
  readonly circId: number;
  /** 40 hex digits, or `0`. */
  readonly orId: string;
  /** An address, or `0` where there is none or it is withheld; its ports are 0 then. */
  readonly ip: string;
  readonly port: number;
  readonly lPort: number;
  /** TYPE_FLAGS, such as `IRt`. */
  readonly flags: string;
  /** READ and WRITE, bytes: what they count is `Header.bytes`. */
  readonly read: number;
  readonly written: number;
  /** UPTIME, seconds. */
  readonly uptime: number;
  /** Fields behind the tenth, joined by spaces; empty where there are none. */
  readonly extra: string;
}

/** What one poll brought. */
export interface RecordedSnapshot {
  readonly at: number;
  /** Milliseconds that the poll took; 0 where that is not known. */
  readonly pollMs: number;
  /** In the order in which Tor listed them. */
  readonly entries: readonly RecordedEntry[];
  /** The last value of every info key. */
  readonly info: ReadonlyMap<string, string>;
  /** Openings and ends of which the source had events since the snapshot before, in time order. */
  readonly events: readonly LifeEvent[];
  /** The first lines that could not be read, masked; `quarantinedCount` counts them all. */
  readonly quarantined: readonly Quarantined[];
  readonly quarantinedCount: number;
  /** What else the source said, such as `witness` and `outside`. */
  readonly extra: JsonObject;
}

/** @param info the last value of every info key. */
export function recordedSnapshot(
  { at, pollMs, listing, events, extra }: Snapshot,
  info: ReadonlyMap<string, string>,
): RecordedSnapshot {
  const { quarantined, quarantinedCount } = listing;
  const entries = entriesOf(listing);
  return { at, pollMs, entries, info, events, quarantined, quarantinedCount, extra };
}

function entriesOf({ labels, read, written, uptime }: Listing): RecordedEntry[] {
  return labels.map(({ connId, circId, orId, ip, port, lPort, flags, extra }, row) => {
    const counters = { read: read[row]!, written: written[row]!, uptime: uptime[row]! };
    return { connId, circId, orId, ip, port, lPort, flags, ...counters, extra };
  });
}

/** The body of `GETINFO conn/all` as Tor gave it: lines joined by newlines, empty for no entries. */
export function connAll({ entries }: Pick<RecordedSnapshot, 'entries'>): string {
  return entries.map((entry) => lineOf(entry, entry.read, entry.written, entry.uptime)).join('\n');
}
