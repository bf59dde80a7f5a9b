/**
 * The circuits of the rows that stand, each by a number of its own for as long as it stands.
 * Owns the numbers, so that watchers may keep columns by them; which lives are one circuit is
 * lives.ts's.
 */
import { widened } from '../columns.ts';
import { NONE } from './circuitsOfLives.ts';
import type { StandingLives } from './standingLives.ts';
import type { Circuits, TapeCircuit } from './step.ts';

export class PlayedCircuit implements TapeCircuit {
  readonly run: number;
  readonly circId: number;
  readonly openedAt: number;
  readonly shared: boolean;
  /** `NONE` while it does not stand. */
  number = NONE;

  constructor({ run, circId, openedAt, shared }: TapeCircuit) {
    this.run = run;
    this.circId = circId;
    this.openedAt = openedAt;
    this.shared = shared;
  }
}

export class PlayedCircuits implements Circuits {
  readonly #lives: StandingLives;
  /** By number: what it is, and how many rows stand. */
  #runs = new Int32Array(1024);
  #circIds = new Float64Array(1024);
  #openedAt = new Float64Array(1024);
  #shared = new Uint8Array(1024);
  #rows = new Int32Array(1024);
  /** Made where they are asked for, or consist of several lives. */
  readonly #made: (PlayedCircuit | undefined)[] = [];
  /** Those of several lives of which some have yet to begin, and how many, by the circuit. */
  readonly #begun = new Map<number, { readonly circuit: PlayedCircuit; waiting: number }>();
  readonly #free: number[] = [];
  /** Those that lost their last row in this snapshot. */
  #left: number[] = [];

  constructor(lives: StandingLives) {
    this.#lives = lives;
  }

  get capacity(): number {
    return this.#made.length;
  }

  runOf(number: number): number {
    return this.#runs[number]!;
  }

  circIdOf(number: number): number {
    return this.#circIds[number]!;
  }

  openedAtOf(number: number): number {
    return this.#openedAt[number]!;
  }

  isShared(number: number): boolean {
    return this.#shared[number] === 1;
  }

  at(number: number): PlayedCircuit {
    let circuit = this.#made[number];
    if (circuit === undefined) {
      circuit = new PlayedCircuit({
        run: this.#runs[number]!,
        circId: this.#circIds[number]!,
        openedAt: this.#openedAt[number]!,
        shared: this.isShared(number),
      });
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
    const lives = this.#lives;
    const count = lives.livesOfCircuit(place);
    if (count === 0) return NONE;
    if (count > 1) return this.rejoin(this.#begin(place));
    const { run, circId } = lives.columns;
    const openedAt = lives.circuitOpenedAt(place);
    return this.#admit(run[place]!, circId[place]!, openedAt, lives.isShared(place));
  }

  /** The circuit of a life that has no row yet; undefined where CIRC_ID is 0; asked once a life. */
  await(place: number): PlayedCircuit | undefined {
    const count = this.#lives.livesOfCircuit(place);
    if (count === 0) return undefined;
    return count === 1 ? this.#make(place) : this.#begin(place);
  }

  /** Gives the number of a circuit of which a row comes. */
  rejoin(circuit: PlayedCircuit): number {
    if (circuit.number !== NONE) {
      this.#rows[circuit.number]!++;
      return circuit.number;
    }
    const { run, circId, openedAt, shared } = circuit;
    const number = this.#admit(run, circId, openedAt, shared);
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
  #begin(place: number): PlayedCircuit {
    const id = this.#lives.circuitOf(place);
    let begun = this.#begun.get(id);
    if (begun === undefined) {
      begun = { circuit: this.#make(place), waiting: this.#lives.livesOfCircuit(place) };
      this.#begun.set(id, begun);
    }
    begun.waiting--;
    if (begun.waiting === 0) this.#begun.delete(id);
    return begun.circuit;
  }

  #make(place: number): PlayedCircuit {
    const { run, circId } = this.#lives.columns;
    return new PlayedCircuit({
      run: run[place]!,
      circId: circId[place]!,
      openedAt: this.#lives.circuitOpenedAt(place),
      shared: this.#lives.isShared(place),
    });
  }

  #admit(run: number, circId: number, openedAt: number, isShared: boolean): number {
    const number = this.#free.pop() ?? this.#made.push(undefined) - 1;
    if (number >= this.#rows.length) this.#grow(2 * number);
    this.#runs[number] = run;
    this.#circIds[number] = circId;
    this.#openedAt[number] = openedAt;
    this.#shared[number] = isShared ? 1 : 0;
    this.#rows[number] = 1;
    return number;
  }

  #grow(length: number): void {
    this.#runs = widened(this.#runs, length);
    this.#circIds = widened(this.#circIds, length);
    this.#openedAt = widened(this.#openedAt, length);
    this.#shared = widened(this.#shared, length);
    this.#rows = widened(this.#rows, length);
  }
}
