/**
 * The minute, the ten minutes and the hour that are under way.
 * Owns when each is over, and what it comes to then; what moved is for those to say who follow a tape
 * or make one, and rows are others'.
 */
import type { IntervalAt } from '../../../listing/circuit.ts';
import type { Label } from '../../../listing/label.ts';
import { addedUp, balanceBandOf } from './bands.ts';
import type { Carrier } from './carriers.ts';
import { CircuitBytes, type CircuitEntry } from './circuitBytes.ts';
import { type Balance, type CircuitAmount, emptyBalance } from './coding.ts';
import { withRoomFor } from './columns.ts';
import { type GreatestPeers, PeerTally } from './peerTally.ts';

export const MINUTE_MS = 60_000;
export const TEN_MINUTES_MS = 600_000;
export const HOUR_MS = 3_600_000;

/** How many circuits are kept of ten minutes. */
const LOPSIDED = 64;

/** Takes what a stretch came to, by its number since the epoch; nothing of one without moves. */
export interface Finished {
  balance(minute: number, balance: Balance): void;
  lopsided(tenMinutes: number, circuits: readonly CircuitAmount[]): void;
  greatest(hour: number, peers: GreatestPeers): void;
}

const NO_CIRCUIT = -1;

/**
 * What happens to entries, each by a slot: an integer that is its own from when it arrives until
 * it leaves. Called for one snapshot after another in the order `begin`, `leave`, then all others, `end`.
 */
export class Stretches {
  readonly #circuits = new CircuitBytes();
  readonly #peers: PeerTally;
  #intervalAt: IntervalAt;
  /** By slot: its place among circuits, and that of its peer. */
  #circuit = new Int32Array(1024);
  #peer = new Int32Array(1024);
  readonly #carriers: (Carrier | undefined)[] = [];
  /** Places of circuits that moved something since the last snapshot. */
  #moved = new Int32Array(1024);
  #movedCount = 0;
  #at = Number.NaN;

  /** @param numberOf the number of the peer of a label. */
  constructor(numberOf: (label: Label) => number, intervalAt: IntervalAt) {
    this.#peers = new PeerTally(numberOf);
    this.#intervalAt = intervalAt;
  }

  /** How often is polled, from now on. */
  pace(intervalAt: IntervalAt): void {
    this.#intervalAt = intervalAt;
  }

  /** Ends what is over with a snapshot of this time. */
  begin(at: number, finished?: Finished): void {
    const before = this.#at;
    this.#at = at;
    this.#movedCount = 0;
    if (Number.isNaN(before)) return;
    if (numberOf(at, MINUTE_MS) > numberOf(before, MINUTE_MS)) {
      if (finished !== undefined) this.#finishMinute(before, finished);
      this.#circuits.endMinute();
    }
    if (numberOf(at, TEN_MINUTES_MS) > numberOf(before, TEN_MINUTES_MS)) {
      if (finished !== undefined) this.#finishTenMinutes(before, finished);
      this.#circuits.tenMinutes.clear();
      this.#circuits.prune(numberOf(at, TEN_MINUTES_MS) * TEN_MINUTES_MS, this.#intervalAt);
    }
    if (numberOf(at, HOUR_MS) > numberOf(before, HOUR_MS)) {
      if (finished !== undefined) this.#finishHour(before, finished);
      this.#peers.clear();
    }
  }

