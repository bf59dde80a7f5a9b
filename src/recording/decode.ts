/**
 * The payload of one frame → what it changes of the rows that stand.
 * Owns reading the byte format that frame.ts describes, whatever the bytes claim; not the tape that
 * frames stand on.
 */
import type { Label } from '../listing/label.ts';
import { MAX_LINES } from '../listing/parse.ts';
import type { Snapshot } from '../listing/snapshot.ts';
import { type Aside, readAside, withChanges } from './aside.ts';
import { ByteReader } from './bytes.ts';
import { damaged } from './damage.ts';
import { type NewLabels, peersOf, readLabels } from './labels.ts';
import { type Order, readOrder } from './order.ts';
import { unpack } from './packing.ts';
import { samePairs } from './pairs.ts';
import type { Standing } from './standing.ts';

/** What a frame changed, by slots of the rows that stand after it. */
export interface FrameChange {
  /** Rows with a pair of CONN_ID and CIRC_ID that was not there before, in their order. */
  readonly came: Int32Array;
  /** Those whose pair is there no more. */
  readonly gone: Int32Array;
  /** Those that went on under another label, and the labels that they had. */
  readonly relabelled: Int32Array;
  readonly labelsBefore: readonly Label[];
  /** Those whose READ or WRITE is another, and by how much: three columns of one length. */
  readonly moved: Int32Array;
  readonly read: Float64Array;
  readonly written: Float64Array;
}

export interface ReadFrame {
  readonly kind: 'frame';
  readonly at: number;
  readonly pollMs: number;
  /** What stands beside the listing. */
  readonly aside: Aside;
  readonly change: FrameChange;
  /** The rows after it; the next frame changes them. */
  readonly standing: Standing;
  /** Numbers of the peers that the payload refers to, ascending. */
  readonly peers: readonly number[];
}

const NO_ROWS = new Int32Array(0);

/**
 * Reads a frame and changes the rows that stand to those of the frame. A key frame does not depend
 * on them: they only tell what is new in it.
 *
 * Throws `damaged` for a payload that the recorder cannot have written, whatever it claims, and
 * takes no more memory than its rows and `unpack` do; what stands is not to be read then.
 */
export function readFrame(
  standing: Standing,
  payload: Uint8Array,
  at: number,
  isKey: boolean,
): ReadFrame {
  const input = new ByteReader(unpack(payload));
  const count = input.uint();
  if (count > MAX_LINES) throw damaged(`it claims ${count} entries`);
  const pollMs = input.uint();
  standing.begin(at);
  const order = readOrder(count, isKey ? NO_ROWS : standing.slots, input);
  const fresh = readNewRows(order.fresh.length, input);
  const moves = readMoves(standing, order, input);
  correctUptimes(standing, order.slots, input);
  const aside = readAside(Buffer.from(input.block()).toString());
  const gone = isKey ? standing.slots : order.gone;
  const change = placeNewRows(standing, { ...order, gone }, fresh, moves);
  standing.end(order.slots, change.gone);
  // A key frame has all values, those that did not change too.
  standing.info = withChanges(isKey ? new Map() : standing.info, aside.changed);
  const kind = 'frame';
  return { kind, at, pollMs, aside, change, standing, peers: peersOf(fresh.labels) };
}

/** The snapshot of a frame that was read last, with the info values that the frame tells. */
export function snapshotOf({ at, pollMs, aside, standing }: ReadFrame): Snapshot {
  const { changed, events, extra, quarantined, quarantinedCount } = aside;
  const listing = { ...standing.listing(), quarantined, quarantinedCount };
  return { kind: 'snapshot', at, pollMs, listing, info: changed, events, extra };
}

interface NewRows {
  readonly labels: NewLabels;
  readonly read: Float64Array;
  readonly written: Float64Array;
  readonly uptime: Float64Array;
}

