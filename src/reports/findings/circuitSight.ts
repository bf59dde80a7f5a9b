/**
 * How far a recording lets the rules on circuits see.
 * Owns their `not observable` (contract, section 6): of a source that tells of no circuits, and of
 * bytes that no circuit can be told to have moved.
 */
import type { Observation } from '../../listing/snapshot.ts';
import type { Step } from '../step.ts';
import type { CircuitHistories } from './circuitHistories.ts';
import type { Blindness } from './rule.ts';

/** What the sources of a window said of themselves, as far as rules on circuits ask. */
export class CircuitSight {
  readonly #histories: CircuitHistories;
  #transit: Observation = true;
  #bytes: Observation = true;

  constructor(histories: CircuitHistories) {
    this.#histories = histories;
  }

  watch({ header }: Step): void {
    if (header.observes.transitCircuits !== true) this.#transit = header.observes.transitCircuits;
    if (header.observes.bytes !== true) this.#bytes = header.observes.bytes;
  }

  /** Of a rule that needs circuits. */
  ofCircuits(): Blindness | undefined {
    if (this.#transit === true) return undefined;
    return { wholly: !this.#histories.sawCircuits, reason: this.#transit };
  }

  /** Of a rule that needs the bytes of circuits, too. */
  ofTheirBytes(): Blindness | undefined {
    const circuits = this.ofCircuits();
    if (circuits?.wholly === true) return circuits;
    const reasons = [
      circuits?.reason,
      this.#bytes === true ? undefined : this.#bytes,
      this.#histories.sawShared
        ? 'the bytes of circuits that share a connection cannot be told apart'
        : undefined,
    ].filter((reason) => reason !== undefined);
    return reasons.length === 0 ? undefined : { wholly: false, reason: reasons.join('; ') };
  }
}
