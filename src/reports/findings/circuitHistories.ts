/**
 * The history of every circuit, from one gap to the next: its shapes, and what it moved when.
 * Owns gathering them while the tape is played; what they mean is the rules'.
 */
import type { Shape } from '../../listing/shape.ts';
import { ByteReader, ByteWriter } from '../../recording/bytes.ts';
import type { Rows, Step, TapeCircuit } from '../../recording/playback/step.ts';
import { OpenCircuits } from '../openCircuits.ts';

/** The snapshots of the window. A place is an index into all of these. */
export interface Timeline {
  /** Milliseconds since the epoch. */
  readonly at: readonly number[];
  /** The snapshot's number in the recording. */
  readonly number: readonly number[];
}

/** From this place on, until the next turn. */
export interface Turn {
  readonly place: number;
  readonly shape: Shape;
  /** Whether all its connections are there to relay: usage R. */
  readonly relays: boolean;
  /** Whether it has an established outbound connection. */
  readonly reachesOut: boolean;
}

/** Bytes that moved between the place before and this one. */
export interface Move {
  readonly place: number;
  readonly read: number;
  readonly written: number;
}

/** A circuit while every snapshot held it and no gap lay in between. */
export interface CircuitHistory {
  readonly circuit: TapeCircuit;
  readonly timeline: Timeline;
  /** The first and the last place. */
  readonly first: number;
  readonly last: number;
  /** The first of them at `first`. */
  readonly turns: readonly Turn[];
  /** In order; empty where they cannot be separated from others' (`circuit.shared`). */
  readonly moves: readonly Move[];
}

/** Places of a history, both included. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The longest spans of a history in which a turn is as asked. */
export function spansWhere(history: CircuitHistory, isSo: (turn: Turn) => boolean): Span[] {
  const spans: { from: number; to: number }[] = [];
  const { turns, last } = history;
  for (const [index, turn] of turns.entries()) {
    if (!isSo(turn)) continue;
    const to = (turns[index + 1]?.place ?? last + 1) - 1;
    const before = spans.at(-1);
    if (before !== undefined && before.to === turn.place - 1) before.to = to;
    else spans.push({ from: turn.place, to });
  }
  return spans;
}

/** A busy circuit that is open for a day moves something in so many polls; then it is cut. */
const MOST_MOVES = 10_000;

/** The history of a circuit that is open. */
class OpenHistory {
  readonly circuit: TapeCircuit;
  readonly number: number;
  first: number;
  turns: Turn[] = [];
  /** Absent as long as there is none. */
  #moves: ByteWriter | undefined;
  moveCount = 0;
  /** The last move, which the same place may add to, and the place of the one before. */
  #place = -1;
  #read = 0;
  #written = 0;
  #before = 0;

  constructor(circuit: TapeCircuit, number: number, first: number) {
    this.circuit = circuit;
    this.number = number;
    this.first = first;
  }

  /** Adds what one row moved. Many are open, and each moves in thousands of polls: so in few bytes. */
  move(place: number, read: number, written: number): void {
    if (place === this.#place) {
      this.#read += read;
      this.#written += written;
      return;
    }
    this.#store();
    this.moveCount++;
    this.#place = place;
    this.#read = read;
    this.#written = written;
  }

