/**
 * What each circuit did in one bucket: its shapes, and what it moved.
 * Owns the accounts, in columns that the next bucket uses again, so that nothing outlives its own;
 * which rows come of them is the report's.
 */
import type { Direction } from '../listing/flags.ts';
import type { Shape } from '../listing/shape.ts';
import { widened } from '../recording/columns.ts';
import type { Circuits } from '../recording/playback/step.ts';
import { ExactSum, ExactSums } from './exactSum.ts';
import { ShapeTally } from './shapeTally.ts';

/** No snapshot has such a number. */
const FOR_EVER = 2 ** 31 - 1;

/** An account is of one circuit in the bucket, which may go and come back. */
export class CircuitAccounts {
  count = 0;
  /** The circuit. */
  run = new Int32Array(1024);
  circId = new Float64Array(1024);
  openedAt = new Float64Array(1024);
  isShared = new Uint8Array(1024);
  readonly read = new ExactSums();
  readonly written = new ExactSums();
  /** Of these what its inbound legs did. */
  readonly inboundRead = new ExactSums();
  readonly inboundWritten = new ExactSums();
  /** 1 where a leg moved of which nobody knows whether it is inbound. */
  isUnclear = new Uint8Array(1024);
  /** Bytes of all circuits, each once. */
  total = new ExactSum();
  #hasMoved = new Uint8Array(1024);
  /** Its shape, since which snapshot it has had it, and with which one it is gone. */
  readonly #shapes: Shape[] = [];
  #since = new Int32Array(1024);
  #until = new Int32Array(1024);
  /** The shapes that it had before; most had none. */
  readonly #before = new Map<number, ShapeTally>();
  /** By CIRC_ID the account of the last circuit that was gone. */
  readonly #gone = new Map<number, number>();

  /** Opens an account at a snapshot, or goes on with that of a circuit that is back. */
  open(circuit: number, circuits: Circuits, shape: Shape, snapshot: number): number {
    const before = this.#gone.get(circuits.circIdOf(circuit));
    if (before !== undefined && this.#isOf(before, circuit, circuits)) {
      this.#tally(before, this.#until[before]!);
      return this.#begin(before, shape, snapshot);
    }
    const account = this.count++;
    if (account === this.run.length) this.#grow();
    this.run[account] = circuits.runOf(circuit);
    this.circId[account] = circuits.circIdOf(circuit);
    this.openedAt[account] = circuits.openedAtOf(circuit);
    this.isShared[account] = circuits.isShared(circuit) ? 1 : 0;
    return this.#begin(account, shape, snapshot);
  }

  #isOf(account: number, circuit: number, circuits: Circuits): boolean {
    const opened = this.openedAt[account] === circuits.openedAtOf(circuit);
    return opened && this.run[account] === circuits.runOf(circuit);
  }

  #begin(account: number, shape: Shape, snapshot: number): number {
    this.#shapes[account] = shape;
    this.#since[account] = snapshot;
    this.#until[account] = FOR_EVER;
    return account;
  }

  /** Takes note of the shape that it has from a snapshot on. */
  turn(account: number, shape: Shape, snapshot: number): void {
    if (this.#shapes[account] === shape) return;
    this.#tally(account, snapshot);
    this.#since[account] = snapshot;
    this.#shapes[account] = shape;
  }

  /** Takes note that it is gone from a snapshot on. */
  close(account: number, snapshot: number): void {
    this.#until[account] = snapshot;
    this.#gone.set(this.circId[account]!, account);
  }

  /** Adds what a leg moved. */
  add(account: number, direction: Direction, read: number, written: number): void {
    this.#hasMoved[account] = 1;
    this.read.add(account, read);
    this.written.add(account, written);
    if (direction === 'inbound') {
      this.inboundRead.add(account, read);
      this.inboundWritten.add(account, written);
    } else if (direction === 'unknown') {
      this.isUnclear[account] = 1;
    }
  }

  /** The shape of most snapshots before this one; asked once, when the bucket is over. */
  shapeUntil(account: number, snapshot: number): Shape {
    const until = Math.min(snapshot, this.#until[account]!);
    if (this.#before.has(account)) return this.#tally(account, until).prevailing;
    return until > this.#since[account]! ? this.#shapes[account]! : 'pending';
  }

  /** Those that moved something, by run, CIRC_ID and opening. */
  moved(): Uint32Array {
    const moved = new Uint32Array(this.count);
    let count = 0;
    for (let account = 0; account < this.count; account++) {
      if (this.#hasMoved[account] === 1) moved[count++] = account;
    }
    const { run, circId, openedAt } = this;
    const inOrder = (a: number, b: number) =>
      run[a]! - run[b]! || circId[a]! - circId[b]! || openedAt[a]! - openedAt[b]!;
    return moved.subarray(0, count).sort(inOrder);
  }

  clear(): void {
    this.#hasMoved.fill(0, 0, this.count);
    this.isUnclear.fill(0, 0, this.count);
    for (const sums of this.#sums) sums.clear(this.count);
    this.#gone.clear();
    this.total = new ExactSum();
    this.#before.clear();
    this.count = 0;
  }

  #tally(account: number, until: number): ShapeTally {
    let tally = this.#before.get(account);
    if (tally === undefined) {
      tally = new ShapeTally();
      this.#before.set(account, tally);
    }
    const since = this.#since[account]!;
    if (until > since) tally.add(this.#shapes[account]!, until - since, until - 1);
    return tally;
  }

  #grow(): void {
    const length = 2 * this.count;
    this.run = widened(this.run, length);
    this.circId = widened(this.circId, length);
    this.openedAt = widened(this.openedAt, length);
    this.isUnclear = widened(this.isUnclear, length);
    this.isShared = widened(this.isShared, length);
    this.#hasMoved = widened(this.#hasMoved, length);
    this.#since = widened(this.#since, length);
    this.#until = widened(this.#until, length);
    for (const sums of this.#sums) sums.makeRoom(length);
  }

  get #sums(): readonly ExactSums[] {
    return [this.read, this.written, this.inboundRead, this.inboundWritten];
  }
}
