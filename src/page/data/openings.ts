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

/** So many are kept of all together. */
export const MAX_OPENINGS = 1_000_000;

/** Sees every snapshot of a window, in order. */
export class Openings {
  /** By IP, and by OR_ID, milliseconds since the epoch, in the order in which they were seen. */
  readonly outbound = new Map<string, number[]>();
  readonly inbound = new Map<string, number[]>();
  readonly #known = new WeakSet<TapeConnection>();
  readonly #partMs: number;
  #count = 0;

  /** @param window of what is watched, finite. */
  constructor({ from, to }: Window) {
    this.#partMs = Math.max(1, (to - from) / PARTS);
  }

  /** Whether there were more than are kept. */
  get areCut(): boolean {
    return this.#count > MAX_OPENINGS;
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
      this.#add(out ? this.outbound : this.inbound, out ? ip : orId, openedAt);
    }
  }

  #add(book: Map<string, number[]>, peer: string, openedAt: number): void {
    const openings = book.get(peer);
    const last = openings?.at(-1);
    if (last !== undefined && Math.abs(openedAt - last) < this.#partMs) return;
    this.#count++;
    if (this.#count > MAX_OPENINGS) return;
    if (openings === undefined) book.set(peer, [openedAt]);
    else openings.push(openedAt);
  }
}
