/**
 * The tape of a window played back: every snapshot with the life of each row and what it moved.
 * Owns the deltas (contract, section 5); the lives are the index's, what comes of it the reports'.
 */
import type { Listing } from '../listing/listing.ts';
import { matchRows, pairOf } from '../listing/match.ts';
import type { Recording, Window } from '../recording/reader.ts';
import { blindTimes } from './blind.ts';
import type { ReportInput } from './report.ts';
import type { Moved, Step } from './step.ts';
import { connectionAt, type PlayedConnection, type PlayedEntry, TapeLives } from './tapeLives.ts';

/** Every snapshot of the window, in order. Throws `recording` where tape and index differ. */
export function* playback({ recording, window }: ReportInput): Generator<Step, void> {
  const lives = new TapeLives(recording, window);
  const sessions = new Sweep(recording.sessions, ({ at }) => at);
  const runs = new Sweep(runsOf(recording), (run) => run.firstSnapshot);
  const gaps = blindTimes(recording);
  const repeats = recording.header.bytes === 'connection';
  const info = new Map<string, string>();
  let before: Played = { labels: [], entries: [] };
  let number = firstNumber(recording, window);
  let since: number | undefined;
  for (const item of recording.items(window)) {
    if (item.kind === 'gap') continue;
    const { at, listing } = item;
    for (const [key, value] of item.info) info.set(key, value);
    const played = follow(before, listing, lives, number);
    const moved = movedIn(played.entries, listing, since);
    const connections = played.entries.map((entry) => connectionAt(entry, number));
    const counted = repeats
      ? countedOnce(moved, played.entries, connections, listing, number, since)
      : moved;
    yield {
      number,
      at,
      since,
      acrossGap: since !== undefined && gaps.overlaps(since, at),
      run: runs.at(number).id,
      header: sessions.at(at).header,
      snapshot: item,
      info,
      entries: played.entries,
      connections,
      moved,
      counted,
      arrived: played.arrived,
      left: before.entries.filter((entry) => entry.shown < number),
      reflagged: played.reflagged,
    };
    before = { labels: listing.labels, entries: played.entries };
    since = at;
    number++;
  }
}

/** The rows of the snapshot before. */
interface Played {
  readonly labels: Listing['labels'];
  readonly entries: readonly PlayedEntry[];
}

/** Finds the life of each row, most of them where the row before had it. */
function follow(before: Played, { labels }: Listing, lives: TapeLives, number: number) {
  const origins = matchRows(before.labels, labels);
  const entries = new Array<PlayedEntry>(labels.length);
  const arrived: number[] = [];
  const reflagged: { row: number; before: string }[] = [];
  for (let row = 0; row < labels.length; row++) {
    const origin = origins[row]!;
    const label = labels[row]!;
    let entry = origin < 0 ? undefined : before.entries[origin]!;
    if (entry === undefined || entry.lastSnapshot < number) {
      entry = lives.entryAt(pairOf(label), number);
      arrived.push(row);
    } else if (before.labels[origin]!.flags !== label.flags) {
      reflagged.push({ row, before: before.labels[origin]!.flags });
    }
    entry.shown = number;
    entries[row] = entry;
  }
  return { entries, arrived, reflagged };
}

/**
 * What each entry moved since it was last seen. Its first value counts where it is known to have
 * been born after the snapshot before; else it is the baseline.
 */
function movedIn(
  entries: readonly PlayedEntry[],
  listing: Listing,
  since: number | undefined,
): Moved {
  const read = new Float64Array(entries.length);
  const written = new Float64Array(entries.length);
  for (let row = 0; row < entries.length; row++) {
    const entry = entries[row]!;
    const nextRead = listing.read[row]!;
    const nextWritten = listing.written[row]!;
    if (Number.isNaN(entry.read)) {
      if (isBornSince(entry, since)) {
        read[row] = nextRead;
        written[row] = nextWritten;
      }
    } else {
      read[row] = nextRead - entry.read;
      written[row] = nextWritten - entry.written;
    }
    entry.read = nextRead;
    entry.written = nextWritten;
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
  entries: readonly PlayedEntry[],
  connections: readonly PlayedConnection[],
  listing: Listing,
  number: number,
  since: number | undefined,
): Moved {
  const read = new Float64Array(entries.length);
  const written = new Float64Array(entries.length);
  const several: PlayedConnection[] = [];
  for (let row = 0; row < entries.length; row++) {
    if (entries[row]!.alone) {
      read[row] = moved.read[row]!;
      written[row] = moved.written[row]!;
      continue;
    }
    const connection = connections[row]!;
    if (connection.shown !== number) {
      connection.shown = number;
      connection.row = row;
      connection.nextRead = 0;
      connection.nextWritten = 0;
      several.push(connection);
    }
    connection.nextRead = Math.max(connection.nextRead, listing.read[row]!);
    connection.nextWritten = Math.max(connection.nextWritten, listing.written[row]!);
  }
  for (const connection of several) {
    const { row, nextRead, nextWritten } = connection;
    if (Number.isNaN(connection.read)) {
      const born = isBornSince(connection, since);
      read[row] = born ? nextRead : 0;
      written[row] = born ? nextWritten : 0;
    } else {
      read[row] = Math.max(0, nextRead - connection.read);
      written[row] = Math.max(0, nextWritten - connection.written);
    }
    connection.read = nextRead;
    connection.written = nextWritten;
  }
  return { read, written };
}

function firstNumber(recording: Recording, window: Window): number {
  const place = recording.snapshotAt(window.from);
  if (place === undefined) return 1;
  return place.at === window.from ? place.number : place.number + 1;
}

interface Run {
  readonly id: number;
  readonly firstSnapshot: number;
}

function runsOf({ db }: Recording): Run[] {
  return db
    .prepare<[], Run>('SELECT id, first_snapshot AS firstSnapshot FROM run ORDER BY id')
    .all();
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
