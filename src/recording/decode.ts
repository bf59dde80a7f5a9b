/**
 * The payload of one frame → its snapshot, against the snapshot before.
 * Owns reading the byte format that frame.ts describes, whatever the bytes claim; not the tape that
 * frames stand on.
 */
import type { Label } from '../listing/label.ts';
import { MAX_LINES } from '../listing/parse.ts';
import { readAside, withChanges } from './aside.ts';
import { foretold, newBirth, reborn } from './birth.ts';
import { ByteReader } from './bytes.ts';
import { damaged } from './damage.ts';
import type { Frame, FrameState } from './frame.ts';
import { LabelReader } from './labels.ts';
import { readOrder } from './order.ts';
import { unpack } from './packing.ts';
import type { PeerBook } from './peers.ts';

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
