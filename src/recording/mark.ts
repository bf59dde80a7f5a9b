/**
 * The mark in a recording: where its tape ends, and whether it was closed.
 * Owns reading and writing it; who closes a recording, and when, is store.ts's.
 */
import { CHAIN_START } from './chain.ts';
import { Damaged } from './damage.ts';
import type { Sqlite } from './sqlite.ts';

/** The end of a tape, written with its last item. */
export interface Mark {
  /** The sequence number of the last item; 0 for an empty tape. */
  readonly seq: number;
  /** Its link, or what the first item follows. */
  readonly chain: Uint8Array;
}

/** Holds the tape's end against the mark. Throws `damaged` where it ends elsewhere. */
export function checkEnd(db: Sqlite): void {
  // One statement, so that both are of one moment.
  const found = db
    .prepare<[], { due: unknown; dueChain: unknown; seq: unknown; chain: unknown }>(
      `SELECT mark.seq AS due, mark.chain AS dueChain, last.seq, last.chain FROM mark
       LEFT JOIN (SELECT seq, chain FROM tape ORDER BY seq DESC LIMIT 1) AS last`,
    )
    .get();
  if (found === undefined)
    throw new Damaged('the end of the tape', 'the mark of where it is has gone');
  const { due, dueChain, seq, chain } = found;
  if ((seq ?? 0) !== due) {
    const end = seq === null ? 'there is no item' : `it ends with item ${seq}`;
    throw new Damaged('the end of the tape', `${end}, and item ${due} was the last`);
  }
  const link = seq === null ? Buffer.from(CHAIN_START) : chain;
  if (!Buffer.isBuffer(link) || !Buffer.isBuffer(dueChain) || !link.equals(dueChain)) {
    throw new Damaged('the end of the tape', `item ${due} is not the one that was written`);
  }
}

/** Moves the mark to a new end; in the transaction that writes the item. */
export function markWriter(db: Sqlite): (mark: Mark) => void {
  const update = db.prepare('UPDATE mark SET seq = ?, chain = ?');
  return ({ seq, chain }) => {
    update.run(seq, chain);
  };
}

/** Whether the recording was closed in order, so that the file alone is all of it. */
export function isClosed(db: Sqlite): boolean {
  return db.prepare('SELECT closed FROM mark').pluck().get() === 1;
}

/** Says in the file that it is being written, or that it is closed; nothing where it says so. */
export function setClosed(db: Sqlite, closed: boolean): void {
  db.prepare('UPDATE mark SET closed = @closed WHERE closed <> @closed').run({
    closed: closed ? 1 : 0,
  });
}
