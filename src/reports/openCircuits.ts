/**
 * Which circuits a snapshot holds, and of what shape and usage they are there.
 * Owns keeping up with the tape, in proportion to what changes; what a circuit is, the lives say.
 */
import { directionOf, isEstablished, usageOf } from '../listing/flags.ts';
import { type Shape, shapeOfSides } from '../listing/shape.ts';
import { widened } from '../recording/columns.ts';
import type { Step } from '../recording/playback/step.ts';

/** What stands in a row of `#counts`: how many rows there are, and of which kinds. */
const ROWS = 0;
const INBOUND = 1;
const INBOUND_ESTABLISHED = 2;
const OUTBOUND_ESTABLISHED = 3;
const OUTBOUND_WAITING = 4;
const NOT_RELAYING = 5;
const KINDS = 6;

/** By the numbers of the playback's circuits (`Circuits`). */
export class OpenCircuits {
  #counts = new Int32Array(1024 * KINDS);
  /** 1 for those that are in `#changed`. */
  #isChanged = new Uint8Array(1024);
  readonly #changed: number[] = [];
  #capacity = 0;
  #size = 0;

  /** How many the last snapshot held. */
  get size(): number {
    return this.#size;
  }

  /** Those that the last snapshot held, by number. */
  *numbers(): Generator<number, void> {
    for (let number = 0; number < this.#capacity; number++) {
      if (!this.isGone(number)) yield number;
    }
  }

  isGone(number: number): boolean {
    return this.#counts[number * KINDS + ROWS] === 0;
  }

  shapeOf(number: number): Shape {
    const begin = number * KINDS;
    const counts = this.#counts;
    return shapeOfSides(
      counts[begin + INBOUND]!,
      counts[begin + INBOUND_ESTABLISHED]!,
      counts[begin + OUTBOUND_ESTABLISHED]!,
      counts[begin + OUTBOUND_WAITING]!,
    );
  }

  /** How many of its connections lead in, and how many out. */
  sidesOf(number: number): { readonly inbound: number; readonly outbound: number } {
    const begin = number * KINDS;
    const counts = this.#counts;
    return {
      inbound: counts[begin + INBOUND]!,
      outbound: counts[begin + OUTBOUND_ESTABLISHED]! + counts[begin + OUTBOUND_WAITING]!,
    };
  }

  /** Whether all its connections are there to relay: usage R. */
  relays(number: number): boolean {
    return this.#counts[number * KINDS + NOT_RELAYING] === 0;
  }

  /** Whether it has an established outbound connection. */
  reachesOut(number: number): boolean {
    return this.#counts[number * KINDS + OUTBOUND_ESTABLISHED]! > 0;
  }

  /**
   * Takes the next snapshot and gives the numbers of the circuits that it changed, those that are
   * gone too; good until the next call.
   */
  follow(step: Step): readonly number[] {
    const { rows, left, relabelled, labelsBefore, arrived } = step;
    this.#makeRoom(rows.circuits.capacity);
    const changed = this.#changed;
    for (let index = 0; index < changed.length; index++) this.#isChanged[changed[index]!] = 0;
    changed.length = 0;
    for (let index = 0; index < left.length; index++) {
      const slot = left[index]!;
      this.#add(rows.circuitNumberOf(slot), rows.flagsOf(slot), -1);
    }
    for (let index = 0; index < relabelled.length; index++) {
      const slot = relabelled[index]!;
      const number = rows.circuitNumberOf(slot);
      this.#add(number, labelsBefore[index]!.flags, -1);
      this.#add(number, rows.flagsOf(slot), 1);
    }
    for (let index = 0; index < arrived.length; index++) {
      const slot = arrived[index]!;
      this.#add(rows.circuitNumberOf(slot), rows.flagsOf(slot), 1);
    }
    return changed;
  }

  #add(number: number, flags: string, count: 1 | -1): void {
    if (number < 0) return;
    const begin = number * KINDS;
    const counts = this.#counts;
    const established = isEstablished(flags);
    const direction = directionOf(flags);
    if (counts[begin + ROWS] === 0) this.#size++;
    counts[begin + ROWS]! += count;
    if (counts[begin + ROWS] === 0) this.#size--;
    if (direction === 'inbound') {
      counts[begin + INBOUND]! += count;
      if (established) counts[begin + INBOUND_ESTABLISHED]! += count;
    } else if (direction === 'outbound') {
      counts[begin + (established ? OUTBOUND_ESTABLISHED : OUTBOUND_WAITING)]! += count;
    }
    if (usageOf(flags) !== 'relay') counts[begin + NOT_RELAYING]! += count;
    if (this.#isChanged[number] === 1) return;
    this.#isChanged[number] = 1;
    this.#changed.push(number);
  }

  #makeRoom(capacity: number): void {
    this.#capacity = capacity;
    if (capacity <= this.#isChanged.length) return;
    this.#counts = widened(this.#counts, 2 * capacity * KINDS);
    this.#isChanged = widened(this.#isChanged, 2 * capacity);
  }
}
