/**
 * How far a recording lets the rules see.
 * Owns their `not observable` (contract, section 6) as far as several rules share it: of a source
 * that does not tell of all connections or of circuits, and of bytes that no circuit can be told to
 * have moved.
 */
import type { Observation } from '../../listing/snapshot.ts';
import type { Step } from '../step.ts';
import type { CircuitHistories } from './circuitHistories.ts';
import type { Blindness } from './rule.ts';

/** What the sources of a window said of themselves, as far as rules ask. */
export class Sight {
  readonly #histories: CircuitHistories;
  #connections: Observation = true;
  #transit: Observation = true;
  #bytes: Observation = true;

  constructor(histories: CircuitHistories) {
    this.#histories = histories;
  }

  watch({ header: { observes } }: Step): void {
    if (observes.connections !== true) this.#connections = observes.connections;
    if (observes.transitCircuits !== true) this.#transit = observes.transitCircuits;
    if (observes.bytes !== true) this.#bytes = observes.bytes;
  }

  /** Of a rule that needs connections: what is listed was looked at. */
  ofConnections(): Blindness | undefined {
    return this.#connections === true ? undefined : inPart(this.#connections);
  }

  /** Of a rule that needs circuits. */
  ofCircuits(): Blindness | undefined {
    if (this.#transit === true) return undefined;
    return { wholly: !this.#histories.sawCircuits, reason: this.#transit };
  }

  /** Of a rule that needs the bytes of circuits, too. */
  ofTheirBytes(): Blindness | undefined {
    return together(
      this.ofCircuits(),
      this.#bytes === true ? undefined : inPart(this.#bytes),
      this.#histories.sawShared
        ? inPart('the bytes of circuits that share a connection cannot be told apart')
        : undefined,
    );
  }
}

export function inPart(reason: string): Blindness {
  return { wholly: false, reason };
}

/** What several reasons come to: that which leaves nothing to look at, or all of them. */
export function together(...parts: readonly (Blindness | undefined)[]): Blindness | undefined {
  const blind = parts.filter((part) => part !== undefined);
  const whole = blind.find(({ wholly }) => wholly);
  if (whole !== undefined || blind.length === 0) return whole;
  return inPart(blind.map(({ reason }) => reason).join('; '));
}
