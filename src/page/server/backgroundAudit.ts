/**
 * The audit of all that a view shows, in the background: it plays the tape whole.
 * Owns when it begins and what is said of it meanwhile; the rules are reports/'s.
 */
import type { FindingsPart } from '../parts.ts';
import type { Workplace } from './orders.ts';
import { Crew } from './pageWorker.ts';
import { Refused, refusalOf } from './refusal.ts';
import type { ShownRecording } from './shownRecording.ts';

export class BackgroundAudit {
  readonly #workplace: Workplace;
  #generation = 0;
  #going = new AbortController();
  #work: Promise<void> = Promise.resolve();
  #progress = 0;
  #result: Uint8Array | Refused | undefined;

  constructor(workplace: Workplace) {
    this.#workplace = workplace;
  }

  /** Begins, unless it has, or anew where the recording was opened anew since. Throws as `ShownRecording.window`. */
  begin(shown: ShownRecording): void {
    const { generation } = shown;
    if (generation === this.#generation && !(this.#result instanceof Refused)) return;
    const { window } = shown;
    this.#going.abort();
    this.#generation = generation;
    this.#going = new AbortController();
    this.#progress = 0;
    this.#result = undefined;
    const before = this.#work;
    const work = this.#audit(window, generation, this.#going.signal);
    this.#work = Promise.all([before, work]).then(() => {});
  }

  /** What it found, or how far it is: a `FindingsPart` as JSON. Throws `Refused` where it failed. */
  get json(): Uint8Array {
    if (this.#result instanceof Refused) throw this.#result;
    if (this.#result !== undefined) return this.#result;
    const underWay: FindingsPart = { rules: null, progress: this.#progress, findings: [] };
    return Buffer.from(JSON.stringify(underWay));
  }

  /** Resolves when nothing of it is at work any more. */
  async close(): Promise<void> {
    this.#going.abort();
    await this.#work;
  }

  /** Never rejects. */
  async #audit(
    window: ShownRecording['window'],
    generation: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { from, to } = window;
    // Of its own, so that no view waits for it, and gone with its memory when it is done.
    const crew = new Crew(this.#workplace, 1);
    const onSnapshot = (at: number) => {
      if (!signal.aborted) this.#progress = (at - from) / Math.max(1, to - from);
    };
    const order = { kind: 'part', name: 'findings', window, bins: 1, exact: true } as const;
    try {
      const pieces: Uint8Array[] = [];
      for await (const piece of crew.make({ order, generation, onSnapshot }, signal)) {
        pieces.push(piece);
      }
      if (!signal.aborted) this.#result = Buffer.concat(pieces);
    } catch (thrown) {
      if (!signal.aborted) this.#result = new Refused(refusalOf(thrown));
    } finally {
      await crew.close();
    }
  }
}
