/**
 * How far a long piece of work has come, on one line of a terminal.
 * Owns when and what is drawn; the work says how far it is.
 */
import { visible } from '../listing/visible.ts';
import { formatSeconds } from './duration.ts';

/** Work that is over sooner needs no progress. */
const QUIET_MS = 1000;

/** Ten times a second: smoother than the eye asks for, cheap for a slow terminal. */
const REDRAW_MS = 100;

/** A line that wraps could not be cleared; a terminal has 80 columns or more. */
const MAX_LENGTH = 79;

/** To the first column, and clear the line (ECMA-48, CR and EL). */
export const CLEAR_LINE = '\r\u001b[K';

export interface ProgressOptions {
  /** What is going on, as a gerund: `importing`. */
  readonly label: string;
  /** The work in the unit of `advance`; undefined where it is not known. */
  readonly total?: number | undefined;
  /** Where it is drawn: standard error, for standard output holds data only. */
  readonly stream: { write(text: string): unknown };
  /** Whether `stream` is a terminal; elsewhere nothing is ever drawn. */
  readonly isTerminal: boolean;
  /** The clock, milliseconds; only differences count, so a monotonic one. */
  readonly now: () => number;
}

/** Progress from its construction on. */
export class Progress {
  readonly #options: ProgressOptions;
  readonly #began: number;
  /** When it was drawn last. */
  #drawn: number | undefined;
  #isShown = false;

  constructor(options: ProgressOptions) {
    this.#options = options;
    this.#began = options.now();
  }

  /** Takes how much is done in all, from 0 to the total; draws nothing in the first second. */
  advance(done: number): void {
    const { isTerminal, stream, now } = this.#options;
    if (!isTerminal) return;
    const at = now();
    if (at - this.#began < QUIET_MS) return;
    if (this.#drawn !== undefined && at - this.#drawn < REDRAW_MS) return;
    this.#drawn = at;
    this.#isShown = true;
    stream.write(CLEAR_LINE + this.#line(done, at - this.#began).slice(0, MAX_LENGTH));
  }

  /** Clears the line, if one is drawn, until it is drawn again. */
  clear(): void {
    if (this.#isShown) this.#options.stream.write(CLEAR_LINE);
    this.#isShown = false;
  }

  /** Clears the line, if one is drawn. */
  finish(): void {
    this.clear();
    this.#drawn = undefined;
  }

  #line(done: number, elapsed: number): string {
    const { total } = this.#options;
    const label = visible(this.#options.label);
    if (total === undefined || total <= 0) return `${label}: ${formatSeconds(elapsed)} so far`;
    const share = Math.min(1, done / total);
    const left = share > 0 ? `, ${formatSeconds(elapsed / share - elapsed)} left` : '';
    return `${label}: ${Math.floor(share * 100)} %${left}`;
  }
}