  /** What the stretches under way came to, when no snapshot follows. */
  finish(finished: Finished): void {
    if (Number.isNaN(this.#at)) return;
    this.#finishMinute(this.#at, finished);
    this.#circuits.endMinute();
    this.#finishTenMinutes(this.#at, finished);
    this.#finishHour(this.#at, finished);
  }

  /**
   * @param isNew whether its connection opened since the snapshot before, and that was seen.
   * @param isSpoilt whether the bytes of its circuit are known to be those of others, too.
   */
  arrive(
    slot: number,
    entry: CircuitEntry,
    label: Label,
    carrier: Carrier | undefined,
    isNew: boolean,
    isSpoilt = false,
  ): void {
    this.#circuit = withRoomFor(this.#circuit, slot);
    this.#peer = withRoomFor(this.#peer, slot);
    this.#carriers[slot] = carrier;
    this.#circuit[slot] =
      entry.circId === 0 ? NO_CIRCUIT : this.#circuits.arrive(entry, carrier, isSpoilt);
    this.#lead(slot, label, isNew);
  }

  /** @param closedBy when it ended, as far as that is known. */
  leave(slot: number, closedBy: number): void {
    const circuit = this.#circuit[slot]!;
    if (circuit !== NO_CIRCUIT) this.#circuits.leave(circuit, closedBy);
    this.#peers.leave(this.#peer[slot]!, this.#carriers[slot]);
  }

  relabel(slot: number, label: Label): void {
    this.#peers.leave(this.#peer[slot]!, this.#carriers[slot]);
    this.#lead(slot, label, false);
  }

  /** An entry goes on, on another connection. */
  reconnect(slot: number, carrier: Carrier, isNew: boolean): void {
    const peer = this.#peer[slot]!;
    this.#peers.leave(peer, this.#carriers[slot]);
    this.#carry(slot, carrier);
    this.#peers.join(peer, carrier, isNew);
  }

  /** The connection of an entry has others from now on. */
  share(slot: number, carrier: Carrier): void {
    this.#peers.share(this.#peer[slot]!, carrier);
    this.#carry(slot, carrier);
  }

  /** The same of entries that left, of a CIRC_ID but 0. */
  shareGone(run: number, connId: number, circId: number, carrier: Carrier): void {
    this.#circuits.carryGone(run, connId, circId, carrier);
  }

  #carry(slot: number, carrier: Carrier): void {
    this.#carriers[slot] = carrier;
    if (this.#circuit[slot] !== NO_CIRCUIT) this.#circuits.carry(this.#circuit[slot]!, carrier);
  }

  /** What an entry moved, not across a gap and not 0 both, where both are counted. */
  moved(slot: number, read: number, written: number): void {
    const place = this.#circuit[slot]!;
    if (place === NO_CIRCUIT) return;
    this.#moved = withRoomFor(this.#moved, this.#movedCount);
    this.#moved[this.#movedCount++] = place;
    this.#circuits.minute.add(place, read, written);
  }

  /** What moved and counts once, on this line. */
  counted(slot: number, read: number, written: number): void {
    this.#peers.add(this.#peer[slot]!, read, written);
  }

  /** @returns how many circuits moved something with this snapshot. */
  end(): number {
    this.#peers.settle();
    return this.#circuits.count(this.#moved.subarray(0, this.#movedCount), this.#intervalAt);
  }

  #lead(slot: number, label: Label, isNew: boolean): void {
    const peer = this.#peers.placeOf(label);
    this.#peer[slot] = peer;
    this.#peers.join(peer, this.#carriers[slot], isNew);
  }

  #finishMinute(at: number, finished: Finished): void {
    const balance = emptyBalance();
    let any = false;
    this.#circuits.each(this.#circuits.minute, this.#intervalAt, (_, read, written) => {
      const band = balanceBandOf(read, written);
      balance.circuits[band]!++;
      balance.bytes[band] = addedUp(balance.bytes[band]!, addedUp(read, written));
      any = true;
    });
    if (any) finished.balance(numberOf(at, MINUTE_MS), balance);
  }

  #finishTenMinutes(at: number, finished: Finished): void {
    const circuits: CircuitAmount[] = [];
    this.#circuits.each(this.#circuits.tenMinutes, this.#intervalAt, (place, read, written) => {
      const run = this.#circuits.run(place);
      const circId = this.#circuits.circId(place);
      circuits.push({ run, circId, read, written });
    });
    if (circuits.length === 0) return;
    circuits.sort(byLopsidedness);
    finished.lopsided(numberOf(at, TEN_MINUTES_MS), circuits.slice(0, LOPSIDED));
  }

  #finishHour(at: number, finished: Finished): void {
    const peers = this.#peers.greatest();
    if (peers.outbound.length + peers.inbound.length > 0) {
      finished.greatest(numberOf(at, HOUR_MS), peers);
    }
  }
}

/** The number of the stretch of this length that a time lies in, counted since the epoch. */
export function numberOf(at: number, lengthMs: number): number {
  return Math.floor(at / lengthMs);
}

function byLopsidedness(a: CircuitAmount, b: CircuitAmount): number {
  return (
    Math.abs(b.written - b.read) - Math.abs(a.written - a.read) ||
    a.run - b.run ||
    a.circId - b.circId ||
    a.read - b.read ||
    a.written - b.written
  );
}
