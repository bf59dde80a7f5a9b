/**
 * The lines of a snapshot that lead somewhere: outbound, and not there to control.
 * Owns what is a destination (docs/reference.md, destinations), and keeping up with the tape, in
 * proportion to what changes; what is counted of them is the reports'.
 */
import { directionOf, usageOf } from '../listing/flags.ts';
import type { Label } from '../listing/label.ts';
import type { Step, TapeConnection, TapeEntry } from '../recording/playback/step.ts';

/** Whether TYPE_FLAGS say that a connection has a destination: O or o, and not X. */
export function leadsOut(flags: string): boolean {
  return directionOf(flags) === 'outbound' && usageOf(flags) !== 'control';
}

/** The IP of a line whose address is not kept. */
export const WITHHELD = '0';

export interface OutboundLine {
  readonly label: Label;
  readonly connection: TapeConnection;
}

/** What a snapshot changed: a line that went on under another label is in both. */
export interface OutboundChanges {
  readonly ended: readonly OutboundLine[];
  readonly begun: readonly OutboundLine[];
}

export class OutboundLines {
  readonly #lines = new Map<TapeEntry, OutboundLine>();

  /** Those that the last snapshot held. */
  values(): Iterable<OutboundLine> {
    return this.#lines.values();
  }

  /** The line of an entry in the last snapshot; undefined where it does not lead out. */
  of(entry: TapeEntry): OutboundLine | undefined {
    return this.#lines.get(entry);
  }

  /** Takes the next snapshot. */
  follow(step: Step): OutboundChanges {
    const ended: OutboundLine[] = [];
    const begun: OutboundLine[] = [];
    const { rows } = step;
    const replace = (entry: TapeEntry, line: OutboundLine | undefined): void => {
      const before = this.#lines.get(entry);
      if (before !== undefined) ended.push(before);
      if (line === undefined) {
        this.#lines.delete(entry);
      } else {
        begun.push(line);
        this.#lines.set(entry, line);
      }
    };
    const look = (slot: number): void => {
      const line = leadsOut(rows.flagsOf(slot))
        ? { label: rows.labelOf(slot), connection: rows.connectionOf(slot) }
        : undefined;
      replace(rows.entryOf(slot), line);
    };
    for (const slot of step.left) replace(rows.entryOf(slot), undefined);
    for (const slot of step.arrived) look(slot);
    for (const slot of step.relabelled) look(slot);
    for (const slot of step.reconnected) look(slot);
    return { ended, begun };
  }
}