  /** Its moves; it has none afterwards. */
  takeMoves(): Move[] {
    this.#store();
    const moves: Move[] = [];
    if (this.#moves === undefined) return moves;
    const reader = new ByteReader(this.#moves.bytes());
    let place = 0;
    while (!reader.ended) {
      place += reader.uint();
      moves.push({ place, read: reader.int(), written: reader.int() });
    }
    this.#moves = undefined;
    this.#before = 0;
    this.#place = -1;
    this.moveCount = 0;
    return moves;
  }

  #store(): void {
    if (this.#place < 0) return;
    this.#moves ??= new ByteWriter();
    this.#moves.uint(this.#place - this.#before);
    this.#moves.int(this.#read);
    this.#moves.int(this.#written);
    this.#before = this.#place;
  }
}

export class CircuitHistories {
  readonly #listeners: ((history: CircuitHistory) => void)[] = [];
  readonly #timeline = { at: [] as number[], number: [] as number[] };
  readonly #circuits = new OpenCircuits();
  /** By the circuit's number. */
  readonly #open = new Map<number, OpenHistory>();
  /** By slot, the history that its moves belong to; undefined where they are not known. */
  readonly #bySlot: (OpenHistory | undefined)[] = [];

  /** Calls `listener` with each history when it is over. */
  each(listener: (history: CircuitHistory) => void): void {
    this.#listeners.push(listener);
  }

  watch(step: Step): void {
    const place = this.#timeline.at.length;
    this.#timeline.at.push(step.at);
    this.#timeline.number.push(step.number);
    // What moved across a gap is in no history.
    if (step.acrossGap) for (const open of this.#open.values()) this.#end(open, place - 1);
    for (const changed of this.#circuits.follow(step)) this.#turn(changed, step.rows, place);
    if (step.acrossGap) {
      for (const open of this.#circuits.numbers()) this.#turn(open, step.rows, place);
      for (const slot of step.rows.slots) this.#seat(step.rows, slot);
    } else {
      for (const slot of step.arrived) this.#seat(step.rows, slot);
    }
    this.#addMoves(step, place);
  }

  /** Ends what is open, at the end of the window. */
  finish(): void {
    const last = this.#timeline.at.length - 1;
    for (const open of this.#open.values()) this.#end(open, last);
  }

  #turn(number: number, { circuits }: Rows, place: number): void {
    let open = this.#open.get(number);
    if (this.#circuits.isGone(number)) {
      if (open !== undefined) this.#end(open, place - 1);
      return;
    }
    if (open === undefined) {
      open = new OpenHistory(circuits.at(number), number, place);
      this.#open.set(number, open);
    }
    const shape = this.#circuits.shapeOf(number);
    const relays = this.#circuits.relays(number);
    const reachesOut = this.#circuits.reachesOut(number);
    const before = open.turns.at(-1);
    const isSame =
      before?.shape === shape && before.relays === relays && before.reachesOut === reachesOut;
    if (!isSame) open.turns.push({ place, shape, relays, reachesOut });
  }

  #seat(rows: Rows, slot: number): void {
    while (this.#bySlot.length < rows.capacity) this.#bySlot.push(undefined);
    const number = rows.circuitNumberOf(slot);
    this.#bySlot[slot] =
      number < 0 || rows.circuits.isShared(number) ? undefined : this.#open.get(number);
  }

  #addMoves({ moved }: Step, place: number): void {
    const full = new Set<OpenHistory>();
    for (let index = 0; index < moved.slots.length; index++) {
      if (moved.bridged[index] === 1) continue;
      const open = this.#bySlot[moved.slots[index]!];
      if (open === undefined) continue;
      open.move(place, moved.read[index]!, moved.written[index]!);
      if (open.moveCount === MOST_MOVES) full.add(open);
    }
    // Only now: further rows of theirs may have moved something, too.
    for (const open of full) this.#cut(open, place);
  }

  #cut(open: OpenHistory, place: number): void {
    const turn = open.turns.at(-1)!;
    this.#hand(open, place);
    open.first = place;
    open.turns = [{ ...turn, place }];
  }

  #end(open: OpenHistory, last: number): void {
    this.#open.delete(open.number);
    this.#hand(open, last);
  }

  #hand(open: OpenHistory, last: number): void {
    const { circuit, first, turns } = open;
    const moves = open.takeMoves();
    const whole = { circuit, timeline: this.#timeline, first, last, turns, moves };
    for (const listener of this.#listeners) listener(whole);
  }
}

/** Used again by each call: very many histories are looked at, each for a moment. */
let sums = { read: new Float64Array(256), written: new Float64Array(256) };

/** What a history moved up to each place of a span, since the span's first; good until the next call. */
export function movedSoFar(history: CircuitHistory, span: Span) {
  const length = span.to - span.from + 1;
  if (length > sums.read.length) {
    sums = { read: new Float64Array(2 * length), written: new Float64Array(2 * length) };
  }
  const read = sums.read.subarray(0, length).fill(0);
  const written = sums.written.subarray(0, length).fill(0);
  for (const move of history.moves) {
    if (move.place <= span.from || move.place > span.to) continue;
    read[move.place - span.from] = move.read;
    written[move.place - span.from] = move.written;
  }
  for (let index = 1; index < length; index++) {
    read[index]! += read[index - 1]!;
    written[index]! += written[index - 1]!;
  }
  return { read, written };
}

/** The name of a circuit in a finding. */
export function circuitName({ circId, run }: TapeCircuit): string {
  return `circuit ${circId} (run ${run})`;
}

/** Where the evidence of a span lies. */
export function evidenceOf({ timeline }: CircuitHistory, { from, to }: Span) {
  return {
    firstSeen: timeline.at[from]!,
    lastSeen: timeline.at[to]!,
    snapshots: [timeline.number[from]!, timeline.number[to]!] as const,
  };
}
