/**
 * The openings and ends between two polls, as the pipeline takes them.
 * Owns their times and order; what opened and ended is connections.ts's to say.
 */
import type { LifeEvent } from '../../listing/snapshot.ts';

/** How an event describes a connection that no poll saw. Never by its address. */
export type EventDetails = { or_id?: string; type_flags: string };

export class LifeEvents {
  readonly #after: number;
  readonly #until: number;
  readonly #events: LifeEvent[] = [];

  /** Events belong after one poll and not after the next: what comes during a poll is its own. */
  constructor(after: number, until: number) {
    this.#after = after;
    this.#until = until;
  }

  opened(connId: number, at: number, details: EventDetails): void {
    this.#events.push({
      at: this.#within(at),
      connId,
      what: 'opened',
      reason: '',
      extra: details,
    });
  }

  closed(connId: number, at: number, reason: string): void {
    this.#events.push({ at: this.#within(at), connId, what: 'closed', reason, extra: {} });
  }

  /** In time order; an opening stays before its end. */
  inOrder(): LifeEvent[] {
    return this.#events.sort((a, b) => a.at - b.at);
  }

  #within(at: number): number {
    return Math.min(this.#until, Math.max(this.#after + 1, at));
  }
}
