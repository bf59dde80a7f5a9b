/**
 * What a lane is: a circuit, or where those of others are not seen, a connection.
 * Owns following either along the tape; what comes of it is laneBook.ts's.
 */
import { directionOf } from '../../listing/flags.ts';
import { SHAPES, type Shape } from '../../listing/shape.ts';
import type { Step, TapeConnection } from '../../recording/playback/step.ts';
import { OpenCircuits } from '../../reports/openCircuits.ts';
import type { DrawnLane, LaneBook } from './laneBook.ts';

/** Whoever follows lanes: sees every snapshot of a window, in order. */
export interface LaneWatcher {
  watch(step: Step): void;
  /** Closes what goes on behind the window. */
  end(): void;
}

/** A lane of a circuit, and in how many snapshots it had which shape. */
interface CircuitLane {
  readonly lane: DrawnLane;
  readonly snapshots: number[];
  shape: Shape;
  since: number;
}

export class CircuitLanes implements LaneWatcher {
  readonly #book: LaneBook;
  readonly #circuits = new OpenCircuits();
  readonly #lanes = new Map<number, CircuitLane>();
  #last: { readonly number: number; readonly at: number } = { number: 0, at: 0 };

  constructor(book: LaneBook) {
    this.#book = book;
  }

  watch(step: Step): void {
    const before = this.#last;
    this.#last = { number: step.number, at: step.at };
    for (const number of this.#circuits.follow(step)) this.#follow(number, step, before.at);
    const { slots, read, written, bridged } = step.moved;
    for (let index = 0; index < slots.length; index++) {
      if (bridged[index] === 1) continue;
      const lane = this.#lanes.get(step.rows.circuitNumberOf(slots[index]!))?.lane;
      if (lane !== undefined) this.#book.move(lane, read[index]!, written[index]!);
    }
  }

  #follow(
    number: number,
    { number: snapshot, at, rows: { circuits } }: Step,
    before: number,
  ): void {
    const known = this.#lanes.get(number);
    if (this.#circuits.isGone(number)) {
      if (known === undefined) return;
      this.#lanes.delete(number);
      known.lane.closedBy = at;
      this.#close(known, snapshot, before);
      return;
    }
    const shape = this.#circuits.shapeOf(number);
    const { inbound, outbound } = this.#circuits.sidesOf(number);
    let one = known;
    if (one === undefined) {
      const { run, circId, openedAt, shared } = circuits.at(number);
      const life = { run, id: circId, openedAt, firstSeen: at, shape };
      const lane = this.#book.open(life, shared);
      one = { lane, shape, since: snapshot, snapshots: SHAPES.map(() => 0) };
      this.#lanes.set(number, one);
    }
    if (one.shape !== shape) turn(one, shape, snapshot);
    one.lane.inbound = Math.max(one.lane.inbound, inbound);
    one.lane.outbound = Math.max(one.lane.outbound, outbound);
  }

  #close(one: CircuitLane, snapshot: number, lastSeen: number): void {
    turn(one, one.shape, snapshot);
    const most = Math.max(...one.snapshots);
    const isLast = one.snapshots[SHAPES.indexOf(one.shape)] === most;
    one.lane.shape = isLast ? one.shape : SHAPES[one.snapshots.indexOf(most)]!;
    one.lane.lastSeen = lastSeen;
    this.#book.close(one.lane);
  }

  end(): void {
    for (const one of this.#lanes.values()) {
      this.#close(one, this.#last.number + 1, this.#last.at);
    }
  }
}

function turn(one: CircuitLane, shape: Shape, snapshot: number): void {
  one.snapshots[SHAPES.indexOf(one.shape)]! += snapshot - one.since;
  one.shape = shape;
  one.since = snapshot;
}

/** A lane of a connection, and how many lines it has. */
interface ConnectionLane {
  readonly lane: DrawnLane;
  lines: number;
}

export class ConnectionLanes implements LaneWatcher {
  readonly #book: LaneBook;
  readonly #lanes = new Map<TapeConnection, ConnectionLane>();
  /** By slot, the connection that its line is of. */
  readonly #connections: (TapeConnection | undefined)[] = [];
  #lastAt = 0;

  constructor(book: LaneBook) {
    this.#book = book;
  }

  watch(step: Step): void {
    const { rows, left, arrived, reconnected, relabelled, counted } = step;
    const before = this.#lastAt;
    this.#lastAt = step.at;
    while (this.#connections.length < rows.capacity) this.#connections.push(undefined);
    // What arrives comes first: a connection goes on whose lines are all others now.
    for (const slots of [arrived, reconnected]) {
      for (const slot of slots) this.#arrive(slot, step, before);
    }
    for (const slot of left) this.#leave(slot, step.at, before);
    for (const slot of relabelled) this.#describe(slot, rows.flagsOf(slot));
    const { slots, read, written, bridged } = counted;
    for (let index = 0; index < slots.length; index++) {
      if (bridged[index] === 1) continue;
      const connection = this.#connections[slots[index]!];
      const one = connection === undefined ? undefined : this.#lanes.get(connection);
      if (one !== undefined) this.#book.move(one.lane, read[index]!, written[index]!);
    }
  }

  #arrive(slot: number, { rows, at }: Step, before: number): void {
    const flags = rows.flagsOf(slot);
    const connection = rows.connectionOf(slot);
    this.#leave(slot, at, before);
    this.#connections[slot] = connection;
    let one = this.#lanes.get(connection);
    if (one === undefined) {
      const { run, connId, openedAt } = connection;
      const life = { run, id: connId, openedAt, firstSeen: at, shape: flags };
      one = { lane: this.#book.open(life, false), lines: 0 };
      this.#lanes.set(connection, one);
    }
    one.lines++;
    this.#describe(slot, flags);
  }

  #describe(slot: number, flags: string): void {
    const connection = this.#connections[slot];
    const lane = connection === undefined ? undefined : this.#lanes.get(connection)?.lane;
    if (lane === undefined) return;
    lane.shape = flags;
    const direction = directionOf(flags);
    lane.inbound = direction === 'inbound' ? 1 : 0;
    lane.outbound = direction === 'outbound' ? 1 : 0;
  }

  #leave(slot: number, at: number, before: number): void {
    const connection = this.#connections[slot];
    if (connection === undefined) return;
    this.#connections[slot] = undefined;
    const one = this.#lanes.get(connection);
    if (one === undefined || --one.lines > 0) return;
    this.#lanes.delete(connection);
    one.lane.closedBy = at;
    one.lane.lastSeen = before;
    this.#book.close(one.lane);
  }

  end(): void {
    for (const { lane } of this.#lanes.values()) {
      lane.lastSeen = this.#lastAt;
      this.#book.close(lane);
    }
  }
}
