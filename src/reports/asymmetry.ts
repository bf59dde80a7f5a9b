/**
 * The report of asymmetry: what each circuit took in and sent out, stretch by stretch.
 * Owns its columns and formulas (docs/reference.md); the deltas are the playback's.
 */
import type { Shape } from '../listing/shape.ts';
import { countsWritten } from '../listing/uncounted.ts';
import type { Cell, Row } from '../output/table.ts';
import type { Step, TapeCircuit } from '../recording/playback/step.ts';
import { type Bucket, Buckets } from './buckets.ts';
import { ExactSum } from './exactSum.ts';
import { type OpenCircuit, OpenCircuits } from './openCircuits.ts';
import type { Analysis, Report, ReportInput } from './report.ts';
import { ShapeTally } from './shapeTally.ts';

export const asymmetry: Report = {
  name: 'asymmetry',
  question: 'Which circuits sent out far more than they took in, or the other way round, and when?',
  columns: [
    { name: 'bucket_start', kind: 'time' },
    { name: 'bucket_end', kind: 'time' },
    { name: 'run', kind: 'integer' },
    { name: 'circ_id', kind: 'integer' },
    { name: 'shape', kind: 'text' },
    { name: 'observed_s', kind: 'seconds' },
    { name: 'read_bytes', kind: 'integer' },
    { name: 'written_bytes', kind: 'integer' },
    { name: 'read_rate', kind: 'decimal' },
    { name: 'written_rate', kind: 'decimal' },
    { name: 'ratio', kind: 'decimal' },
    { name: 'pcr', kind: 'decimal' },
    { name: 'share_of_bytes', kind: 'decimal' },
  ],
  analyse: (input) => new Asymmetry(input),
};

interface Moved {
  readonly read: ExactSum;
  readonly written: ExactSum;
}

/** What an open circuit did in the bucket that the tape is in. */
class Share {
  readonly #open: OpenCircuit;
  /** Since which snapshot of the bucket it has had its shape. */
  #since: number;
  #shape: Shape;
  /** The shapes that it had before in the bucket; most had none. */
  #tally: ShapeTally | undefined;
  /** What it moved, as far as it moved. */
  moved: Moved | undefined;

  constructor(open: OpenCircuit, number: number) {
    this.#open = open;
    this.#shape = open.shape;
    this.#since = number;
  }

  get circuit(): TapeCircuit {
    return this.#open.circuit;
  }

  /** The shape of most snapshots of the bucket before this one. */
  shapeUntil(until: number): Shape {
    if (this.#tally === undefined) return until > this.#since ? this.#shape : 'pending';
    this.count(until);
    return this.#tally.prevailing;
  }

  /** Counts the snapshots before this one in which it had its shape. */
  count(until: number): void {
    if (until > this.#since) {
      this.#tally ??= new ShapeTally();
      this.#tally.add(this.#shape, until - this.#since, until - 1);
    }
    this.#since = until;
    this.#shape = this.#open.shape;
  }

  /** Counts no more: from this snapshot on it is gone. */
  end(number: number): void {
    this.count(number);
    this.#since = Number.POSITIVE_INFINITY;
  }

  /** Begins the next bucket, with this snapshot. */
  begin(number: number): void {
    this.#tally = undefined;
    this.#since = number;
    this.moved = undefined;
  }
}

class Asymmetry implements Analysis {
  readonly #buckets: Buckets;
  readonly #circuits = new OpenCircuits();
  readonly #shares = new Map<TapeCircuit, Share>();
  readonly #shareOfSlot: (Share | undefined)[] = [];
  /** Those that moved something in the bucket, those too that are gone. */
  #moved: Share[] = [];
  /** Bytes of all circuits in the bucket, each once. */
  #total = new ExactSum();
  #start: number | undefined;
  #number = 0;
  readonly #rows: Row[] = [];

  constructor(input: ReportInput) {
    this.#buckets = new Buckets(input);
  }

