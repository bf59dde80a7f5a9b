/**
 * Snapshot ↔ the payload of one frame, column by column, against the snapshot before.
 * Owns the byte format of a frame; not the tape that frames stand on, nor which entry is which.
 *
 * A payload is Brotli over a row count, the poll's duration and one block a column, each a run of
 * variable-length integers. A key frame is a frame against nothing. Entries that only counted on
 * cost nothing: READ and WRITE are written where they moved, UPTIME where it is not what the
 * entry's birth foretells. A row whose label changed is written anew.
 */
import { type Label, sameLabel } from '../listing/label.ts';
import type { Listing } from '../listing/listing.ts';
import { matchRows } from '../listing/match.ts';
import { MAX_LINES } from '../listing/parse.ts';
import type { Snapshot } from '../listing/snapshot.ts';
import { changesIn, type InfoValues, readAside, withChanges, writeAside } from './aside.ts';
import { foretold, newBirth, reborn } from './birth.ts';
import { ByteReader, ByteWriter } from './bytes.ts';
import { damaged } from './damage.ts';
import { LabelReader, LabelWriter } from './labels.ts';
import { readOrder, writeOrder } from './order.ts';
import { pack, unpack } from './packing.ts';
import type { PeerBook } from './peers.ts';

/** What a frame is written against, and what the next one is. Columns as in `Listing`. */
export interface FrameState {
  readonly labels: readonly Label[];
  readonly read: Float64Array;
  readonly written: Float64Array;
  readonly uptime: Float64Array;
  /** When each entry was born as far as its UPTIMEs tell: milliseconds since the epoch. */
  readonly birth: Float64Array;
  /** The last value of every info key. */
  readonly info: InfoValues;
}

const NO_ROWS = new Float64Array(0);

/** What a key frame is written against. */
export const EMPTY_STATE: FrameState = {
  labels: [],
  read: NO_ROWS,
  written: NO_ROWS,
  uptime: NO_ROWS,
  birth: NO_ROWS,
  info: new Map(),
};

export interface Frame {
  readonly snapshot: Snapshot;
  readonly state: FrameState;
  /** Numbers of the peers that the payload refers to, ascending. */
  readonly peers: readonly number[];
}

/** Larger steps would lose their last bit when the sign is folded in: the row is written anew. */
const LARGEST_STEP = 2 ** 51;

/** Cells are 514 bytes, rounded bytes multiples of 1024: a column of such steps is counted in them. */
const UNITS = [514, 1024] as const;

/**
 * Writes a snapshot against the state before, `EMPTY_STATE` for a key frame. Throws `recording` for
 * one that is larger than `unpack` reads.
 */
export function encodeFrame(
  before: FrameState,
  snapshot: Snapshot,
  book: PeerBook,
): Frame & { readonly payload: Buffer } {
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
    snapshot,
    state: { labels, read, written, uptime, birth, info },
    peers,
  };
}

/**
 * The inverse of `encodeFrame`. Throws `damaged` for a payload that the recorder cannot have
 * written, whatever it claims, and takes no more memory than its rows and `unpack` do.
 */
export function decodeFrame(
  before: FrameState,
  payload: Uint8Array,
  at: number,
  book: PeerBook,
): Frame {
  const input = new ByteReader(unpack(payload));
  const count = input.uint();
  if (count > MAX_LINES) throw damaged(`it claims ${count} entries`);
  const pollMs = input.uint();
  const origins = readOrder(count, before.labels.length, input);
  const { rows, peers } = readNewRows(before, origins, at, book, input);
  readMoves(rows, origins, input);
  readUptimes(rows, origins, at, input);
  const { changed, events, extra, ...quarantine } = readAside(
    Buffer.from(input.block()).toString(),
  );
  const { labels, read, written, uptime } = rows;
  const listing = { labels, read, written, uptime, ...quarantine };
  return {
    snapshot: { kind: 'snapshot', at, pollMs, listing, info: changed, events, extra },
    state: { ...rows, info: withChanges(before.info, changed) },
    peers,
  };
}

/** For each row the row before whose label it keeps, or −1 where it is written anew. */
function keptRows(before: FrameState, listing: Listing): Int32Array {
  const origins = matchRows(before.labels, listing.labels);
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    if (origin >= 0 && !followsOn(before, origin, listing, row)) origins[row] = -1;
  }
  return origins;
}

