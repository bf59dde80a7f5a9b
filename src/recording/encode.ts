/**
 * A snapshot → the payload of one frame, column by column, against the snapshot before.
 * Owns writing the byte format that frame.ts describes; not the tape that frames stand on, nor
 * which entry is which.
 */

import { sameLabel } from '../listing/label.ts';
import type { Listing } from '../listing/listing.ts';
import { matchOf } from '../listing/match.ts';
import type { Snapshot } from '../listing/snapshot.ts';
import { changesIn, withChanges, writeAside } from './aside.ts';
import { foretold, newBirth, reborn } from './birth.ts';
import { ByteWriter } from './bytes.ts';
import type { Frame, FrameState } from './frame.ts';
import { LabelWriter } from './labels.ts';
import { writeOrder } from './order.ts';
import { pack } from './packing.ts';
import type { PeerBook } from './peers.ts';

/** Larger steps would lose their last bit when the sign is folded in: the row is written anew. */
const LARGEST_STEP = 2 ** 51;

/** Cells are 514 bytes, rounded bytes multiples of 1024: a column of such steps is counted in them. */
const UNITS = [514, 1024] as const;

/**
 * Writes a snapshot against the state before, `EMPTY_STATE` for a key frame. Throws `recording` for
 * one that is larger than `unpack` reads.
 */
export function encodeFrame(before: FrameState, snapshot: Snapshot, book: PeerBook): Frame {
  const { listing, at } = snapshot;
  const origins = keptRows(before, listing);
  const out = new ByteWriter();
  out.uint(listing.labels.length);
  out.uint(Math.max(0, Math.round(snapshot.pollMs)));
  writeOrder(origins, out);
  const peers = writeNewRows(listing, origins, book, out);
  writeMoves(before, listing, origins, out);
  const birth = writeUptimes(before, listing, origins, at, out);
  const changed = changesIn(before.info, snapshot.info);
  out.block(Buffer.from(writeAside(snapshot, changed)));
  const { labels, read, written, uptime } = listing;
  const info = withChanges(before.info, changed);
  return {
    payload: pack(out.bytes()),
    state: { labels, read, written, uptime, birth, info },
    peers,
  };
}

/** For each row the row before whose label it keeps, or −1 where it is written anew. */
function keptRows(before: FrameState, listing: Listing): Int32Array {
  const match = matchOf(before.labels, listing.labels);
  const origins = match.origins.slice();
  for (const row of match.others) {
    const origin = origins[row]!;
    const isKept = origin >= 0 && sameLabel(before.labels[origin]!, listing.labels[row]!);
    if (!isKept) origins[row] = -1;
  }
  const { read, written, uptime } = listing;
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    const fits =
      origin < 0 ||
      (Math.abs(read[row]! - before.read[origin]!) < LARGEST_STEP &&
        Math.abs(written[row]! - before.written[origin]!) < LARGEST_STEP &&
        Math.abs(uptime[row]! - before.uptime[origin]!) < LARGEST_STEP);
    if (!fits) origins[row] = -1;
  }
  return origins;
}

function writeNewRows(
  listing: Listing,
  origins: Int32Array,
  book: PeerBook,
  out: ByteWriter,
): number[] {
  const labels = new LabelWriter(book);
  const counters = [new ByteWriter(), new ByteWriter(), new ByteWriter()] as const;
  // The search is native, and most are kept.
  for (let row = origins.indexOf(-1); row >= 0; row = origins.indexOf(-1, row + 1)) {
    labels.write(listing.labels[row]!);
    counters[0].uint(listing.read[row]!);
    counters[1].uint(listing.written[row]!);
    counters[2].uint(listing.uptime[row]!);
  }
  labels.writeTo(out);
  for (const column of counters) out.block(column.bytes());
  return labels.peers();
}

/** Where the steps of READ and of WRITE stand until they are all there: then their unit is known. */
let room = [new Float64Array(2 ** 10), new Float64Array(2 ** 10)] as const;

/** Steps of READ and WRITE of the kept rows that moved: unit, distances, steps. */
function writeMoves(
  before: FrameState,
  listing: Listing,
  origins: Int32Array,
  out: ByteWriter,
): void {
  const distances = new ByteWriter();
  if (origins.length > room[0].length) {
    room = [new Float64Array(2 * origins.length), new Float64Array(2 * origins.length)];
  }
  const [read, written] = room;
  let count = 0;
  let last = -1;
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    if (origin < 0) continue;
    const readStep = listing.read[row]! - before.read[origin]!;
    const writtenStep = listing.written[row]! - before.written[origin]!;
    if (readStep === 0 && writtenStep === 0) continue;
    distances.uint(row - last);
    last = row;
    read[count] = readStep;
    written[count] = writtenStep;
    count++;
  }
  out.uint(count);
  out.block(distances.bytes());
  writeSteps(read.subarray(0, count), out);
  writeSteps(written.subarray(0, count), out);
}

function writeSteps(steps: Float64Array, out: ByteWriter): void {
  const unit = UNITS.find((size) => areMultiples(steps, size)) ?? 1;
  const column = new ByteWriter();
  for (let index = 0; index < steps.length; index++) column.int(steps[index]! / unit);
  out.uint(unit);
  out.block(column.bytes());
}

function areMultiples(steps: Float64Array, size: number): boolean {
  for (let index = 0; index < steps.length; index++) {
    if (steps[index]! % size !== 0) return false;
  }
  return true;
}

/** UPTIMEs of the kept rows that are not as foretold: distances, and how far off. */
function writeUptimes(
  before: FrameState,
  listing: Listing,
  origins: Int32Array,
  at: number,
  out: ByteWriter,
): Float64Array {
  const birth = new Float64Array(origins.length);
  const column = new ByteWriter();
  let last = -1;
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    const uptime = listing.uptime[row]!;
    if (origin < 0) {
      birth[row] = newBirth(uptime, at);
      continue;
    }
    birth[row] = before.birth[origin]!;
    const off = uptime - foretold(birth[row]!, at);
    if (off === 0) continue;
    column.uint(row - last);
    column.int(off);
    last = row;
    birth[row] = reborn(birth[row]!, uptime, at);
  }
  out.block(column.bytes());
  return birth;
}
