/**
 * Rollups as blobs, and back.
 * Owns their coding (docs/recording-format.md, Rollups); what the numbers mean is for others.
 */
import { ByteReader, ByteWriter } from '../../bytes.ts';
import { BALANCE_BANDS, LENGTH_BANDS } from './bands.ts';
import type { PeerHour } from './peerTally.ts';

/** By band how many circuits were in it, and their bytes. */
export interface Balance {
  readonly circuits: Float64Array;
  readonly bytes: Float64Array;
}

/** Connections that ended: of how many no age is known, and by band how many of the others. */
export interface EndedLengths {
  unknown: number;
  readonly counts: Float64Array;
}

/** What a circuit moved. */
export interface CircuitAmount {
  readonly run: number;
  readonly circId: number;
  readonly read: number;
  readonly written: number;
}

export function emptyBalance(): Balance {
  return { circuits: new Float64Array(BALANCE_BANDS), bytes: new Float64Array(BALANCE_BANDS) };
}

export function emptyLengths(): EndedLengths {
  return { unknown: 0, counts: new Float64Array(LENGTH_BANDS) };
}

export function packBalance({ circuits, bytes }: Balance): Buffer {
  const out = new ByteWriter();
  for (let band = 0; band < BALANCE_BANDS; band++) {
    out.uint(circuits[band]!);
    if (circuits[band]! > 0) out.uint(bytes[band]!);
  }
  return Buffer.from(out.bytes());
}

/** Throws `damaged` where the blob ends too soon, as all that unpack do. */
export function unpackBalance(blob: Uint8Array): Balance {
  const input = new ByteReader(blob);
  const balance = emptyBalance();
  for (let band = 0; band < BALANCE_BANDS; band++) {
    balance.circuits[band] = input.uint();
    if (balance.circuits[band]! > 0) balance.bytes[band] = input.uint();
  }
  return balance;
}

export function packLengths({ unknown, counts }: EndedLengths): Buffer {
  const out = new ByteWriter();
  out.uint(unknown);
  const last = counts.findLastIndex((count) => count > 0);
  for (let band = 0; band <= last; band++) out.uint(counts[band]!);
  return Buffer.from(out.bytes());
}

export function unpackLengths(blob: Uint8Array): EndedLengths {
  const input = new ByteReader(blob);
  const lengths = emptyLengths();
  lengths.unknown = input.uint();
  for (let band = 0; band < LENGTH_BANDS && !input.ended; band++) {
    lengths.counts[band] = input.uint();
  }
  return lengths;
}

export function packCircuits(circuits: readonly CircuitAmount[]): Buffer {
  const out = new ByteWriter();
  for (const { run, circId, read, written } of circuits) {
    out.uint(run);
    out.uint(circId);
    out.uint(read);
    out.uint(written);
  }
  return Buffer.from(out.bytes());
}

export function unpackCircuits(blob: Uint8Array): CircuitAmount[] {
  const input = new ByteReader(blob);
  const circuits: CircuitAmount[] = [];
  while (!input.ended) {
    const [run, circId, read, written] = [input.uint(), input.uint(), input.uint(), input.uint()];
    circuits.push({ run, circId, read, written });
  }
  return circuits;
}

export function packPeers(peers: readonly PeerHour[]): Buffer {
  const out = new ByteWriter();
  for (const { peer, opened, concurrent, read, written } of peers) {
    out.uint(peer);
    out.uint(opened);
    out.uint(concurrent);
    out.uint(read);
    out.uint(written);
  }
  return Buffer.from(out.bytes());
}

export function unpackPeers(blob: Uint8Array): PeerHour[] {
  const input = new ByteReader(blob);
  const peers: PeerHour[] = [];
  while (!input.ended) {
    const [peer, opened, concurrent] = [input.uint(), input.uint(), input.uint()];
    peers.push({ peer, opened, concurrent, read: input.uint(), written: input.uint() });
  }
  return peers;
}