function followsOn(before: FrameState, origin: number, listing: Listing, row: number): boolean {
  return (
    sameLabel(before.labels[origin]!, listing.labels[row]!) &&
    Math.abs(listing.read[row]! - before.read[origin]!) < LARGEST_STEP &&
    Math.abs(listing.written[row]! - before.written[origin]!) < LARGEST_STEP &&
    Math.abs(listing.uptime[row]! - before.uptime[origin]!) < LARGEST_STEP
  );
}

function writeNewRows(
  listing: Listing,
  origins: Int32Array,
  book: PeerBook,
  out: ByteWriter,
): number[] {
  const labels = new LabelWriter(book);
  const counters = [new ByteWriter(), new ByteWriter(), new ByteWriter()] as const;
  for (let row = 0; row < origins.length; row++) {
    if (origins[row]! >= 0) continue;
    labels.write(listing.labels[row]!);
    counters[0].uint(listing.read[row]!);
    counters[1].uint(listing.written[row]!);
    counters[2].uint(listing.uptime[row]!);
  }
  labels.writeTo(out);
  for (const column of counters) out.block(column.bytes());
  return labels.peers();
}

interface Rows {
  readonly labels: Label[];
  readonly read: Float64Array;
  readonly written: Float64Array;
  readonly uptime: Float64Array;
  readonly birth: Float64Array;
}

/** All rows, the kept ones with the values they had, their UPTIME as foretold. */
function readNewRows(
  before: FrameState,
  origins: Int32Array,
  at: number,
  book: PeerBook,
  input: ByteReader,
): { rows: Rows; peers: number[] } {
  const column = () => new Float64Array(origins.length);
  const rows: Rows = {
    labels: new Array<Label>(origins.length),
    read: column(),
    written: column(),
    uptime: column(),
    birth: column(),
  };
  const labels = new LabelReader(input, book);
  const read = new ByteReader(input.block());
  const written = new ByteReader(input.block());
  const uptime = new ByteReader(input.block());
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    if (origin >= 0) {
      rows.labels[row] = before.labels[origin]!;
      rows.read[row] = before.read[origin]!;
      rows.written[row] = before.written[origin]!;
      rows.birth[row] = before.birth[origin]!;
      rows.uptime[row] = foretold(rows.birth[row]!, at);
    } else {
      rows.labels[row] = labels.read();
      rows.read[row] = read.uint();
      rows.written[row] = written.uint();
      rows.uptime[row] = uptime.uint();
      rows.birth[row] = newBirth(rows.uptime[row]!, at);
    }
  }
  return { rows, peers: labels.peers() };
}

/** Steps of READ and WRITE of the kept rows that moved: unit, distances, steps. */
function writeMoves(
  before: FrameState,
  listing: Listing,
  origins: Int32Array,
  out: ByteWriter,
): void {
  const distances = new ByteWriter();
  const read: number[] = [];
  const written: number[] = [];
  let last = -1;
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    if (origin < 0) continue;
    const readStep = listing.read[row]! - before.read[origin]!;
    const writtenStep = listing.written[row]! - before.written[origin]!;
    if (readStep === 0 && writtenStep === 0) continue;
    distances.uint(row - last);
    last = row;
    read.push(readStep);
    written.push(writtenStep);
  }
  out.uint(read.length);
  out.block(distances.bytes());
  writeSteps(read, out);
  writeSteps(written, out);
}

function writeSteps(steps: readonly number[], out: ByteWriter): void {
  const unit = UNITS.find((size) => steps.every((step) => step % size === 0)) ?? 1;
  const column = new ByteWriter();
  for (const step of steps) column.int(step / unit);
  out.uint(unit);
  out.block(column.bytes());
}

function readMoves(rows: Rows, origins: Int32Array, input: ByteReader): void {
  const count = input.uint();
  const distances = new ByteReader(input.block());
  const readUnit = input.uint();
  const read = new ByteReader(input.block());
  const writtenUnit = input.uint();
  const written = new ByteReader(input.block());
  let row = -1;
  for (let index = 0; index < count; index++) {
    row += distances.uint();
    if (row >= origins.length) throw damaged('it moves an entry that it does not hold');
    rows.read[row]! += read.int() * readUnit;
    rows.written[row]! += written.int() * writtenUnit;
  }
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

function readUptimes(rows: Rows, origins: Int32Array, at: number, input: ByteReader): void {
  const column = new ByteReader(input.block());
  let row = -1;
  while (!column.ended) {
    row += column.uint();
    if (row >= origins.length) throw damaged('it corrects an entry that it does not hold');
    rows.uptime[row]! += column.int();
    rows.birth[row] = reborn(rows.birth[row]!, rows.uptime[row]!, at);
  }
}
