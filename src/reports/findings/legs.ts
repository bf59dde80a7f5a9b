/**
 * What went into circuits and came out of them on either side, as the tape goes by.
 * Owns the sums over a circuit's legs and what of them counts; what follows from them is the rules'.
 *
 * Sums are of the counters of all legs, ended ones too, from the circuit's birth. What a leg moved
 * while the other side did not stand yet is `before` of it. So is, of a leg whose counters may have
 * begun before it was one of this circuit's, what they were at first sight; such a circuit is `late`.
 */
import { directionOf, isEstablished, isOutsideTor, usageOf } from '../../listing/flags.ts';
import type { Rows, Step, TapeCircuit, TapeEntry } from '../../recording/playback/step.ts';

type Counter = 'read' | 'written';

/** Bytes of the legs of one side; `was` what they were with the snapshot before. */
export interface LegSum {
  now: number;
  was: number;
  before: number;
}

/** The legs of a circuit on one side. */
export class LegSide {
  /** How many there are, and how many of those are established. */
  present = 0;
  established = 0;
  /** Whether one was ever established. */
  stood = false;
  /** The last opening of any, milliseconds since the epoch. */
  openedAt = Number.NEGATIVE_INFINITY;
  readonly read: LegSum = { now: 0, was: 0, before: 0 };
  readonly written: LegSum = { now: 0, was: 0, before: 0 };
}

interface Leg {
  readonly circuit: LeggedCircuit;
  readonly side: LegSide | undefined;
  flags: string;
  read: number;
  written: number;
}

export class LeggedCircuit {
  readonly circuit: TapeCircuit;
  readonly inbound = new LegSide();
  readonly outbound = new LegSide();
  /** The first snapshot that a window may begin with. */
  validFrom: number;
  /** Whether its counters may not begin with it. */
  late = false;
  /** Whether a leg of it ever left the Tor network. */
  exits = false;
  /** Whether what it moved cannot be known any more. */
  spoilt = false;
  /** Legs that are in no listing and will be back. */
  away = 0;
  #notRelaying = 0;
  #directionless = 0;
  /** Pairs that were ever legs: a counter that fell is listed as another entry. */
  #connId: number | undefined;
  #otherConnIds: Set<number> | undefined;

  constructor(circuit: TapeCircuit, validFrom: number) {
    this.circuit = circuit;
    this.validFrom = validFrom;
  }

  get isGone(): boolean {
    return this.inbound.present + this.outbound.present + this.#directionless + this.away === 0;
  }

  /** Whether it is of shape `relay`, usage R, with all its legs in sight, and can be judged. */
  get relays(): boolean {
    return (
      this.inbound.established > 0 &&
      this.outbound.established > 0 &&
      this.#notRelaying + this.#directionless + this.away === 0 &&
      !this.spoilt
    );
  }

  sideOf(flags: string): LegSide | undefined {
    const direction = directionOf(flags);
    return direction === 'unknown' ? undefined : this[direction];
  }

  /** @param count 1 for a leg that comes, −1 for one that goes. */
  count(side: LegSide | undefined, flags: string, count: 1 | -1): void {
    if (usageOf(flags) !== 'relay') this.#notRelaying += count;
    if (side === undefined) {
      this.#directionless += count;
      return;
    }
    side.present += count;
    if (isEstablished(flags)) side.established += count;
  }

  /** Whether a connection was a leg of it before; from now on it was. */
  knew(connId: number): boolean {
    const isFirst = this.#connId === undefined;
    this.#connId ??= connId;
    if (connId === this.#connId) return !isFirst;
    this.#otherConnIds ??= new Set();
    const known = this.#otherConnIds.has(connId);
    this.#otherConnIds.add(connId);
    return known;
  }
}

export class Legs {
  readonly #circuits = new Map<TapeCircuit, LeggedCircuit>();
  readonly #bySlot: (Leg | undefined)[] = [];
  readonly #away = new Map<TapeEntry, Leg>();
  readonly #touched = new Set<LeggedCircuit>();
  /** Of those, the ones whose legs may have carried others before anything was seen of them. */
  readonly #doubtful = new Set<LeggedCircuit>();
  /** The first snapshot after the last gap. */
  #unbrokenFrom = 0;