function readNewRows(count: number, input: ByteReader): NewRows {
  const labels = readLabels(input, count);
  const column = () => new ByteReader(input.block()).uints(count);
  return { labels, read: column(), written: column(), uptime: column() };
}

/** What moved so far, with room for every row that is written anew. */
interface Moves {
  length: number;
  readonly moved: Int32Array;
  readonly read: Float64Array;
  readonly written: Float64Array;
}

/** Moves rows that were there before, and gives what moved. */
function readMoves(standing: Standing, { slots, fresh }: Order, input: ByteReader): Moves {
  const count = input.uint();
  if (count > slots.length) throw damaged('it moves entries that it does not hold');
  const distances = new ByteReader(input.block());
  const readUnit = input.uint();
  const readSteps = new ByteReader(input.block());
  const writtenUnit = input.uint();
  const writtenSteps = new ByteReader(input.block());
  const room = count + fresh.length;
  const moved = new Int32Array(room);
  const read = new Float64Array(room);
  const written = new Float64Array(room);
  let row = -1;
  for (let index = 0; index < count; index++) {
    row = nextRow(row, distances, slots);
    const slot = slots[row]!;
    moved[index] = slot;
    const readStep = readSteps.int() * readUnit;
    const writtenStep = writtenSteps.int() * writtenUnit;
    read[index] = readStep;
    written[index] = writtenStep;
    standing.read[slot]! += readStep;
    standing.written[slot]! += writtenStep;
  }
  return { length: count, moved, read, written };
}

function correctUptimes(standing: Standing, slots: Int32Array, input: ByteReader): void {
  const column = new ByteReader(input.block());
  let row = -1;
  while (!column.ended) {
    row = nextRow(row, column, slots);
    standing.correctUptime(slots[row]!, column.int());
  }
}

/** The row so far behind another; it must have been there before, and not be the same. */
function nextRow(row: number, distances: ByteReader, slots: Int32Array): number {
  const distance = distances.uint();
  const next = row + distance;
  const slot = slots[next];
  if (slot === undefined || slot < 0 || distance === 0) {
    throw damaged('it changes an entry that it does not hold');
  }
  return next;
}

/** Gives new rows their slots: where their pair was there before, it goes on. */
function placeNewRows(
  standing: Standing,
  { slots, fresh, gone }: Order,
  rows: NewRows,
  moves: Moves,
): FrameChange {
  const { labels } = rows;
  const pairs = samePairs(standing, gone, labels);
  const came = new Int32Array(fresh.length);
  let cameCount = 0;
  const relabelled: number[] = [];
  const labelsBefore: Label[] = [];
  for (let index = 0; index < fresh.length; index++) {
    const known = pairs.slots[index]!;
    const slot = known < 0 ? standing.admit() : known;
    slots[fresh[index]!] = slot;
    if (known < 0) {
      came[cameCount++] = slot;
      standing.setLabel(slot, labels, index);
    } else if (!standing.hasLabel(slot, labels, index)) {
      relabelled.push(slot);
      labelsBefore.push(standing.labelOf(slot));
      standing.setLabel(slot, labels, index);
    }
    const read = rows.read[index]!;
    const written = rows.written[index]!;
    if (known >= 0 && (read !== standing.read[slot] || written !== standing.written[slot])) {
      const place = moves.length++;
      moves.moved[place] = slot;
      moves.read[place] = read - standing.read[slot]!;
      moves.written[place] = written - standing.written[slot]!;
    }
    standing.read[slot] = read;
    standing.written[slot] = written;
    standing.setUptime(slot, rows.uptime[index]!);
  }
  return {
    came: came.subarray(0, cameCount),
    gone: pairs.gone,
    relabelled: Int32Array.from(relabelled),
    labelsBefore,
    moved: moves.moved.subarray(0, moves.length),
    read: moves.read.subarray(0, moves.length),
    written: moves.written.subarray(0, moves.length),
  };
}
