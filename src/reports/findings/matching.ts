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
    for (const { entry } of step.left) this.#matching.delete(entry);
    for (const { row } of step.relabelled) this.#look(step, row);
    for (const row of step.arrived) this.#look(step, row);
    return this.#matching;
  }

  #look({ entries, snapshot }: Step, row: number): void {
    const entry = entries[row]!;
    const label = snapshot.listing.labels[row]!;
    if (this.#isOfKind(label)) this.#matching.set(entry, label);
    else this.#matching.delete(entry);
  }
}