  /**
   * Takes the next snapshot and gives the circuits of which anything changed, those that are gone
   * too. They are forgotten with the next one.
   * @param isDerived whether its counters are no evidence.
   */
  follow(step: Step, isDerived: boolean): ReadonlySet<LeggedCircuit> {
    const { number, rows, left, relabelled, arrived, moved } = step;
    for (const circuit of this.#touched) settle(circuit);
    this.#touched.clear();
    if (step.since === undefined || step.acrossGap) this.#unbrokenFrom = number;
    for (const slot of left) this.#leave(rows, slot, number);
    for (const slot of relabelled) this.#relabel(rows, slot);
    for (const slot of arrived) this.#arrive(step, slot);
    for (const circuit of this.#doubtful) doubt(circuit, step.header.intervalMs);
    this.#doubtful.clear();
    for (const slot of moved.slots) {
      const leg = this.#bySlot[slot];
      if (leg === undefined) continue;
      this.#touched.add(leg.circuit);
      count(leg, rows, slot);
    }
    if (isDerived) for (const circuit of this.#circuits.values()) circuit.spoilt = true;
    for (const circuit of this.#touched) {
      circuit.validFrom = Math.max(circuit.validFrom, this.#unbrokenFrom);
      stand(circuit);
      if (circuit.isGone) this.#circuits.delete(circuit.circuit);
    }
    return this.#touched;
  }

  #leave(rows: Rows, slot: number, number: number): void {
    const leg = this.#bySlot[slot];
    if (leg === undefined) return;
    this.#bySlot[slot] = undefined;
    leg.circuit.count(leg.side, leg.flags, -1);
    this.#touched.add(leg.circuit);
    const entry = rows.entryOf(slot);
    if (entry.lastSnapshot < number) return;
    this.#away.set(entry, leg);
    leg.circuit.away++;
  }

  #relabel(rows: Rows, slot: number): void {
    const leg = this.#bySlot[slot];
    if (leg === undefined) return;
    const { circuit } = leg;
    circuit.count(leg.side, leg.flags, -1);
    leg.flags = rows.flagsOf(slot);
    circuit.count(leg.side, leg.flags, 1);
    if (circuit.sideOf(leg.flags) !== leg.side) circuit.spoilt = true;
    look(leg, rows, slot);
    this.#touched.add(circuit);
  }

  #arrive(step: Step, slot: number): void {
    const { rows, number } = step;
    const circuit = rows.circuitOf(slot);
    if (circuit === undefined || circuit.shared) {
      this.#bySlot[slot] = undefined;
      return;
    }
    const entry = rows.entryOf(slot);
    const back = this.#away.get(entry);
    const leg = back ?? this.#begin(step, slot, entry);
    this.#bySlot[slot] = leg;
    this.#touched.add(leg.circuit);
    if (back === undefined) return;
    this.#away.delete(entry);
    back.circuit.away--;
    back.flags = rows.flagsOf(slot);
    back.circuit.count(back.side, back.flags, 1);
    back.circuit.validFrom = number;
    look(back, rows, slot);
    count(back, rows, slot);
  }

  /** A leg at first sight. */
  #begin(step: Step, slot: number, entry: TapeEntry): Leg {
    const { rows, number, since, acrossGap, header } = step;
    const isBorn = since !== undefined && !acrossGap && entry.openedKnown && entry.openedAt > since;
    let circuit = this.#circuits.get(entry.circuit!);
    if (circuit === undefined) {
      circuit = new LeggedCircuit(entry.circuit!, isBorn ? number - 1 : number);
      this.#circuits.set(entry.circuit!, circuit);
    }
    const flags = rows.flagsOf(slot);
    const side = circuit.sideOf(flags);
    const leg: Leg = { circuit, side, flags, read: 0, written: 0 };
    circuit.count(side, flags, 1);
    look(leg, rows, slot);
    count(leg, rows, slot);
    const wasKnown = circuit.knew(entry.connId);
    if (isBorn) return leg;
    circuit.validFrom = number;
    // Older than its first sight: where the recording, or what is seen of it, begins, its counters
    // are those of its life. Else they are, or may be, of what the connection carried before.
    const begins = since === undefined || acrossGap;
    if (side === undefined) return leg;
    side.openedAt = Math.max(side.openedAt, entry.openedAt);
    if (entry.openedKnown && begins && !wasKnown) {
      if (header.bytes === 'connection') this.#doubtful.add(circuit);
      return leg;
    }
    side.read.before += leg.read;
    side.written.before += leg.written;
    circuit.late ||= !entry.openedKnown || header.bytes === 'connection' || wasKnown;
    return leg;
  }
}

/** Takes over what its line says of where it leads. */
function look({ circuit, side, flags }: Leg, rows: Rows, slot: number): void {
  if (side !== circuit.outbound || !isOutsideTor(flags)) return;
  circuit.exits ||= rows.labelOf(slot).orId === '0';
}

function count(leg: Leg, rows: Rows, slot: number): void {
  for (const counter of ['read', 'written'] satisfies Counter[]) {
    const bytes = rows.countOf(slot, counter);
    if (leg.side !== undefined) leg.side[counter].now += bytes - leg[counter];
    leg[counter] = bytes;
  }
}

/**
 * Of connections that a recording begins with, those that are older than the circuit can be carried
 * something else before.
 */
function doubt(circuit: LeggedCircuit, intervalMs: number): void {
  const { inbound, outbound } = circuit;
  for (const [side, other] of [
    [inbound, outbound],
    [outbound, inbound],
  ] as const) {
    if (side.present === 0 || side.openedAt >= other.openedAt - intervalMs) continue;
    side.read.before = side.read.now;
    side.written.before = side.written.now;
    circuit.late = true;
  }
}

/** Once a side stands, what the other one moves may be of what it brought in. */
function stand({ inbound, outbound }: LeggedCircuit): void {
  inbound.stood ||= inbound.established > 0;
  outbound.stood ||= outbound.established > 0;
  for (const [side, other] of [
    [inbound, outbound],
    [outbound, inbound],
  ] as const) {
    if (other.stood) continue;
    side.read.before = side.read.now;
    side.written.before = side.written.now;
  }
}

/** Before the next snapshot: what is, was. */
function settle({ inbound, outbound }: LeggedCircuit): void {
  for (const side of [inbound, outbound]) {
    side.read.was = side.read.now;
    side.written.was = side.written.now;
  }
}
