/**
 * The circuits of the rows that stand, each by a number of its own for as long as it stands.
 * Owns the numbers, so that watchers may keep columns by them; which lives are one circuit is
 * lives.ts's.
 */
import { widened } from '../columns.ts';
import { NONE, type PlayedLives } from './lives.ts';
import type { Circuits, TapeCircuit } from './step.ts';

export class PlayedCircuit implements TapeCircuit {
  readonly run: number;
  readonly circId: number;
  readonly openedAt: number;
  readonly shared: boolean;
  /** The place of its first life. */
  readonly place: number;
  /** `NONE` while it does not stand. */
  number = NONE;

  constructor(place: number, { run, circId, openedAt, shared }: TapeCircuit) {
    this.place = place;
    this.run = run;
    this.circId = circId;
    this.openedAt = openedAt;
    this.shared = shared;
  }
}

export class PlayedCircuits implements Circuits {
  readonly #lives: PlayedLives;
  /** By number: the first life of the circuit, and how many rows stand. */
  #places = new Int32Array(1024);
  #rows = new Int32Array(1024);
  /** Made where they are asked for, or consist of several lives. */
  readonly #made: (PlayedCircuit | undefined)[] = [];
  /** Those of several lives of which some have yet to begin, by the first. */
  readonly #begun = new Map<number, PlayedCircuit>();
  readonly #free: number[] = [];
  /** Those that lost their last row in this snapshot. */
  #left: number[] = [];

  constructor(lives: PlayedLives) {
    this.#lives = lives;
  }

  get capacity(): number {
    return this.#made.length;
  }

  runOf(number: number): number {
    return this.#lives.columns.run[this.#places[number]!]!;
  }

  circIdOf(number: number): number {
    return this.#lives.columns.circId[this.#places[number]!]!;
  }

  openedAtOf(number: number): number {
    return this.#lives.columns.openedAt[this.#places[number]!]!;
  }

  isShared(number: number): boolean {
    return this.#lives.isShared(this.#places[number]!);
  }

  at(number: number): PlayedCircuit {
    let circuit = this.#made[number];
    if (circuit === undefined) {
      circuit = this.#make(this.#places[number]!);
      circuit.number = number;
      this.#made[number] = circuit;
    }
    return circuit;
  }

  /** Begins the next snapshot: numbers that nobody has may be another's now. */
  begin(): void {
    for (const number of this.#left) {
      if (this.#rows[number]! > 0) continue;
      const circuit = this.#made[number];
      if (circuit !== undefined) circuit.number = NONE;
      this.#made[number] = undefined;
      this.#free.push(number);
    }
    this.#left = [];
  }

  /** Gives the number of the circuit of a life whose first row comes; asked once a life. */
  join(place: number): number {
    const first = this.#lives.circuitOf(place);
    if (first === NONE) return NONE;
    if (this.#lives.isOneLife(first)) return this.#admit(first);
    return this.rejoin(this.#begin(first));
  }

  /** The circuit of a life that has no row yet; undefined where CIRC_ID is 0; asked once a life. */
  await(place: number): PlayedCircuit | undefined {
    const first = this.#lives.circuitOf(place);
    if (first === NONE) return undefined;
    return this.#lives.isOneLife(first) ? this.#make(first) : this.#begin(first);
  }

  /** Gives the number of a circuit of which a row comes. */
  rejoin(circuit: PlayedCircuit): number {
    if (circuit.number !== NONE) {
      this.#rows[circuit.number]!++;
      return circuit.number;
    }
    const number = this.#admit(circuit.place);
    circuit.number = number;
    this.#made[number] = circuit;
    return number;
  }

  /** Takes note that a row is there no more; nothing for `NONE`. */
  leave(number: number): void {
    if (number === NONE) return;
    this.#rows[number]!--;
    if (this.#rows[number] === 0) this.#left.push(number);
  }

  /** The circuit of several lives that one of them belongs to, which begins now. */
  #begin(first: number): PlayedCircuit {
    const circuit = this.#begun.get(first) ?? this.#make(first);
    if (this.#lives.isLastToBegin(first)) this.#begun.delete(first);
    else this.#begun.set(first, circuit);
    return circuit;
  }

  #make(first: number): PlayedCircuit {
    const { run, circId, openedAt } = this.#lives.columns;
    return new PlayedCircuit(first, {
      run: run[first]!,
      circId: circId[first]!,
      openedAt: openedAt[first]!,
      shared: this.#lives.isShared(first),
    });
  }

  #admit(first: number): number {
    const number = this.#free.pop() ?? this.#made.push(undefined) - 1;
    if (number >= this.#places.length) {
      this.#places = widened(this.#places, 2 * number);
      this.#rows = widened(this.#rows, 2 * number);
    }
    this.#places[number] = first;
    this.#rows[number] = 1;
    return number;
  }
}
