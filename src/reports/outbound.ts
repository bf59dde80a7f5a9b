/**
 * The lines of a snapshot that lead somewhere: outbound, and not there to control.
 * Owns what is a destination (docs/reference.md, destinations), and keeping up with the tape, in
 * proportion to what changes; what is counted of them is the reports'.
 */
import { directionOf, usageOf } from '../listing/flags.ts';
import type { Label } from '../listing/label.ts';
import type { Step, TapeConnection } from '../recording/playback/step.ts';

/** Whether TYPE_FLAGS say that a connection has a destination: O or o, and not X. */
export function leadsOut(flags: string): boolean {
  return directionOf(flags) === 'outbound' && usageOf(flags) !== 'control';
}

/** The IP of a line whose address is not kept. */
export const WITHHELD = '0';

export interface OutboundLine {
  readonly slot: number;
  readonly label: Label;
  readonly connection: TapeConnection;
}

/** What a snapshot changed: a line that went on under another label is in both. */
export interface OutboundChanges {
  readonly ended: readonly OutboundLine[];
  readonly begun: readonly OutboundLine[];
}

export class OutboundLines {
  /** By slot. */
  readonly #lines: (OutboundLine | undefined)[] = [];

  /** Those that the last snapshot held. */
  *values(): Generator<OutboundLine, void> {
    for (const line of this.#lines) if (line !== undefined) yield line;
  }

  /** The line in a slot of the last snapshot; undefined where it does not lead out. */
  at(slot: number): OutboundLine | undefined {
    return this.#lines[slot];
  }

  /** Takes the next snapshot. */
  follow(step: Step): OutboundChanges {
    const ended: OutboundLine[] = [];
    const begun: OutboundLine[] = [];
    const { rows } = step;
    while (this.#lines.length < rows.capacity) this.#lines.push(undefined);
    const end = (slot: number): void => {
      const before = this.#lines[slot];
      if (before === undefined) return;
      ended.push(before);
      this.#lines[slot] = undefined;
    };
    const look = (slot: number): void => {
      end(slot);
      if (!leadsOut(rows.flagsOf(slot))) return;
      const line = { slot, label: rows.labelOf(slot), connection: rows.connectionOf(slot) };
      begun.push(line);
      this.#lines[slot] = line;
    };
    for (const slot of step.left) end(slot);
    for (const slot of step.arrived) look(slot);
    for (const slot of step.relabelled) look(slot);
    for (const slot of step.reconnected) look(slot);
    return { ended, begun };
  }
}
