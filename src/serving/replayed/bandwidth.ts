/**
 * How many bytes Tor moved, second by second, as far as snapshots show.
 * Owns whose bytes count from one snapshot to the next, and how they are spread over the seconds
 * between; what a counter moved is the recording's rule, when a second is over playback's to say.
 */
import type { ConnectionLife, EntryLife } from '../../listing/life.ts';
import { EMPTY_LISTING, type Listing } from '../../listing/listing.ts';
import { matchRows } from '../../listing/match.ts';
import type { Header } from '../../listing/snapshot.ts';
import { movedSince } from '../../recording/deltas.ts';

/** Bytes. */
export interface Moved {
  readonly read: number;
  readonly written: number;
}

const NOTHING: Moved = { read: 0, written: 0 };

const NEVER_SEEN: Moved = { read: Number.NaN, written: Number.NaN };

/** Where a stock source keeps Tor's own traffic/read and traffic/written. */
const TOTALS = ['info/relay/read-total', 'info/relay/write-total'] as const;

const COUNT = /^\d{1,15}$/;

/**
 * All the bytes that Tor has read and written; undefined where they were not recorded. Only a stock
 * source has them: by the proposal, the same keys are of relayed bytes alone.
 */
export function totalsIn(header: Header, info: ReadonlyMap<string, string>): Moved | undefined {
  if (header.source !== 'stock') return undefined;
  const [read, written] = TOTALS.map((key) => info.get(key));
  if (!COUNT.test(read ?? '') || !COUNT.test(written ?? '')) return undefined;
  return { read: Number(read), written: Number(written) };
}

/** A snapshot as far as bytes go. */
export interface Counted {
  readonly at: number;
  readonly listing: Listing;
  /** The life of each row. */
  readonly entries: readonly EntryLife[];
  /** All that Tor counted; where it is not known, the connections' bytes are all there is. */
  readonly totals: Moved | undefined;
  /** Whether each line repeats its connection's totals. */
  readonly repeats: boolean;
}

const NOTHING_COUNTED: Counted = {
  at: Number.POSITIVE_INFINITY,
  listing: EMPTY_LISTING,
  entries: [],
  totals: undefined,
  repeats: false,
};

export class BandwidthCounter {
  #before = NOTHING_COUNTED;
  /** The greatest of each connection's lines when they were last seen, where they repeat its totals. */
  readonly #ofConnections = new WeakMap<ConnectionLife, Moved>();

  /** What moved since the snapshot before; nothing for the first. */
  follow(now: Counted): Moved {
    const before = this.#before;
    this.#before = now;
    const counted = now.repeats ? this.#byConnections(before, now) : byEntries(before, now);
    if (before === NOTHING_COUNTED) return NOTHING;
    if (before.totals === undefined || now.totals === undefined) return counted;
    return {
      read: grown(before.totals.read, now.totals.read),
      written: grown(before.totals.written, now.totals.written),
    };
  }

  #byConnections(before: Counted, now: Counted): Moved {
    const sum = { read: 0, written: 0 };
    for (const [connection, total] of greatestLines(now)) {
      const last = this.#ofConnections.get(connection) ?? NEVER_SEEN;
      addMoved(sum, last, total, openedAfter(connection, before.at));
      this.#ofConnections.set(connection, total);
    }
    return sum;
  }
}

/** The totals of each connection: the greatest of its lines. */
function greatestLines({ listing, entries }: Counted): Map<ConnectionLife, Moved> {
  const greatest = new Map<ConnectionLife, Moved>();
  for (let row = 0; row < entries.length; row++) {
    const { connection } = entries[row]!;
    const other = greatest.get(connection) ?? NOTHING;
    const read = Math.max(other.read, listing.read[row]!);
    const written = Math.max(other.written, listing.written[row]!);
    greatest.set(connection, { read, written });
  }
  return greatest;
}

function byEntries(before: Counted, now: Counted): Moved {
  const origins = matchRows(before.listing.labels, now.listing.labels);
  const sum = { read: 0, written: 0 };
  for (let row = 0; row < origins.length; row++) {
    const entry = now.entries[row]!;
    const last = lastSeen(entry, origins[row]!, before, now);
    const read = now.listing.read[row]!;
    addMoved(
      sum,
      last,
      { read, written: now.listing.written[row]! },
      openedAfter(entry, before.at),
    );
  }
  return sum;
}

/** What an entry had counted when it was last seen. */
function lastSeen(entry: EntryLife, origin: number, before: Counted, now: Counted): Moved {
  if (origin >= 0 && before.entries[origin] === entry) {
    return { read: before.listing.read[origin]!, written: before.listing.written[origin]! };
  }
  // Back after an absence.
  return entry.firstSeen < now.at ? entry : NEVER_SEEN;
}

function openedAfter({ openingKnown, openedAt }: EntryLife | ConnectionLife, at: number): boolean {
  return openingKnown !== 'unknown' && openedAt > at;
}

function addMoved(sum: { read: number; written: number }, last: Moved, now: Moved, isNew: boolean) {
  sum.read += movedSince(last.read, now.read, isNew);
  sum.written += movedSince(last.written, now.written, isNew);
}

/** A total that fell began anew, at 0. */
function grown(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/** The bytes of a step, as if they had moved evenly from its beginning to its end. */
export class Spread {
  readonly #from: number;
  readonly #to: number;
  readonly #moved: Moved;

  constructor(from: number, to: number, moved: Moved) {
    this.#from = from;
    this.#to = to;
    this.#moved = moved;
  }

  /** What had moved by a moment of the step: whole bytes, all of them at its end. */
  by(moment: number): Moved {
    const part = (moment - this.#from) / (this.#to - this.#from);
    return {
      read: Math.floor(this.#moved.read * part),
      written: Math.floor(this.#moved.written * part),
    };
  }
}
