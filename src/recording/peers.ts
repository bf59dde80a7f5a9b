/**
 * Peers: the pairs of OR_ID and IP that labels refer to by number.
 * Owns the interface that the frame codec needs; the table that keeps them is peerTable.ts's.
 */

export interface Peer {
  /** 40 hex digits, or `0`. */
  readonly orId: string;
  /** An address, or `0`. */
  readonly ip: string;
}

/** Numbers peers for writing and finds them again for reading. 0 is the peer of which nothing is kept. */
export interface PeerBook {
  /** The number of a peer, a new one where it has none yet. */
  numberOf(orId: string, ip: string): number;
  /** The peer with that number; throws `damaged` where there is none. */
  peer(number: number): Peer;
}

export const NO_PEER: Peer = { orId: '0', ip: '0' };
