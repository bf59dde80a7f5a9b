/**
 * How many circuits Tor's channels carry, where a dump said so: `CIRCS=3` behind a line's tenth field.
 * Owns keeping up with the tape; what else a dump says of a line is the source's.
 */
import type { Step } from '../recording/playback/step.ts';

const CIRCS = /(?:^| )CIRCS=(\d{1,9})(?: |$)/;

export class ChannelCircuits {
  /** By slot; NaN where the line does not say. */
  readonly #bySlot: number[] = [];
  #lines = 0;
  #sum = 0;

  /** Of the last snapshot; undefined where no line says. */
  get sum(): number | undefined {
    return this.#lines === 0 ? undefined : this.#sum;
  }

  /** Takes the next snapshot. */
  follow({ rows, left, arrived, relabelled }: Step): void {
    for (const slot of left) this.#set(slot, Number.NaN);
    for (const slots of [arrived, relabelled]) {
      for (const slot of slots) {
        const { circId, extra } = rows.labelOf(slot);
        // The connection's own line; its circuits' may repeat what it says.
        const [, circuits] = (circId === 0 && CIRCS.exec(extra)) || [];
        this.#set(slot, circuits === undefined ? Number.NaN : Number(circuits));
      }
    }
  }

  #set(slot: number, circuits: number): void {
    const before = this.#bySlot[slot] ?? Number.NaN;
    if (!Number.isNaN(before)) {
      this.#lines--;
      this.#sum -= before;
    }
    if (!Number.isNaN(circuits)) {
      this.#lines++;
      this.#sum += circuits;
    }
    this.#bySlot[slot] = circuits;
  }
}
