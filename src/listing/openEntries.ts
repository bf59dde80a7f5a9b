/**
 * The open entries by slot, and in which slot the entry of each row is.
 * Owns that those which only go on cost a number a row; which do is tracking.ts's to say.
 */
import { withRoom } from './columns.ts';
import type { EntryLife } from './life.ts';
import type { Listing } from './listing.ts';
import type { Match } from './match.ts';

/** No entry: of a row whose entry ended, or went on to a row of the next listing. */
const NONE = -1;

export class OpenEntries {
  readonly #bySlot: (EntryLife | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  /** By row of the last listing, and of the one that is being followed. */
  #slots = new Int32Array(0);
  #nextSlots = new Int32Array(0);
  #continues = new Int32Array(0);
  #count = 0;
  #listed: readonly EntryLife[] | undefined;

  /** The entry of each row of the last listing. */
  get list(): readonly EntryLife[] {
    this.#listed ??= Array.from(
      this.#slots.subarray(0, this.#count),
      (slot) => this.#bySlot[slot]!,
    );
    return this.#listed;
  }

  /** Makes ready for a listing of so many rows. */
  begin(count: number): void {
    this.#nextSlots = withRoom(this.#nextSlots, count);
    this.#continues = withRoom(this.#continues, count).fill(NONE, 0, count);
  }

  /** The open entry of a row of the last listing that did not go on yet. */
  at(row: number): EntryLife | undefined {
    return this.#bySlot[this.#slots[row]!];
  }

  /** Whether there is one, for a row or for −1. */
  isOpen(row: number): boolean {
    return row >= 0 && this.#slots[row]! >= 0;
  }

  /**
   * Lets open entries go on from the last listing to the next: where the pair is the same, the
   * counters did not fall and UPTIME allows it (docs/reference.md, Entries and connections).
   * @param bornBy the latest birth that what was there can have.
   * @returns the rows that nothing went on to, and those whose label may be another than before.
   */
  goOn(match: Match, last: Listing, now: Listing, at: number, bornBy: number): number[] {
    const { origins, others: unsure } = match;
    const { read, written, uptime } = now;
    const { read: readBefore, written: writtenBefore, uptime: uptimeBefore } = last;
    const slots = this.#slots;
    const nextSlots = this.#nextSlots;
    const continues = this.#continues;
    const others: number[] = [];
    let seen = 0;
    let nextUnsure = unsure[0] ?? NONE;
    for (let row = 0; row < origins.length; row++) {
      const origin = origins[row]!;
      const isUnsure = row === nextUnsure;
      if (isUnsure) nextUnsure = unsure[++seen] ?? NONE;
      if (
        origin >= 0 &&
        slots[origin]! >= 0 &&
        uptime[row]! >= uptimeBefore[origin]! &&
        read[row]! >= readBefore[origin]! &&
        written[row]! >= writtenBefore[origin]! &&
        at - uptime[row]! * 1000 <= bornBy
      ) {
        nextSlots[row] = slots[origin]!;
        slots[origin] = NONE;
        continues[row] = origin;
        if (isUnsure) others.push(row);
      } else {
        others.push(row);
      }
    }
    return others;
  }

  /** Whether an entry went on to a row of the next listing. */
  goesOn(row: number): boolean {
    return this.#continues[row]! >= 0;
  }

  /** The entry that went on to a row, or came in it. */
  next(row: number): EntryLife {
    return this.#bySlot[this.#nextSlots[row]!]!;
  }

  come(entry: EntryLife, row: number): void {
    entry.slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    this.#bySlot[entry.slot] = entry;
    this.#nextSlots[row] = entry.slot;
  }

  /** The entry of a row of the last listing ends. */
  end(row: number): void {
    const slot = this.#slots[row]!;
    this.#bySlot[slot] = undefined;
    this.#freeSlots.push(slot);
    this.#slots[row] = NONE;
  }

  /**
   * All rows of the next listing have their entries: it is the last one now.
   * @returns for each of them the row it goes on from, or −1; good until the next `begin`.
   */
  finish(count: number): Int32Array {
    [this.#slots, this.#nextSlots] = [this.#nextSlots, this.#slots];
    this.#count = count;
    this.#listed = undefined;
    return this.#continues.subarray(0, count);
  }

  /** For each slot the row of the last listing that its entry stands in. */
  rowsBySlot(): Int32Array {
    const rows = new Int32Array(this.#bySlot.length).fill(NONE);
    for (let row = 0; row < this.#count; row++) {
      const slot = this.#slots[row]!;
      if (slot >= 0) rows[slot] = row;
    }
    return rows;
  }
}
