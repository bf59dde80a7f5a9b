/**
 * Which circuits a snapshot holds, and of what shape and usage they are there.
 * Owns keeping up with the tape, in proportion to what changes; what a circuit is, the lives say.
 */
import { usageOf } from '../listing/flags.ts';
import { type Shape, Sides } from '../listing/shape.ts';
import type { Step, TapeCircuit } from '../recording/playback/step.ts';

export class OpenCircuit {
  readonly circuit: TapeCircuit;
  readonly #sides = new Sides();
  #notRelaying = 0;

  constructor(circuit: TapeCircuit) {
    this.circuit = circuit;
  }

  add(flags: string, count: 1 | -1): void {
    this.#sides.add(flags, count);
    if (usageOf(flags) !== 'relay') this.#notRelaying += count;
  }

  get isGone(): boolean {
    return this.#sides.entries === 0;
  }

  get shape(): Shape {
    return this.#sides.shape;
  }

  /** Whether all its connections are there to relay: usage R. */
  get relays(): boolean {
    return this.#notRelaying === 0;
  }

  /** Whether it has an established outbound connection. */
  get reachesOut(): boolean {
    return this.#sides.reachesOut;
  }
}

export class OpenCircuits {
  readonly #open = new Map<TapeCircuit, OpenCircuit>();

  /** Those that the last snapshot held. */
  values(): Iterable<OpenCircuit> {
    return this.#open.values();
  }

  /** Takes the next snapshot and gives the circuits that it changed, those that are gone too. */
  follow(step: Step): Iterable<OpenCircuit> {
    const changed = new Set<OpenCircuit>();
    const { rows, left, relabelled, labelsBefore, arrived } = step;
    const count = (slot: number, flags: string, by: 1 | -1) => {
      const circuit = rows.circuitOf(slot);
      if (circuit !== undefined) this.#count(circuit, flags, by, changed);
    };
    for (const slot of left) count(slot, rows.flagsOf(slot), -1);
    for (const [index, slot] of relabelled.entries()) {
      count(slot, labelsBefore[index]!.flags, -1);
      count(slot, rows.flagsOf(slot), 1);
    }
    for (const slot of arrived) count(slot, rows.flagsOf(slot), 1);
    for (const open of changed) if (open.isGone) this.#open.delete(open.circuit);
    return changed;
  }

  #count(circuit: TapeCircuit, flags: string, count: 1 | -1, changed: Set<OpenCircuit>): void {
    let open = this.#open.get(circuit);
    if (open === undefined) {
      open = new OpenCircuit(circuit);
      this.#open.set(circuit, open);
    }
    open.add(flags, count);
    changed.add(open);
  }
}
