/**
 * A part of a recording as one that stands alone.
 * Owns which items it has and that its index is theirs; that it appears whole or not at all is
 * copy.ts's. Items are copied as they are: their links are those of the tape that they come from.
 */
import Database from 'better-sqlite3';
import { beginningAt, beginningOf, firstPlaceIn, firstSeqOf } from './beginning.ts';
import { Deriver } from './deriving.ts';
import { PeerTable } from './peerTable.ts';
import { RowWriter } from './rows.ts';
import { createSchema } from './schema.ts';
import { copyPeers, seed } from './seeding.ts';
import type { Sqlite } from './sqlite.ts';
import type { Value } from './sums.ts';
import { keyPlaceIn, placeBehindIn, readFrom } from './tape.ts';
import type { Window } from './window.ts';

export interface CuttingOptions {
  /** When it is cut: milliseconds since the epoch. */
  readonly at: number;
  /** Called with each item that was copied, and how many there are; throws to end it. */
  readonly copied: (items: number, of: number) => void;
}

/**
 * Fills an empty file with the snapshots of a window, from the key frame at or before its first one
 * on, with what holds there and what is known of before: the session, since when who is open.
 * @param from in a transaction that holds it as it is; its tables are whole.
 * @param window in which there is a snapshot.
 * Throws `damaged` for an item that is not what was written.
 */
export function cutInto(path: string, from: Sqlite, window: Window, options: CuttingOptions): void {
  const into = new Database(path);
  try {
    into.pragma('trusted_schema = OFF');
    into.pragma('synchronous = OFF');
    into.pragma('auto_vacuum = INCREMENTAL');
    createSchema(into);
    into.transaction(() => fill(into, from, window, options))();
  } finally {
    into.close();
  }
}

function fill(into: Sqlite, from: Sqlite, window: Window, { at, copied }: CuttingOptions): void {
  const first = firstPlaceIn(from)!;
  const key = keyPlaceIn(from, window.from) ?? first;
  const isWhole = key.seq === first.seq;
  const start = isWhole ? firstSeqOf(from) : key.seq;
  const last = from.prepare<[], number>('SELECT seq FROM mark').pluck().get()!;
  const until = Math.min(placeBehindIn(from, window.to)?.seq ?? last + 1, last + 1);
  const rows = new RowWriter(into);
  const recording = from.prepare<[], Value[]>('SELECT * FROM recording').raw().get()!;
  rows.table('recording').insert(recording);
  rows.write();
  const peers = copyTape(into, from, start, until, copied);
  copyPeers(into, from, (id) => peers.has(id));
  const beginning = isWhole ? beginningOf(from) : beginningAt(from, key, at, 'cut');
  if (beginning !== undefined) seed(into, from, key, beginning);
  const deriver = new Deriver(into);
  const seeded = beginning === undefined ? 0 : key.seq;
  for (const read of readFrom(into, start, new PeerTable(into))) {
    if (read.row.seq > seeded) deriver.take(read);
  }
  deriver.end();
}

/** @returns the numbers of the peers that its frames refer to. */
function copyTape(
  into: Sqlite,
  from: Sqlite,
  start: number,
  until: number,
  copied: CuttingOptions['copied'],
): ReadonlySet<number> {
  const insert = into.prepare(
    'INSERT INTO tape (seq, kind, at, payload, chain) VALUES (?, ?, ?, ?, ?)',
  );
  const mark = into.prepare('UPDATE mark SET seq = ?, chain = ?');
  const peers = new Set<number>();
  for (const { row, item } of readFrom(from, start, new PeerTable(from), until)) {
    insert.run(row.seq, row.kind, row.at, row.payload, row.chain);
    mark.run(row.seq, row.chain);
    for (let index = 0; index < item.peers.length; index++) peers.add(item.peers[index]!);
    copied(row.seq - start + 1, until - start);
  }
  return peers;
}
