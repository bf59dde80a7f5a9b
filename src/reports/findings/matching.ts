/**
 * The entries of a snapshot whose label is of a kind.
 * Owns keeping up with the tape, in proportion to what changes; the kind is the rules'.
 */
import type { Label } from '../../listing/label.ts';
import type { Step, TapeEntry } from '../../recording/playback/step.ts';

export class MatchingEntries {
  readonly #isOfKind: (label: Label) => boolean;
  readonly #matching = new Map<TapeEntry, Label>();

  constructor(isOfKind: (label: Label) => boolean) {
    this.#isOfKind = isOfKind;
  }

  /** Takes the next snapshot and gives its entries of the kind. */
  follow(step: Step): ReadonlyMap<TapeEntry, Label> {
    for (const slot of step.left) this.#matching.delete(step.rows.entryOf(slot));
    for (const slot of step.relabelled) this.#look(step, slot);
    for (const slot of step.arrived) this.#look(step, slot);
    return this.#matching;
  }

  #look({ rows }: Step, slot: number): void {
    const entry = rows.entryOf(slot);
    const label = rows.labelOf(slot);
    if (this.#isOfKind(label)) this.#matching.set(entry, label);
    else this.#matching.delete(entry);
  }
}
