/**
 * The tape of a window played back: every snapshot with the life of each row and what it moved.
 * Owns the deltas (contract, section 5); the lives are the index's, what comes of it the reports'.
 */
import { type Label, sameLabel } from '../../listing/label.ts';
import { EMPTY_LISTING, type Listing } from '../../listing/listing.ts';
import { matchRows, pairOf } from '../../listing/match.ts';
import type { Recording, Window } from '../reader.ts';
import { type Moved, type Played, SlotBook } from './slotBook.ts';
import type { Step } from './step.ts';
import { connectionAt, type PlayedConnection, type PlayedEntry, TapeLives } from './tapeLives.ts';

/** Every snapshot of the window, in order. Throws `recording` where tape and index differ. */
export function* playback({
  recording,
  window,
}: {
  readonly recording: Recording;
  readonly window: Window;
}): Generator<Step, void> {
  const lives = new TapeLives(recording, window);
  const runs = new Sweep(recording.index.runs(), (run) => run.firstSnapshot);
  const gaps = recording.index.blindTimes();
  const repeats = recording.header.bytes === 'connection';
  const info = new Map<string, string>();
  const standing = new SlotBook();
  let before = NOTHING_PLAYED;
  let { header } = recording;
  let number = firstNumber(recording, window);
  let since: number | undefined;
  for (const item of recording.items(window)) {
    if (item.kind === 'session') header = item.header;
    if (item.kind !== 'snapshot') continue;
    for (const [key, value] of item.info) info.set(key, value);
    const played = follow(before, item.listing, lives, number);
    remember(before, played.left, since);
    const isBlind = (from: number) => gaps.overlaps(from, item.at);
    const moved = movedIn(played, before.listing, since);
    const bridged = bridgedRows(played, isBlind);
    const counted = repeats ? countedOnce(moved, played, since) : moved;
    const bridging = {
      moved: bridged,
      counted: repeats ? bridgedConnections(played, bridged, item.at, isBlind) : bridged,
    };
    const seats = standing.take(played);
    const { quarantined, quarantinedCount } = item.listing;
    yield {
      number,
      at: item.at,
      since,
      acrossGap: since !== undefined && gaps.overlaps(since, item.at),
      run: runs.at(number).id,
      header,
      aside: {
        ...{ quarantined, quarantinedCount },
        ...{ changed: item.info, events: item.events, extra: item.extra },
      },
      info,
      rows: standing,
      ...seats,
      moved: standing.moves(moved, bridging.moved, isBlind(since ?? item.at)),
      counted: standing.moves(counted, bridging.counted, isBlind(since ?? item.at)),
    };
    before = played;
    since = item.at;
    number++;
  }
}

const NOTHING_PLAYED: Played = {
  listing: EMPTY_LISTING,
  entries: [],
  connections: [],
  until: new Float64Array(0),
  origins: new Int32Array(0),
  left: [],
  arrived: [],
  relabelled: [],
  ofSeveral: [],
};

/** Finds the life of each row, most of them where the row before had it. */
function follow(before: Played, listing: Listing, lives: TapeLives, number: number): Played {
  const { labels } = listing;
  const labelsBefore = before.listing.labels;
  const origins = matchRows(labelsBefore, labels).slice();
  const entries = new Array<PlayedEntry>(labels.length);
  const connections = new Array<PlayedConnection>(labels.length);
  const until = new Float64Array(labels.length);
  const goesOn = new Uint8Array(labelsBefore.length);
  const arrived: number[] = [];
  const ofSeveral: number[] = [];
  const relabelled: { row: number; before: Label }[] = [];
  const severalBefore = new Set(before.ofSeveral);
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    const origin = origins[row]!;
    if (origin >= 0 && before.until[origin]! >= number) {
      entries[row] = before.entries[origin]!;
      connections[row] = before.connections[origin]!;
      until[row] = before.until[origin]!;
      if (severalBefore.has(origin)) ofSeveral.push(row);
    } else {
      const entry = lives.entryAt(pairOf(label), number);
      const connection = connectionAt(entry, number);
      entries[row] = entry;
      connections[row] = connection;
      until[row] = Math.min(entry.lastSnapshot, connection.lastSnapshot);
      if (!entry.alone) ofSeveral.push(row);
      if (origin < 0 || before.entries[origin] !== entry) {
        arrived.push(row);
        origins[row] = -1;
        continue;
      }
    }
    goesOn[origin] = 1;
    const labelBefore = labelsBefore[origin]!;
    if (!sameLabel(labelBefore, label)) relabelled.push({ row, before: labelBefore });
  }
  const left: number[] = [];
  for (let row = 0; row < goesOn.length; row++) if (goesOn[row] === 0) left.push(row);
  return { listing, entries, connections, until, origins, left, arrived, relabelled, ofSeveral };
}

