/**
 * The write-ahead log beside a recording, before SQLite reads it.
 * Owns finding that a log holds less than was committed to it: SQLite takes the first frame that is
 * not whole for the log's end, and says nothing. The format is SQLite's (fileformat2.html, section
 * 4; walformat.html for the -shm file).
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { damaged } from './damage.ts';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The magic number of a log; one more where its checksums are over big-endian words. */
const MAGIC = 0x377f0682;

/** Frames that are read at a time: about 1 MiB of the usual pages. */
const FRAMES_A_READ = 256;

const LOST =
  'restore a copy with its log; the recording is whole up to what the log holds before the damage';

/**
 * What lies beside a recording: no log, an empty one, one that can be read whole, or one whose last
 * transaction was begun and is not whole, as a power failure leaves it, or a recorder that is just
 * writing. SQLite leaves that out.
 */
export type Log = 'none' | 'empty' | 'whole' | 'torn';

/**
 * What the log of a recording is. Throws `damaged` where transactions that were committed to it
 * cannot be read. Not while this process has a connection to the recording, as with its header.
 * @param path the recording's, without symbolic links.
 */
export function inspectLog(path: string): Log {
  const log = `${path}-wal`;
  if (!existsSync(log)) return 'none';
  // Read before the log: what was committed by then must be in it.
  const committed = committedBy(`${path}-shm`);
  const file = openSync(log, 'r');
  try {
    if (fstatSync(file).size === 0) return 'empty';
    const scan = scanned(file);
    // A recorder may have begun the log anew meanwhile: then nothing is known of the frames.
    if (!headerOf(file).equals(scan.header)) return 'whole';
    const isSame = committed?.salts.equals(scan.header.subarray(16, 24)) === true;
    if (scan.kind === 'unreadable') throw damaged('the header of its log is damaged', LOST);
    if (scan.isLost || (isSame && scan.committed < committed.frames)) {
      throw damaged(`its log is damaged: only ${scan.committed} frames of it can be read`, LOST);
    }
    return scan.isTorn ? 'torn' : 'whole';
  } finally {
    closeSync(file);
  }
}

interface Committed {
  readonly frames: number;
  /** Those of the log that is meant. */
  readonly salts: Buffer;
}

/** How many frames the index beside the log says were committed; undefined where it says nothing. */
function committedBy(path: string): Committed | undefined {
  if (!existsSync(path)) return undefined;
  const bytes = readFileSync(path).subarray(0, 96);
  const [header, copy] = [bytes.subarray(0, 48), bytes.subarray(48, 96)];
  // Two copies that differ are being written.
  if (bytes.length < 96 || !header.equals(copy) || header[12] !== 1) return undefined;
  const salts = Buffer.from(header.subarray(32, 40));
  return { frames: new DataView(header.buffer, header.byteOffset).getUint32(16, IS_LITTLE), salts };
}

/** The -shm file is in the machine's own order of bytes. */
const IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function headerOf(file: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  readSync(file, header, 0, HEADER_BYTES, 0);
  return header;
}

type Scan =
  | { readonly kind: 'unreadable'; readonly header: Buffer }
  | {
      readonly kind: 'frames';
      readonly header: Buffer;
      /** Frames up to the last that ends a transaction. */
      readonly committed: number;
      /** Whether a transaction that cannot be read was followed by another. */
      readonly isLost: boolean;
      readonly isTorn: boolean;
    };

function scanned(file: number): Scan {
  const header = headerOf(file);
  const magic = header.readUInt32BE(0);
  const sum = new Checksum(magic === MAGIC);
  sum.add(header, 0, 24);
  if ((magic & ~1) !== MAGIC || !sum.is(header, 24)) return { kind: 'unreadable', header };
  const size = FRAME_HEADER_BYTES + header.readUInt32BE(8);
  const salts = header.subarray(16, 24);
  let committed = 0;
  let number = 0;
  let broken: { readonly isCommit: boolean } | undefined;
  let commitsAfter = 0;
  let isLost = false;
  let isTorn = false;
  for (const frame of framesOf(file, size)) {
    number++;
    const isCommit = frame.readUInt32BE(4) !== 0;
    const isOfLog = frame.subarray(8, 16).equals(salts);
    if (broken === undefined) {
      sum.add(frame, 0, 8);
      sum.add(frame, FRAME_HEADER_BYTES, size);
      if (isOfLog && sum.is(frame, 16)) {
        if (isCommit) committed = number;
      } else {
        broken = { isCommit: isCommit && isOfLog };
        isTorn = !isOlder(frame, salts);
      }
    } else if (isOfLog) {
      isTorn = true;
      isLost ||= broken.isCommit || commitsAfter > 0;
      if (isCommit) commitsAfter++;
    } else {
      isTorn ||= !isOlder(frame, salts);
    }
  }
  if (broken === undefined) isTorn = number > committed || endsWithin(file, number, size, salts);
  return { kind: 'frames', header, committed, isLost, isTorn };
}

/** SQLite counts its logs in the first salt: so many before this one, a frame may be left of one. */
const MOST_LOGS_BEFORE = 2 ** 20;

/** Whether a frame may be left of a log that was here before; else something was taken out or lost. */
function isOlder(frame: Buffer, salts: Buffer): boolean {
  const before = (salts.readUInt32BE(0) - frame.readUInt32BE(8)) >>> 0;
  return frame.readUInt32BE(0) > 0 && before > 0 && before <= MOST_LOGS_BEFORE;
}

/** Whether the file ends within a frame of this log; behind its last there may be an older one's. */
function endsWithin(file: number, frames: number, size: number, salts: Buffer): boolean {
  const rest = Buffer.alloc(FRAME_HEADER_BYTES);
  const read = readSync(file, rest, 0, rest.length, HEADER_BYTES + frames * size);
  if (read < 16) return read > 0;
  return !isOlder(rest, salts);
}

function* framesOf(file: number, size: number): Generator<Buffer, void> {
  const bytes = Buffer.alloc(FRAMES_A_READ * size);
  let place = HEADER_BYTES;
  for (;;) {
    const read = readSync(file, bytes, 0, bytes.length, place);
    for (let at = 0; at + size <= read; at += size) yield bytes.subarray(at, at + size);
    if (read < bytes.length) return;
    place += read;
  }
}

/** SQLite's running checksum over pairs of 32-bit words. */
class Checksum {
  readonly #isLittle: boolean;
  #first = 0;
  #second = 0;

  constructor(isLittle: boolean) {
    this.#isLittle = isLittle;
  }

  add(bytes: Buffer, from: number, to: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let first = this.#first;
    let second = this.#second;
    for (let at = from; at < to; at += 8) {
      first = (first + view.getUint32(at, this.#isLittle) + second) | 0;
      second = (second + view.getUint32(at + 4, this.#isLittle) + first) | 0;
    }
    this.#first = first;
    this.#second = second;
  }

  /** Whether it stands at a place, as it is stored there. */
  is(bytes: Buffer, at: number): boolean {
    return bytes.readInt32BE(at) === this.#first && bytes.readInt32BE(at + 4) === this.#second;
  }
}
