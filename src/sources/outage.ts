/**
 * A time in which nothing can be polled: why, and how soon it is tried again.
 * Owns the words of its reason and the back-off; who connects, and when, is polling.ts's.
 */
import { ClosedError, SilenceError } from '../control/connection.ts';
import { ConntapeError, messageOf } from '../error.ts';
import { scrubText } from '../listing/privacy.ts';
import { secondsOf } from './delays.ts';

/** What the connection says of itself where the other side ended it. */
const PLAINLY_CLOSED = 'the connection closed';

/** The first wait before connecting again; doubled from one to the next. */
const FIRST_BACKOFF_MS = 1000;

/** The longest: for somebody else's machine, and where a secret is refused, which Tor may log. */
const LAST_BACKOFF_MS = 60_000;

/**
 * The longest where Tor is on this machine: to find nobody there costs nothing, and a restart of Tor
 * is over within two waits, since the first try may come before the new cookie is written.
 */
const LAST_NEARBY_BACKOFF_MS = 2000;

export class Outage {
  /** The time of the last snapshot, milliseconds since the epoch; of the outage where there is none. */
  readonly from: number;
  readonly #since: number;
  readonly #first: unknown;
  /** What stood in the way after that, other than that nobody was there. */
  #later: string | undefined;

  /** @param since when what failed was begun, milliseconds since the epoch. */
  constructor(from: number, since: number, thrown: unknown) {
    this.from = from;
    this.#since = since;
    this.#first = thrown;
  }

  /** Takes note of why it goes on; gives what the operator does not know yet. */
  goesOn(thrown: unknown): string | undefined {
    if (thrown instanceof SilenceError || thrown instanceof ClosedError) return undefined;
    const reason = scrubText(messageOf(thrown));
    if (reason === this.#later || reason === reasonOf(this.#first)) return undefined;
    this.#later = reason;
    const hint = thrown instanceof ConntapeError ? thrown.hint : undefined;
    return hint === undefined ? reason : `${reason} (${hint})`;
  }

  /** @param now until when it lasted, or lasts, milliseconds since the epoch. */
  reason(now: number): string {
    const first =
      this.#first instanceof SilenceError
        ? `Tor did not answer for ${secondsOf(now - this.#since)} (stopped or busy)`
        : reasonOf(this.#first);
    return this.#later === undefined ? first : `${first}; then ${this.#later}`;
  }
}

function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof ClosedError)) return scrubText(messageOf(thrown));
  const { cause } = thrown.parts;
  return cause === PLAINLY_CLOSED
    ? 'the control port closed'
    : `the control port closed: ${scrubText(cause)}`;
}

export class Backoff {
  readonly #random: () => number;
  readonly #nearby: boolean;
  #ms = FIRST_BACKOFF_MS;

  /** @param random spreads the waits; 0 to below 1. @param nearby whether Tor is on this machine. */
  constructor(random: () => number, nearby: boolean) {
    this.#random = random;
    this.#nearby = nearby;
  }

  /** The next wait, milliseconds. @param failed why the last try failed; undefined before the first. */
  next(failed: unknown): number {
    const isRefused = failed instanceof ConntapeError && failed.kind === 'authenticate';
    const longest = this.#nearby && !isRefused ? LAST_NEARBY_BACKOFF_MS : LAST_BACKOFF_MS;
    const ms = Math.min(this.#ms, longest);
    this.#ms = Math.min(ms * 2, LAST_BACKOFF_MS);
    // Half to all of it, so that many recorders do not come back at one moment.
    return ms * (0.5 + this.#random() / 2);
  }

  reset(): void {
    this.#ms = FIRST_BACKOFF_MS;
  }
}
