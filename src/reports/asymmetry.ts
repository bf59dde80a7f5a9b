/**
 * The report of asymmetry: what each circuit took in and sent out, stretch by stretch.
 * Owns its columns and formulas (docs/reference.md); the deltas are the playback's.
 */
import { directionOf } from '../listing/flags.ts';
import { unplacedIn } from '../listing/snapshot.ts';
import { countsWritten } from '../listing/uncounted.ts';
import type { Cell, Row } from '../output/table.ts';
import { widened } from '../recording/columns.ts';
import type { Step } from '../recording/playback/step.ts';
import { type Bucket, Buckets } from './buckets.ts';
import { CircuitAccounts } from './circuitAccounts.ts';
import type { ExactSum } from './exactSum.ts';
import { OpenCircuits } from './openCircuits.ts';
import type { Analysis, Report, ReportInput } from './report.ts';

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
    { name: 'circuit_opened_at', kind: 'time' },
    { name: 'forward_in', kind: 'integer' },
    { name: 'forward_out', kind: 'integer' },
    { name: 'backward_in', kind: 'integer' },
    { name: 'backward_out', kind: 'integer' },
  ],
  narrowing: (lines) => (cell) => lines.hasCircuit(cell('run'), cell('circ_id')),
  leading: [
    'bucket_start',
    'circ_id',
    'shape',
    'read_bytes',
    'written_bytes',
    'pcr',
    'ratio',
    'share_of_bytes',
  ],
  analyse: (input) => new Asymmetry(input),
};

/** Of a circuit that does not stand. */
const NONE = -1;

class Asymmetry implements Analysis {
  readonly #buckets: Buckets;
  readonly #circuits = new OpenCircuits();
  /** Of the bucket that the tape is in, and of the one before, by turns. */
  #accounts = new CircuitAccounts();
  #spare = new CircuitAccounts();
  /** By the circuit's number. */
  #accountOf = new Int32Array(1024).fill(NONE);
  #start: number | undefined;
  /** Whether circuits moved in the bucket that could not be placed: then no share is known. */
  #hasUnplaced = false;
  #number = 0;
  #finished: Iterable<Row> = [];

  constructor(input: ReportInput) {
    this.#buckets = new Buckets(input);
  }

  watch(step: Step): void {
    this.#number = step.number;
    this.#makeRoom(step.rows.circuits.capacity);
    const start = this.#buckets.see(step.at);
    if (this.#start !== start) {
      this.#finish(step.number);
      this.#start = start;
      this.#hasUnplaced = false;
      for (const number of this.#circuits.numbers()) this.#open(number, step);
    }
    this.#followShapes(step);
    this.#hasUnplaced ||= step.since !== undefined && unplacedIn(step.info) > 0;
    // A ratio to what nobody counted is none.
    if (countsWritten(step.header.observes)) {
      this.#addBytes(step);
      addCircuitBytes(step, this.#accounts.total);
    }
  }

  #open(number: number, { number: snapshot, rows: { circuits } }: Step): void {
    const shape = this.#circuits.shapeOf(number);
    this.#accountOf[number] = this.#accounts.open(number, circuits, shape, snapshot);
  }

  #followShapes(step: Step): void {
    const changed = this.#circuits.follow(step);
    for (let index = 0; index < changed.length; index++) {
      const number = changed[index]!;
      const account = this.#accountOf[number]!;
      if (account === NONE) {
        this.#open(number, step);
      } else if (this.#circuits.isGone(number)) {
        this.#accounts.close(account, step.number);
        this.#accountOf[number] = NONE;
      } else {
        this.#accounts.turn(account, this.#circuits.shapeOf(number), step.number);
      }
    }
  }

  #addBytes({ rows, moved: { slots, read, written, bridged } }: Step): void {
    for (let index = 0; index < slots.length; index++) {
      if (bridged[index] === 1) continue;
      const slot = slots[index]!;
      const number = rows.circuitNumberOf(slot);
      if (number < 0) continue;
      const direction = directionOf(rows.flagsOf(slot));
      this.#accounts.add(this.#accountOf[number]!, direction, read[index]!, written[index]!);
    }
  }

  /** Ends the bucket that the tape was in, before this snapshot. */
  #finish(until: number): void {
    if (this.#start === undefined) return;
    this.#finished = rowsOf(
      this.#accounts,
      until,
      this.#buckets.at(this.#start),
      this.#hasUnplaced,
    );
    [this.#accounts, this.#spare] = [this.#spare, this.#accounts];
    this.#accounts.clear();
  }

  finished(): Iterable<Row> {
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** A row for each circuit that moved something, by bucket, run, CIRC_ID and opening. */
  rows(): Iterable<Row> {
    this.#finish(this.#number + 1);
    return this.finished();
  }

  #makeRoom(capacity: number): void {
    const { length } = this.#accountOf;
    if (capacity <= length) return;
    this.#accountOf = widened(this.#accountOf, 2 * capacity).fill(NONE, length);
  }
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
    const isOfCircuit = repeats ? rows.carriesCircuit(slot) : rows.circuitNumberOf(slot) >= 0;
    if (!isOfCircuit) continue;
    total.add(read[index]!);
    total.add(written[index]!);
  }
}

/**
 * @param until the snapshot behind the bucket.
 * @param hasUnplaced whether circuits moved that could not be placed, how much nobody knows.
 */
function* rowsOf(
  accounts: CircuitAccounts,
  until: number,
  bucket: Bucket,
  hasUnplaced: boolean,
): Generator<Row, void> {
  const { start, end, observedMs } = bucket;
  const observedS = observedMs / 1000;
  const total = accounts.total.approximate;
  const moved = accounts.moved();
  for (let index = 0; index < moved.length; index++) {
    const account = moved[index]!;
    const run = accounts.run[account]!;
    const circId = accounts.circId[account]!;
    const shape = accounts.shapeUntil(account, until);
    const openedAt = accounts.openedAt[account]!;
    // The totals of a shared connection are not this circuit's, nor anyone's in particular.
    if (accounts.isShared[account] === 1) {
      yield [start, end, run, circId, shape, observedS, ...UNTOLD, openedAt, ...UNTOLD_LEGS];
      continue;
    }
    const took = accounts.read.approximate(account);
    const sent = accounts.written.approximate(account);
    yield [
      start,
      end,
      run,
      circId,
      shape,
      observedS,
      accounts.read.value(account),
      accounts.written.value(account),
      observedMs > 0 ? (took * 1000) / observedMs : null,
      observedMs > 0 ? (sent * 1000) / observedMs : null,
      took > 0 ? sent / took : null,
      (sent - took) / (sent + took),
      hasUnplaced ? null : (sent + took) / total,
      openedAt,
      ...legsOf(accounts, account),
    ];
  }
}

/** The cells from `read_bytes` to `share_of_bytes`, and from `forward_in` on. */
const UNTOLD: readonly null[] = [null, null, null, null, null, null, null];
const UNTOLD_LEGS: readonly null[] = [null, null, null, null];

/** What came in and went out, forward and backward; unknown where a leg's direction is. */
function legsOf(accounts: CircuitAccounts, account: number): readonly Cell[] {
  if (accounts.isUnclear[account] === 1) return UNTOLD_LEGS;
  const { read, written, inboundRead, inboundWritten } = accounts;
  return [
    inboundRead.value(account),
    written.valueBeside(inboundWritten, account),
    read.valueBeside(inboundRead, account),
    inboundWritten.value(account),
  ];
}
