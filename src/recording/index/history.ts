/**
 * What entries were over time: where their flags turned, and where no snapshot held them.
 * Owns reading both; what follows of it is the reports'.
 */
import { pairOf } from '../../listing/match.ts';
import { firstPlaceIn } from '../beginning.ts';
import type { Sqlite } from '../sqlite.ts';
import type { IndexedEntry } from './indexedLives.ts';

/** What an entry was from one snapshot to before another. */
export interface FlagStretch {
  readonly from: number;
  readonly until: number;
  readonly flags: string;
}

interface Turn {
  readonly conn_id: number;
  readonly circ_id: number;
  readonly snapshot: number;
  readonly type_flags: string;
}

interface Absence {
  readonly conn_id: number;
  readonly circ_id: number;
  readonly from_snapshot: number;
  readonly to_snapshot: number;
}

/** An entry that snapshots held, with its flags when last seen. */
export type Listed = Pick<
  IndexedEntry,
  'connId' | 'circId' | 'flags' | 'firstSnapshot' | 'lastSnapshot'
>;

/** What entries were over time: where their flags turned, and where no snapshot held them. */
export class History {
  readonly #turns: Map<string, Turn[]>;
  readonly #absences: Map<string, Absence[]>;
  /** CONN_IDs of which there is any of both. */
  readonly #changed: ReadonlySet<number>;
  /** The first snapshot that is there: how entries were before is not known. */
  readonly #first: number;

  constructor(db: Sqlite) {
    this.#turns = byPair(
      db.prepare<[], Turn>('SELECT * FROM reflagged ORDER BY snapshot').iterate(),
    );
    this.#absences = byPair(
      db.prepare<[], Absence>('SELECT * FROM absent ORDER BY from_snapshot').iterate(),
    );
    this.#first = firstPlaceIn(db)?.number ?? 1;
    this.#changed = new Set(
      db
        .prepare<[], number>('SELECT conn_id FROM reflagged UNION SELECT conn_id FROM absent')
        .pluck()
        .iterate(),
    );
  }

  /** Whether an entry was the same in all snapshots from its first to its last. */
  isSteady({ connId }: Pick<Listed, 'connId'>): boolean {
    return !this.#changed.has(connId);
  }

  /** The stretches of snapshots that are there and held the entry, in order, each with its flags. */
  stretchesOf(entry: Listed): FlagStretch[] {
    const pair = pairOf(entry);
    let stretches: FlagStretch[] = [];
    let from = Math.max(entry.firstSnapshot, this.#first);
    for (const turn of this.#turns.get(pair) ?? []) {
      if (turn.snapshot <= entry.firstSnapshot || turn.snapshot > entry.lastSnapshot) continue;
      stretches.push({ from, until: turn.snapshot, flags: turn.type_flags });
      from = turn.snapshot;
    }
    stretches.push({ from, until: entry.lastSnapshot + 1, flags: entry.flags });
    for (const absence of this.#absences.get(pair) ?? []) {
      stretches = stretches.flatMap((stretch) => without(stretch, absence));
    }
    return stretches;
  }
}

/** The one or two parts of a stretch that lie outside an absence. */
function without(stretch: FlagStretch, { from_snapshot, to_snapshot }: Absence): FlagStretch[] {
  const before = { ...stretch, until: Math.min(stretch.until, from_snapshot) };
  const after = { ...stretch, from: Math.max(stretch.from, to_snapshot + 1) };
  if (from_snapshot >= stretch.until || to_snapshot < stretch.from) return [stretch];
  return [before, after].filter(({ from, until }) => from < until);
}

function byPair<Item extends { readonly conn_id: number; readonly circ_id: number }>(
  items: Iterable<Item>,
): Map<string, Item[]> {
  const pairs = new Map<string, Item[]>();
  for (const item of items) {
    const pair = pairOf({ connId: item.conn_id, circId: item.circ_id });
    const known = pairs.get(pair);
    if (known === undefined) pairs.set(pair, [item]);
    else known.push(item);
  }
  return pairs;
}
