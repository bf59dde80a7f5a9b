/**
 * The lines of a snapshot that lead somewhere: outbound, and not there to control.
 * Owns what is a destination (docs/reference.md, destinations), and keeping up with the tape, in
 * proportion to what changes; what is counted of them is the reports'.
 */
import { directionOf, usageOf } from '../listing/flags.ts';
import { widened } from '../recording/columns.ts';
import type { Step } from '../recording/playback/step.ts';

/** Whether TYPE_FLAGS say that a connection has a destination: O or o, and not X. */
export function leadsOut(flags: string): boolean {
  return directionOf(flags) === 'outbound' && usageOf(flags) !== 'control';
}

/** The IP of a line whose address is not kept. */
export const WITHHELD = '0';

/** Slots of what a snapshot changed: a line that went on under another label is in both. */
export interface OutboundChanges {
  readonly ended: readonly number[];
  readonly begun: readonly number[];
}

export class OutboundLines {
  /** By slot, 1 where its line leads out. */
  #leads = new Uint8Array(1024);
  #ended: number[] = [];
  #begun: number[] = [];

  /** Whether the line in a slot of the last snapshot leads out. */
  has(slot: number): boolean {
    return this.#leads[slot] === 1;
  }

  /** Takes the next snapshot. */
  follow({ rows, left, arrived, relabelled, reconnected }: Step): OutboundChanges {
    this.#ended = [];
    this.#begun = [];
    if (this.#leads.length < rows.capacity) this.#leads = widened(this.#leads, 2 * rows.capacity);
    for (const slot of left) this.#end(slot);
    for (const slots of [arrived, relabelled, reconnected]) {
      for (const slot of slots) {
        this.#end(slot);
        if (!leadsOut(rows.flagsOf(slot))) continue;
        this.#leads[slot] = 1;
        this.#begun.push(slot);
      }
    }
    return { ended: this.#ended, begun: this.#begun };
  }

  #end(slot: number): void {
    if (this.#leads[slot] !== 1) return;
    this.#leads[slot] = 0;
    this.#ended.push(slot);
  }
}
