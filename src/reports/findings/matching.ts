/**
 * The rows of a snapshot that are of a kind.
 * Owns keeping up with the tape, in proportion to what changes; the kind is the rules'.
 */
import type { Rows, Step } from '../../recording/playback/step.ts';

/** Whether the row in a slot is of the kind. To ask for flags costs less than to ask for a label. */
export type Kind = (rows: Rows, slot: number) => boolean;

export class MatchingRows {
  readonly #isOfKind: Kind;
  readonly #slots = new Set<number>();
  /** Slots whose rows came or were labelled anew with the last snapshot, and are of the kind. */
  #begun: number[] = [];
  /** Slots whose rows were of the kind, and went or were labelled anew with it. */
  #ended: number[] = [];

  constructor(isOfKind: Kind) {
    this.#isOfKind = isOfKind;
  }

  /** Slots of the rows of the kind in the last snapshot, those first that have been for longest. */
  get slots(): ReadonlySet<number> {
    return this.#slots;
  }

  get begun(): readonly number[] {
    return this.#begun;
  }

  get ended(): readonly number[] {
    return this.#ended;
  }

  /** Takes the next snapshot and gives the slots of its rows of the kind. */
  follow({ rows, left, relabelled, arrived }: Step): ReadonlySet<number> {
    this.#begun = [];
    this.#ended = [];
    for (const slot of left) if (this.#slots.delete(slot)) this.#ended.push(slot);
    for (const slot of relabelled) {
      if (this.#slots.has(slot)) this.#ended.push(slot);
      this.#look(rows, slot);
    }
    for (const slot of arrived) this.#look(rows, slot);
    return this.#slots;
  }

  #look(rows: Rows, slot: number): void {
    if (this.#isOfKind(rows, slot)) {
      this.#slots.add(slot);
      this.#begun.push(slot);
    } else {
      this.#slots.delete(slot);
    }
  }
}
