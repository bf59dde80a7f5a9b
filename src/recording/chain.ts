/**
 * The chain of hashes over a tape.
 * Owns what each link covers; not where links are kept.
 */
import { createHash } from 'node:crypto';
import type { PeerBook } from './peers.ts';

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
  peers: readonly number[],
  book: PeerBook,
): Buffer {
  const head = Buffer.alloc(32);
  head.writeDoubleBE(row.seq, 0);
  head.writeDoubleBE(row.kind, 8);
  head.writeDoubleBE(row.at, 16);
  head.writeDoubleBE(row.payload.length, 24);
  const hash = createHash('sha256').update(before).update(head).update(row.payload);
  return hash.update(namesOf(peers, book)).digest();
}

/** Where names stand side by side while they are hashed: a call each would cost more than hashing. */
let room = new Uint8Array(2 ** 16);

/** A line a peer: its number, OR_ID and IP. */
function namesOf(peers: readonly number[], book: PeerBook): Uint8Array {
  let length = 0;
  for (const number of peers) {
    const peer = book.peer(number);
    peer.chained ??= Buffer.from(`${number} ${peer.orId} ${peer.ip}\n`);
    const { chained } = peer;
    if (length + chained.length > room.length) room = grown(room, length + chained.length);
    room.set(chained, length);
    length += chained.length;
  }
  return room.subarray(0, length);
}

function grown(bytes: Uint8Array<ArrayBuffer>, least: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(2 * least);
  larger.set(bytes);
  return larger;
}
