/**
 * What an operator is told while polling goes on, each thing once.
 * Owns when it is news; what is late, or fails, others know.
 */
import type { Snapshot } from '../listing/snapshot.ts';
import { FAILED_KEYS } from './asking.ts';

export class Notices {
  readonly #notice: (text: string) => void;
  readonly #intervalMs: number;
  /** How many polls were skipped since the last one that was in time. */
  #skipped = 0;
  #failures = '';

  constructor(notice: (text: string) => void, intervalMs: number) {
    this.#notice = notice;
    this.#intervalMs = intervalMs;
  }

  /**
   * Reports polls in a row that were not in time: why at its first, how many at its end.
   * @param late how long after it was due a poll was over, milliseconds.
   * @param reason undefined where nothing was late, but the clock is one that leaps.
   */
  pace(late: number, reason: string | undefined): void {
    const skipped = reason === undefined ? 0 : Math.floor(late / this.#intervalMs);
    const before = this.#skipped;
    this.#skipped = skipped === 0 ? 0 : before + skipped;
    if (skipped > 0 && before === 0) {
      this.#notice(`${reason}: ${skipped} ${skipped === 1 ? 'poll' : 'polls'} skipped`);
    } else if (skipped === 0 && before > 1) {
      this.#notice(`polls are in time again, ${before} were skipped`);
    }
  }

  /**
   * Reports keys that fail, or are answered again; gives the snapshot, which says so where that is
   * news.
   */
  failures(snapshot: Snapshot): Snapshot {
    const failures = snapshot.info.get(FAILED_KEYS) ?? '';
    const before = this.#failures;
    if (failures === before) return snapshot;
    this.#failures = failures;
    this.#notice(
      failures === ''
        ? `answered again: ${before}`
        : `not answered, and recorded without: ${failures}`,
    );
    return { ...snapshot, info: new Map(snapshot.info).set(FAILED_KEYS, failures) };
  }
}
