/**
 * What a recorder costs the machine that it runs beside a relay on.
 * Owns the account over the last polls, and when the operator is told; what was spent, the process
 * knows (Io).
 */
import { formatDuration } from './duration.ts';
import type { Spent } from './io.ts';
import { formatSize } from './size.ts';

/** Over the last polls; shares are of one core, 1 is all of it. */
export interface Cost {
  readonly share: number;
  /** Of the process itself, all threads, and of the tools that it runs; null where nobody says. */
  readonly own: number;
  readonly children: number | null;
  /** The most that the process itself ever had resident. */
  readonly peakBytes: number;
  readonly polls: number;
  readonly seconds: number;
}

/** A relay's machine is busy: the observer is to take less of one core than this. */
export const MOST_SHARE = 0.05;

/** What is judged are so many polls: single ones differ by what else the machine does. */
const JUDGED_POLLS = 30;

/** The first ones run code that is not compiled yet, and find thousands of connections new. */
const FIRST_POLLS = 6;

/** CPU time of children is counted in steps of 10 ms: less than that says nothing. */
const LEAST_S = 5;

export interface OwnCostOptions {
  readonly spent: () => Spent;
  /** Milliseconds since anything; never jumps. */
  readonly monotonic: () => number;
  readonly intervalMs: number;
  /** What else than a longer interval would make it cheaper, as it is called: options, as phrases. */
  readonly savings: readonly string[];
  readonly notice: (text: string) => void;
}

interface Reading extends Spent {
  readonly at: number;
}

/** Follows the cost, and tells once where it is too much. */
export class OwnCost {
  readonly #options: OwnCostOptions;
  readonly #readings: Reading[] = [];
  #polls = 0;
  #isTold = false;

  constructor(options: OwnCostOptions) {
    this.#options = options;
  }

  /** To be called once a snapshot, when it has been kept. */
  polled(): void {
    this.#polls++;
    if (this.#polls < FIRST_POLLS) return;
    this.#readings.push({ at: this.#options.monotonic(), ...this.#options.spent() });
    if (this.#readings.length > JUDGED_POLLS + 1) this.#readings.shift();
    if (this.#isTold || this.#readings.length <= JUDGED_POLLS) return;
    const cost = this.latest;
    if (cost === undefined || cost.share <= MOST_SHARE) return;
    this.#isTold = true;
    this.#options.notice(this.#advice(cost));
  }

  /** Over the last 30 polls, or those there were since the first six; undefined where none were. */
  get latest(): Cost | undefined {
    const first = this.#readings[0];
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined) return undefined;
    const seconds = (last.at - first.at) / 1000;
    if (!(seconds >= LEAST_S)) return undefined;
    const shareOf = (ms: number) => ms / 1000 / seconds;
    const own = shareOf(last.ownMs - first.ownMs);
    const children =
      last.childrenMs === null || first.childrenMs === null
        ? null
        : shareOf(last.childrenMs - first.childrenMs);
    const { peakBytes } = last;
    const polls = this.#readings.length - 1;
    return { share: own + (children ?? 0), own, children, peakBytes, polls, seconds };
  }

  #advice(cost: Cost): string {
    const { intervalMs, savings } = this.#options;
    const enough = Math.ceil((intervalMs * cost.share) / MOST_SHARE / 1000) * 1000;
    const ways = [`--interval ${formatDuration(enough)}`, ...savings];
    return `recording takes more than it should, ${formatCost(cost)}; what takes less: ${ways.join(', or ')}`;
  }
}

/** `7.2 % of one core (2.1 % itself, 5.1 % the tools that it runs), 158 MB at most`. */
export function formatCost({ share, own, children, peakBytes }: Cost): string {
  const parts =
    children === null
      ? 'what the tools take that it runs is not known'
      : `${percent(own)} itself, ${percent(children)} the tools that it runs`;
  return `${percent(share)} of one core (${parts}), ${formatSize(peakBytes)} of memory at most`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