/** Keeps the counters of entries that left, in case they are back later. */
function remember(
  { entries, listing }: Played,
  left: readonly number[],
  at: number | undefined,
): void {
  for (const row of left) {
    const entry = entries[row]!;
    entry.seenAt = at ?? Number.NaN;
    entry.read = listing.read[row]!;
    entry.written = listing.written[row]!;
  }
}

/**
 * What each entry moved since it was last seen. Its first value counts where it is known to have
 * been born after the snapshot before; else it is the baseline.
 */
function movedIn(
  { listing, entries, origins, arrived }: Played,
  before: Listing,
  since: number | undefined,
): Moved {
  const read = new Float64Array(entries.length);
  const written = new Float64Array(entries.length);
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    if (origin < 0) continue;
    read[row] = listing.read[row]! - before.read[origin]!;
    written[row] = listing.written[row]! - before.written[origin]!;
  }
  for (const row of arrived) {
    const entry = entries[row]!;
    const isBack = !Number.isNaN(entry.read);
    if (!isBack && !isBornSince(entry, since)) continue;
    read[row] = listing.read[row]! - (isBack ? entry.read : 0);
    written[row] = listing.written[row]! - (isBack ? entry.written : 0);
  }
  return { read, written };
}

function isBornSince(
  life: { readonly openedKnown: boolean; readonly openedAt: number },
  since: number | undefined,
): boolean {
  return since !== undefined && life.openedKnown && life.openedAt > since;
}

/**
 * The same where each line repeats its connection's totals: what the connection moved, on the first
 * of its rows. Its totals are the greatest of its lines; where they fell, they are a new baseline.
 */
function countedOnce(
  moved: Moved,
  { listing, connections, ofSeveral }: Played,
  since: number | undefined,
): Moved {
  if (ofSeveral.length === 0) return moved;
  const read = moved.read.slice();
  const written = moved.written.slice();
  const firstRows = new Map<PlayedConnection, { row: number; read: number; written: number }>();
  for (const row of ofSeveral) {
    read[row] = 0;
    written[row] = 0;
    const connection = connections[row]!;
    const totals = firstRows.get(connection);
    if (totals === undefined) {
      firstRows.set(connection, { row, read: listing.read[row]!, written: listing.written[row]! });
    } else {
      totals.read = Math.max(totals.read, listing.read[row]!);
      totals.written = Math.max(totals.written, listing.written[row]!);
    }
  }
  for (const [connection, totals] of firstRows) {
    const { row } = totals;
    if (!Number.isNaN(connection.read)) {
      read[row] = Math.max(0, totals.read - connection.read);
      written[row] = Math.max(0, totals.written - connection.written);
    } else if (isBornSince(connection, since)) {
      read[row] = totals.read;
      written[row] = totals.written;
    }
    connection.read = totals.read;
    connection.written = totals.written;
  }
  return { read, written };
}

const NO_ROWS: ReadonlySet<number> = new Set();

/** Rows whose entry is back after a gap. */
function bridgedRows(
  { entries, arrived }: Played,
  isBlind: (from: number) => boolean,
): ReadonlySet<number> {
  const back = arrived.filter((row) => !Number.isNaN(entries[row]!.seenAt));
  const bridged = back.filter((row) => isBlind(entries[row]!.seenAt));
  return bridged.length === 0 ? NO_ROWS : new Set(bridged);
}

/** The same of connections with several entries; others are as their only entry. */
function bridgedConnections(
  { connections, ofSeveral }: Played,
  bridged: ReadonlySet<number>,
  at: number,
  isBlind: (from: number) => boolean,
): ReadonlySet<number> {
  if (ofSeveral.length === 0) return bridged;
  const rows = new Set(bridged);
  const seen = new Set<PlayedConnection>();
  for (const row of ofSeveral) {
    rows.delete(row);
    const connection = connections[row]!;
    if (seen.has(connection)) continue;
    seen.add(connection);
    if (!Number.isNaN(connection.seenAt) && isBlind(connection.seenAt)) rows.add(row);
    connection.seenAt = at;
  }
  return rows;
}

function firstNumber(recording: Recording, window: Window): number {
  const place = recording.snapshotAt(window.from);
  if (place === undefined) return 1;
  return place.at === window.from ? place.number : place.number + 1;
}

/** Items in order of a key, asked for with keys that only grow. */
class Sweep<Item> {
  readonly #items: readonly Item[];
  readonly #keyOf: (item: Item) => number;
  #place = 0;

  /** @param items at least one. */
  constructor(items: readonly Item[], keyOf: (item: Item) => number) {
    this.#items = items;
    this.#keyOf = keyOf;
  }

  /** The last item whose key is not above `key`; the first where all are. */
  at(key: number): Item {
    const { length } = this.#items;
    while (this.#place + 1 < length && this.#keyOf(this.#items[this.#place + 1]!) <= key) {
      this.#place++;
    }
    return this.#items[this.#place]!;
  }
}
