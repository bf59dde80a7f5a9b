/**
 * Connections, as far as the bytes of their lines depend on them.
 * Owns whether a connection's totals are nobody's in particular, and what they were when last seen;
 * which connection a line belongs to is the tracker's to say.
 */
import type { ConnectionTotals } from '../../deltas.ts';

/** What is known of a connection's life. */
export interface CarrierLife {
  readonly run: number;
  readonly connId: number;
  readonly openedAt: number;
  readonly openedKnown: boolean;
  readonly firstSnapshot: number;
}

/**
 * A connection (CONN_ID) that has, or had, more than one entry: one object as long as it may be seen.
 * Of any other there is none: its totals are its only line's.
 */
export class Carrier implements ConnectionTotals {
  readonly life: CarrierLife;
  /** How many of its lines are there, with CIRC_ID 0 and with another. */
  #zeros = 0;
  #circuits = 0;
  /** Its only CIRC_ID but 0 so far; 0 for none. */
  #circId = 0;
  /** The last snapshot that held a line with CIRC_ID 0, with another, before those that are there. */
  #lastZero = 0;
  #lastCircuit = 0;
  /**
   * Whether its lines' bytes are nobody's in particular: each repeats its totals, and it carried
   * several circuits, at whatever time, or one beside the rest of it.
   */
  isShared = false;
  readonly #repeats: boolean;
  read = Number.NaN;
  written = Number.NaN;
  seenAt = Number.NaN;
  backAt = Number.NaN;
  /** In the listing of which snapshot it was met, its first row there, and the greatest of its lines. */
  metIn = 0;
  firstRow = -1;
  mostRead = 0;
  mostWritten = 0;
  readonly linesOfPeer = new LineCounts();

  /** @param repeats whether each of its lines has its totals. */
  constructor(life: CarrierLife, repeats: boolean) {
    this.life = life;
    this.#repeats = repeats;
  }

  get openedAt(): number {
    return this.life.openedAt;
  }

  get openedKnown(): boolean {
    return this.life.openedKnown;
  }

  get lines(): number {
    return this.#zeros + this.#circuits;
  }

  /**
   * Takes note of a line that comes.
   * @param lastSnapshot the last one that held it before, where it is back; else 0.
   */
  join(circId: number, snapshot: number, lastSnapshot: number): void {
    if (this.lines === 0 && !Number.isNaN(this.seenAt)) this.backAt = snapshot;
    const isBack = lastSnapshot > 0;
    if (circId === 0) {
      this.#zeros++;
      if (isBack && this.#lastCircuit > lastSnapshot) this.isShared = this.#repeats;
    } else {
      if (this.#circId !== 0 && this.#circId !== circId) this.isShared = this.#repeats;
      this.#circId = circId;
      this.#circuits++;
      if (isBack && this.#lastZero > lastSnapshot) this.isShared = this.#repeats;
    }
    if (this.#zeros > 0 && this.#circuits > 0) this.isShared = this.#repeats;
  }

  /** Takes note of a line that is there no more. @param snapshot the last one. @param at its time. */
  leave(circId: number, snapshot: number, at: number): void {
    if (circId === 0) {
      this.#zeros--;
      this.#lastZero = snapshot;
    } else {
      this.#circuits--;
      this.#lastCircuit = snapshot;
    }
    if (this.lines === 0) this.seenAt = at;
  }

  /**
   * Takes over what is known of its entries, those that are there among them.
   * @param number the last snapshot.
   */
  restore(entries: readonly CarriedEntry[], number: number): void {
    const zeros = entries.filter(({ circId }) => circId === 0);
    const circuits = entries.filter(({ circId }) => circId !== 0);
    this.#circId = circuits[0]?.circId ?? 0;
    this.isShared =
      this.#repeats &&
      (circuits.some(({ circId }) => circId !== this.#circId) ||
        circuits.some((circuit) => zeros.some((zero) => isBeside(circuit, zero))));
    const there = ({ last }: CarriedEntry) => last === number;
    this.#zeros = zeros.filter(there).length;
    this.#circuits = circuits.filter(there).length;
    this.#lastZero = lastOf(zeros);
    this.#lastCircuit = lastOf(circuits);
  }

  /** Takes note of what a line said of its totals when they were last seen. */
  keepTotals(read: number, written: number): void {
    this.read = Number.isNaN(this.read) ? read : Math.max(this.read, read);
    this.written = Number.isNaN(this.written) ? written : Math.max(this.written, written);
  }

  /** Takes note that its lines left with the last snapshot that held it. @param at its time. */
  leftWith(at: number): void {
    this.#zeros = 0;
    this.#circuits = 0;
    this.seenAt = at;
  }
}

/** An entry of a connection: from its first snapshot to its last, which may be the one of now. */
export interface CarriedEntry {
  readonly circId: number;
  readonly first: number;
  readonly last: number;
}

function isBeside(a: CarriedEntry, b: CarriedEntry): boolean {
  return a.first <= b.last && b.first <= a.last;
}

function lastOf(entries: readonly CarriedEntry[]): number {
  return entries.reduce((last, entry) => Math.max(last, entry.last), 0);
}

/** How many lines of a connection lead to each peer: nearly always all to one. */
export class LineCounts {
  #key = -1;
  #count = 0;
  #others: Map<number, number> | undefined;

  /** @returns how many there are now. */
  add(key: number, count: 1 | -1): number {
    if (this.#count === 0) this.#key = key;
    if (this.#key === key && !this.#others?.has(key)) {
      this.#count += count;
      return this.#count;
    }
    this.#others ??= new Map();
    const now = (this.#others.get(key) ?? 0) + count;
    if (now === 0) this.#others.delete(key);
    else this.#others.set(key, now);
    return now;
  }
}
