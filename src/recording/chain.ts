/**
 * The chain of hashes over a tape.
 * Owns what each link covers; not where links are kept.
 */
import { createHash } from 'node:crypto';
import type { PeerTable } from './peerTable.ts';

/** One item of the tape, as it is stored. */
export interface TapeRow {
  readonly seq: number;
  readonly kind: number;
  readonly at: number;
  readonly payload: Uint8Array;
}

/** What the first item of a tape follows. */
export const CHAIN_START: Uint8Array = new Uint8Array(32);

/**
 * The link of one item: SHA-256 over the link before, the item's sequence, kind, time and payload,
 * and the peers that the payload refers to, so that no address behind a number can be exchanged.
 * @param peers their numbers, ascending; empty for an item that is not a frame.
 */
export function linkOf(
  before: Uint8Array,
  row: TapeRow,
  peers: ArrayLike<number>,
  book: Pick<PeerTable, 'linesOf'>,
): Buffer {
  const head = Buffer.alloc(32);
  head.writeDoubleBE(row.seq, 0);
  head.writeDoubleBE(row.kind, 8);
  head.writeDoubleBE(row.at, 16);
  head.writeDoubleBE(row.payload.length, 24);
  const hash = createHash('sha256').update(before).update(head).update(row.payload);
  return hash.update(book.linesOf(peers)).digest();
}
