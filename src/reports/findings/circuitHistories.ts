/**
 * The history of every circuit, from one gap to the next: its shapes, and what it moved when.
 * Owns gathering them while the tape is played; what they mean is the rules'.
 */
import type { Shape } from '../../listing/shape.ts';
import type { Step, TapeCircuit } from '../../recording/playback/step.ts';
import { type OpenCircuit, OpenCircuits } from '../openCircuits.ts';

/** The snapshots of the window. A place is an index into all of these. */
export interface Timeline {
  /** Milliseconds since the epoch. */
  readonly at: readonly number[];
  /** The snapshot's number in the recording. */
  readonly number: readonly number[];
  /** Bytes of all connections since the last gap, those moved since the snapshot before included. */
  readonly bytes: readonly number[];
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
  read: number;
  written: number;
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
  /** In order; empty where they cannot be told from others' (`circuit.shared`). */
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

/** From the first place of some spans to the last; there must be one. */
export function extentOf(spans: readonly Span[]): Span {
  return spans.reduce((whole, { from, to }) => ({
    from: Math.min(whole.from, from),
    to: Math.max(whole.to, to),
  }));
}

/** A busy circuit that is open for a day moves something in so many polls; then it is cut. */
const MOST_MOVES = 10_000;

interface OpenHistory {
  readonly first: number;
  readonly turns: Turn[];
  readonly moves: Move[];
}

export class CircuitHistories {
  readonly #listeners: ((history: CircuitHistory) => void)[] = [];
  readonly #timeline = { at: [] as number[], number: [] as number[], bytes: [] as number[] };
  readonly #circuits = new OpenCircuits();
  readonly #open = new Map<TapeCircuit, OpenHistory>();
  #sawCircuits = false;
  #sawShared = false;

  /** Calls `listener` with each history when it is over. */
  each(listener: (history: CircuitHistory) => void): void {
    this.#listeners.push(listener);
  }

  /** Whether there was any circuit, and any whose bytes cannot be told. */
  get sawCircuits(): boolean {
    return this.#sawCircuits;
  }

  get sawShared(): boolean {
    return this.#sawShared;
  }

  watch(step: Step): void {
    const place = this.#timeline.at.length;
    this.#timeline.at.push(step.at);
    this.#timeline.number.push(step.number);
    this.#timeline.bytes.push(this.#bytesUpTo(step, place));
    if (step.acrossGap) for (const circuit of [...this.#open.keys()]) this.#end(circuit, place - 1);
    for (const changed of this.#circuits.follow(step)) this.#turn(changed, place);
    if (step.acrossGap) for (const open of this.#circuits.values()) this.#turn(open, place);
    this.#addMoves(step, place);
  }

  /** Ends what is open, at the end of the window. */
  finish(): void {
    const last = this.#timeline.at.length - 1;
    for (const circuit of [...this.#open.keys()]) this.#end(circuit, last);
  }

  #bytesUpTo({ acrossGap, counted }: Step, place: number): number {
    if (acrossGap || place === 0) return 0;
    let bytes = this.#timeline.bytes[place - 1]!;
    const { read, written, bridged } = counted;
    for (let index = 0; index < bridged.length; index++) {
      if (bridged[index] === 0) bytes += read[index]! + written[index]!;
    }
    return bytes;
  }

  #turn(open: OpenCircuit, place: number): void {
    const { circuit } = open;
    if (open.isGone) {
      this.#end(circuit, place - 1);
      return;
    }
    this.#sawCircuits = true;
    this.#sawShared ||= circuit.shared;
    const history = this.#open.get(circuit) ?? { first: place, turns: [], moves: [] };
    this.#open.set(circuit, history);
    const { shape, relays, reachesOut } = open;
    const before = history.turns.at(-1);
    const isSame =
      before?.shape === shape && before.relays === relays && before.reachesOut === reachesOut;
    if (!isSame) history.turns.push({ place, shape, relays, reachesOut });
  }

  #addMoves({ rows, moved }: Step, place: number): void {
    const full: TapeCircuit[] = [];
    for (let index = 0; index < moved.slots.length; index++) {
      if (moved.bridged[index] === 1) continue;
      const circuit = rows.circuitOf(moved.slots[index]!);
      const read = moved.read[index]!;
      const written = moved.written[index]!;
      if (circuit === undefined || circuit.shared) continue;
      const { moves } = this.#open.get(circuit)!;
      const last = moves.at(-1);
      if (last?.place === place) {
        last.read += read;
        last.written += written;
      } else {
        moves.push({ place, read, written });
        if (moves.length === MOST_MOVES) full.push(circuit);
      }
    }
    // Only now: further rows of theirs may have moved something, too.
    for (const circuit of full) this.#cut(circuit, place);
  }

  #cut(circuit: TapeCircuit, place: number): void {
    const turn = this.#open.get(circuit)!.turns.at(-1)!;
    this.#end(circuit, place);
    this.#open.set(circuit, { first: place, turns: [{ ...turn, place }], moves: [] });
  }

  #end(circuit: TapeCircuit, last: number): void {
    const history = this.#open.get(circuit);
    if (history === undefined) return;
    this.#open.delete(circuit);
    const whole: CircuitHistory = { circuit, timeline: this.#timeline, last, ...history };
    for (const listener of this.#listeners) listener(whole);
  }
}

/** What a history moved up to each place of a span, since the span's first. */
export function movedSoFar(history: CircuitHistory, span: Span) {
  const length = span.to - span.from + 1;
  const read = new Float64Array(length);
  const written = new Float64Array(length);
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
