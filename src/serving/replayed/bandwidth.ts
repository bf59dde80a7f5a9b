/**
 * How many bytes Tor moved, second by second, as far as snapshots show.
 * Owns what moved from one snapshot to the next and how it is spread over the seconds between;
 * when a second is over is playback's to say.
 */
import type { ConnectionLife, EntryLife } from '../../listing/life.ts';
import { EMPTY_LISTING, type Listing } from '../../listing/listing.ts';
import { matchRows } from '../../listing/match.ts';
import type { Header } from '../../listing/snapshot.ts';

/** Bytes. */
export interface Moved {
  readonly read: number;
  readonly written: number;
}

const NOTHING: Moved = { read: 0, written: 0 };

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

  /** What moved since the snapshot before; nothing for the first. */
  follow(now: Counted): Moved {
    const before = this.#before;
    this.#before = now;
    if (before === NOTHING_COUNTED) return NOTHING;
    if (before.totals !== undefined && now.totals !== undefined) {
      return {
        read: grown(before.totals.read, now.totals.read),
        written: grown(before.totals.written, now.totals.written),
      };
    }
    return movedByConnections(before, now);
  }
}

/** A total that fell began anew, at 0. */
function grown(before: number, now: number): number {
  return now >= before ? now - before : now;
}

/**
 * By docs/reference.md, Deltas: an entry's first value counts where it was born after the
 * snapshot before. Of lines that repeat their connection's totals, the one that moved most counts.
 */
function movedByConnections(before: Counted, now: Counted): Moved {
  const origins = matchRows(before.listing.labels, now.listing.labels);
  const shared = new Map<ConnectionLife, { read: number; written: number }>();
  const sum = { read: 0, written: 0 };
  for (let row = 0; row < origins.length; row++) {
    const entry = now.entries[row]!;
    const base = baselineOf(entry, origins[row]!, before, now);
    if (base === undefined) continue;
    const read = Math.max(0, now.listing.read[row]! - base.read);
    const written = Math.max(0, now.listing.written[row]! - base.written);
    if (!now.repeats || entry.connection.entryCount === 1) {
      sum.read += read;
      sum.written += written;
      continue;
    }
    const most = shared.get(entry.connection) ?? { read: 0, written: 0 };
    most.read = Math.max(most.read, read);
    most.written = Math.max(most.written, written);
    shared.set(entry.connection, most);
  }
  for (const { read, written } of shared.values()) {
    sum.read += read;
    sum.written += written;
  }
  return sum;
}

/** What an entry had counted when it was last seen; undefined where its value is the first known. */
function baselineOf(
  entry: EntryLife,
  origin: number,
  before: Counted,
  now: Counted,
): Moved | undefined {
  if (origin >= 0 && before.entries[origin] === entry) {
    return { read: before.listing.read[origin]!, written: before.listing.written[origin]! };
  }
  // Back after an absence.
  if (entry.firstSeen < now.at) return entry;
  const life = now.repeats ? entry.connection : entry;
  return life.openingKnown !== 'unknown' && life.openedAt > before.at ? NOTHING : undefined;
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
