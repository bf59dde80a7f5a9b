/**
 * The report of asymmetry: what each circuit took in and sent out, stretch by stretch.
 * Owns its columns and formulas (docs/reference.md, asymmetry); the deltas are playback.ts's.
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

/** What a circuit did in a bucket. */
interface Share {
  readonly circuit: TapeCircuit;
  readonly read: ExactSum;
  readonly written: ExactSum;
  readonly shape: Shape;
}

/** What all of them did in it. */
interface Shares {
  readonly start: number;
  /** Bytes of all circuits, each once. */
  readonly total: ExactSum;
  readonly shares: readonly Share[];
}

/** The bucket that the tape is in. */
class OpenBucket {
  readonly start: number;
  readonly total = new ExactSum();
  readonly tallies = new Map<TapeCircuit, ShapeTally>();
  readonly moved = new Map<TapeCircuit, { read: ExactSum; written: ExactSum }>();

  constructor(start: number) {
    this.start = start;
  }

  add(circuit: TapeCircuit, read: number, written: number): void {
    let sums = this.moved.get(circuit);
    if (sums === undefined) {
      sums = { read: new ExactSum(), written: new ExactSum() };
      this.moved.set(circuit, sums);
    }
    sums.read.add(read);
    sums.written.add(written);
  }

  count({ circuit }: OpenCircuit, shape: Shape, snapshots: number, latest: number): void {
    let tally = this.tallies.get(circuit);
    if (tally === undefined) {
      tally = new ShapeTally();
      this.tallies.set(circuit, tally);
    }
    tally.add(shape, snapshots, latest);
  }
}

class Asymmetry implements Analysis {
  readonly #buckets: Buckets;
  readonly #circuits = new OpenCircuits();
  /** Since which snapshot of the bucket each circuit has had its shape. */
  readonly #since = new Map<OpenCircuit, { readonly shape: Shape; readonly number: number }>();
  readonly #shares: Shares[] = [];
  #bucket: OpenBucket | undefined;
  #number = 0;

  constructor(input: ReportInput) {
    this.#buckets = new Buckets(input);
  }

  watch(step: Step): void {
    this.#number = step.number;
    const start = this.#buckets.see(step.at);
    if (this.#bucket?.start !== start) {
      this.#finish(step.number);
      this.#bucket = new OpenBucket(start);
    }
    this.#followShapes(step);
    // A ratio to what nobody counted is none.
    if (countsWritten(step.header.observes)) {
      this.#addBytes(this.#bucket!, step);
    }
  }

  #followShapes(step: Step): void {
    for (const circuit of this.#circuits.follow(step)) {
      this.#count(circuit, step.number);
      if (circuit.isGone) this.#since.delete(circuit);
      else this.#since.set(circuit, { shape: circuit.shape, number: step.number });
    }
  }

  /** Counts the snapshots up to before this one in which a circuit had its shape. */
  #count(circuit: OpenCircuit, until: number): void {
    const since = this.#since.get(circuit);
    if (since === undefined) return;
    this.#bucket!.count(circuit, since.shape, until - since.number, until - 1);
  }

  #addBytes(bucket: OpenBucket, step: Step): void {
    const { rows, moved } = step;
    for (let index = 0; index < moved.slots.length; index++) {
      if (moved.bridged[index] === 1) continue;
      const circuit = rows.circuitOf(moved.slots[index]!);
      if (circuit !== undefined) bucket.add(circuit, moved.read[index]!, moved.written[index]!);
    }
    addCircuitBytes(step, bucket.total);
  }

  /** Ends the bucket that the tape was in, before this snapshot. */
  #finish(until: number): void {
    const bucket = this.#bucket;
    if (bucket === undefined) return;
    for (const [circuit, { shape }] of this.#since) {
      this.#count(circuit, until);
      this.#since.set(circuit, { shape, number: until });
    }
    const shares = [...bucket.moved].map(([circuit, sums]) => {
      return { circuit, ...sums, shape: bucket.tallies.get(circuit)?.prevailing ?? 'pending' };
    });
    shares.sort((a, b) => a.circuit.run - b.circuit.run || a.circuit.circId - b.circuit.circId);
    this.#shares.push({ start: bucket.start, total: bucket.total, shares });
    this.#bucket = undefined;
  }

  /** A row for each circuit that moved something, by bucket, run and CIRC_ID. */
  *rows(): Generator<Row, void> {
    this.#finish(this.#number + 1);
    for (const { start, total, shares } of this.#shares) {
      const bucket = this.#buckets.at(start);
      for (const share of shares) yield rowOf(share, bucket, total);
    }
  }
}

/**
 * Adds what all circuits moved since the snapshot before. Where lines repeat their connection's
 * totals, a connection that carries a circuit counts once.
 */
function addCircuitBytes(step: Step, total: ExactSum): void {
  const { header, rows, counted } = step;
  const repeats = header.bytes === 'connection';
  for (let index = 0; index < counted.slots.length; index++) {
    if (counted.bridged[index] === 1) continue;
    const slot = counted.slots[index]!;
    const isOfCircuit =
      rows.circuitOf(slot) !== undefined || (repeats && rows.connectionOf(slot).carriesCircuit);
    if (!isOfCircuit) continue;
    total.add(counted.read[index]!);
    total.add(counted.written[index]!);
  }
}

function rowOf(
  { circuit, shape, read, written }: Share,
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
