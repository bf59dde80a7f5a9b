/**
 * When connections opened, by the place that they lead to and by the peer that they come from.
 * Owns the books, and their bounds; which of them are shown is rankings.ts's.
 */
import { directionOf } from '../../listing/flags.ts';
import type { Step, TapeConnection } from '../../recording/playback/step.ts';
import type { Window } from '../../recording/reader.ts';
import { leadsOut } from '../../reports/outbound.ts';

/** Of one peer, one opening is kept in so long a part of the window: more than pixels tell apart. */
const PARTS = 2000;

/** So many are kept of all together, each with its own time; then of each part that there was one. */
export const MAX_OPENINGS = 1_000_000;

/** So many peers have openings; several times as many as there are relays. */
export const MAX_OPENING_PEERS = 50_000;

/** Sees every snapshot of a window, in order. */
export class Openings {
  readonly #from: number;
  readonly #partMs: number;
  readonly #most: number;
  readonly #outbound = new Map<string, OfPeer>();
  readonly #inbound = new Map<string, OfPeer>();
  readonly #known = new WeakSet<TapeConnection>();
  #count = 0;

  /**
   * @param window of what is watched, finite.
   * @param most as `MAX_OPENINGS`.
   */
  constructor({ from, to }: Window, most = MAX_OPENINGS) {
    this.#from = from;
    this.#partMs = Math.max(1, (to - from) / PARTS);
    this.#most = most;
  }

  /** Whether there were so many that only the part of the window is known of each. */
  get areCoarse(): boolean {
    return this.#count > this.#most;
  }

  /** When connections opened to an IP, or from an OR_ID, milliseconds since the epoch. */
  to(ip: string): readonly number[] {
    return this.#timesOf(this.#outbound.get(ip));
  }

  fromPeer(orId: string): readonly number[] {
    return this.#timesOf(this.#inbound.get(orId));
  }

  watch({ rows, arrived, since }: Step): void {
    for (const slot of arrived) {
      const flags = rows.flagsOf(slot);
      const out = leadsOut(flags);
      if (!out && directionOf(flags) !== 'inbound') continue;
      const connection = rows.connectionOf(slot);
      if (this.#known.has(connection)) continue;
      this.#known.add(connection);
      const { openedAt, openedKnown } = connection;
      if (since === undefined || !openedKnown) continue;
      const { ip, orId } = rows.labelOf(slot);
      this.#add(out ? this.#outbound : this.#inbound, out ? ip : orId, openedAt);
    }
  }

  #add(book: Map<string, OfPeer>, peer: string, openedAt: number): void {
    let openings = book.get(peer);
    if (openings === undefined) {
      if (book.size >= MAX_OPENING_PEERS) return;
      openings = this.areCoarse ? new Uint8Array(PARTS / 8) : [];
      book.set(peer, openings);
    }
    if (openings instanceof Uint8Array) {
      this.#mark(openings, openedAt);
      return;
    }
    const last = openings.at(-1);
    if (last !== undefined && Math.abs(openedAt - last) < this.#partMs) return;
    openings.push(openedAt);
    this.#count++;
    if (!this.areCoarse) return;
    for (const all of [this.#outbound, this.#inbound]) {
      for (const [name, times] of all) all.set(name, this.#marked(times));
    }
  }

  #marked(times: OfPeer): Uint8Array {
    if (times instanceof Uint8Array) return times;
    const parts = new Uint8Array(PARTS / 8);
    for (const time of times) this.#mark(parts, time);
    return parts;
  }

  #mark(parts: Uint8Array, time: number): void {
    const part = Math.min(PARTS - 1, Math.floor((time - this.#from) / this.#partMs));
    if (part >= 0) parts[part >> 3]! |= 1 << (part & 7);
  }

  #timesOf(openings: OfPeer | undefined): readonly number[] {
    if (!(openings instanceof Uint8Array)) return openings ?? [];
    const times: number[] = [];
    for (let part = 0; part < PARTS; part++) {
      if ((openings[part >> 3]! >> (part & 7)) & 1) {
        times.push(Math.round(this.#from + (part + 0.5) * this.#partMs));
      }
    }
    return times;
  }
}

/** Times, or a bit for each part of the window. */
type OfPeer = number[] | Uint8Array;