  watch(step: Step): void {
    this.#number = step.number;
    const start = this.#buckets.see(step.at);
    if (this.#start !== start) {
      this.#finish(step.number);
      this.#start = start;
    }
    this.#followShapes(step);
    // A ratio to what nobody counted is none.
    if (countsWritten(step.header.observes)) {
      this.#addBytes(step);
      addCircuitBytes(step, this.#total);
    }
  }

  #followShapes(step: Step): void {
    for (const open of this.#circuits.follow(step)) {
      const { circuit } = open;
      const share = this.#shares.get(circuit);
      if (share === undefined) {
        this.#shares.set(circuit, new Share(open, step.number));
      } else if (open.isGone) {
        share.end(step.number);
        this.#shares.delete(circuit);
      } else {
        share.count(step.number);
      }
    }
    for (const slot of step.left) this.#shareOfSlot[slot] = undefined;
    for (const slot of step.arrived) {
      const circuit = step.rows.circuitOf(slot);
      this.#shareOfSlot[slot] = circuit === undefined ? undefined : this.#shares.get(circuit);
    }
  }

  #addBytes({ moved: { slots, read, written, bridged } }: Step): void {
    for (let index = 0; index < slots.length; index++) {
      if (bridged[index] === 1) continue;
      const share = this.#shareOfSlot[slots[index]!];
      if (share === undefined) continue;
      if (share.moved === undefined) {
        share.moved = { read: new ExactSum(), written: new ExactSum() };
        this.#moved.push(share);
      }
      share.moved.read.add(read[index]!);
      share.moved.written.add(written[index]!);
    }
  }

  /** Ends the bucket that the tape was in, before this snapshot. */
  #finish(until: number): void {
    if (this.#start === undefined) return;
    const bucket = this.#buckets.at(this.#start);
    for (const share of this.#moved.sort(inOrderOfCircuits)) {
      const shape = share.shapeUntil(until);
      this.#rows.push(rowOf(share.circuit, shape, share.moved!, bucket, this.#total));
    }
    for (const share of this.#shares.values()) share.begin(until);
    this.#moved = [];
    this.#total = new ExactSum();
  }

  finished(): Row[] {
    return this.#rows.splice(0);
  }

  /** A row for each circuit that moved something, by bucket, run and CIRC_ID. */
  rows(): Row[] {
    this.#finish(this.#number + 1);
    return this.finished();
  }
}

function inOrderOfCircuits({ circuit: a }: Share, { circuit: b }: Share): number {
  return a.run - b.run || a.circId - b.circId;
}

/**
 * Adds what all circuits moved since the snapshot before. Where lines repeat their connection's
 * totals, a connection that carries a circuit counts once.
 */
function addCircuitBytes({ header, rows, counted }: Step, total: ExactSum): void {
  const repeats = header.bytes === 'connection';
  const { slots, read, written, bridged } = counted;
  for (let index = 0; index < slots.length; index++) {
    if (bridged[index] === 1) continue;
    const slot = slots[index]!;
    const isOfCircuit = repeats ? rows.carriesCircuit(slot) : rows.circuitOf(slot) !== undefined;
    if (!isOfCircuit) continue;
    total.add(read[index]!);
    total.add(written[index]!);
  }
}

function rowOf(
  circuit: TapeCircuit,
  shape: Shape,
  { read, written }: Moved,
  { start, end, observedMs }: Bucket,
  total: ExactSum,
): Cell[] {
  const head = [start, end, circuit.run, circuit.circId, shape, observedMs / 1000];
  // The totals of a shared connection are not this circuit's, nor anyone's in particular.
  if (circuit.shared) return [...head, null, null, null, null, null, null, null];
  const [took, sent] = [read.approximate, written.approximate];
  const rate = (bytes: number) => (observedMs > 0 ? (bytes * 1000) / observedMs : null);
  return [
    ...head,
    read.value,
    written.value,
    rate(took),
    rate(sent),
    took > 0 ? sent / took : null,
    (sent - took) / (sent + took),
    (sent + took) / total.approximate,
  ];
}
