/**
 * Keys that are asked for together at each poll, without those that Tor refuses.
 * Owns which of them fail and when they are tried again; what they mean is the source's.
 *
 * Tor answers a GETINFO of several keys with nothing but the refusal of one (control-spec, section
 * 3.9), and GETCONF likewise: a key that fails would cost all the others.
 */
import { isRefusal } from '../control/client.ts';
import type { ConntapeError } from '../error.ts';
import { scrubText } from '../listing/privacy.ts';

/** The info value that names the keys that Tor refuses, each with its answer; empty where none is. */
export const FAILED_KEYS = 'conntape/failed-keys';

/** How often a failing key costs a round trip: rarely enough, and soon enough when it is back. */
const RETRY_MS = 60_000;

/** How much of an answer is shown: Tor's own are shorter. */
const SHOWN_CHARACTERS = 200;

/** Asks for the values of keys; rejects with what `isRefusal` knows where one of them is refused. */
export type Ask = (keys: readonly string[], begun?: () => void) => Promise<Map<string, string>>;

export class Asking {
  readonly #ask: Ask;
  readonly #needed: readonly string[];
  readonly #others: readonly string[];
  /** The keys that fail, and how. */
  readonly #failed = new Map<string, string>();
  #retryAt = Number.POSITIVE_INFINITY;

  /** @param needed the keys without which a poll is nothing; `others` may be refused. */
  constructor(ask: Ask, needed: readonly string[], others: readonly string[]) {
    this.#ask = ask;
    this.#needed = needed;
    this.#others = others;
  }

  /** The keys that fail now, each with what Tor answered. */
  get failed(): readonly string[] {
    return [...this.#failed].map(([key, answer]) => `${key} (${answer})`);
  }

  /**
   * The values of all keys that Tor answers. Rejects where it refuses a needed one, naming no other,
   * and as the connection breaks.
   * @param at now, milliseconds since the epoch.
   * @param begun as `ControlClient.getInfo` has it.
   */
  async values(at: number, begun?: () => void): Promise<Map<string, string>> {
    if (at >= this.#retryAt) await this.#tryEach([...this.#failed.keys()], at);
    try {
      return await this.#askTogether(begun);
    } catch (thrown) {
      if (!isRefusal(thrown) || this.#answered.length === 0) throw thrown;
    }
    const needed = await this.#ask(this.#needed, begun);
    const others = await this.#tryEach(this.#answered, at);
    try {
      // Values of one moment, now that it is known whose they can be.
      return await this.#askTogether(begun);
    } catch (thrown) {
      if (!isRefusal(thrown)) throw thrown;
      return new Map([...needed, ...others]);
    }
  }

  get #answered(): readonly string[] {
    return this.#others.filter((key) => !this.#failed.has(key));
  }

  #askTogether(begun: (() => void) | undefined): Promise<Map<string, string>> {
    return this.#ask([...this.#needed, ...this.#answered], begun);
  }

  /** Asks for each key by itself, to learn which of them fail; gives the values of the others. */
  async #tryEach(keys: readonly string[], at: number): Promise<Map<string, string>> {
    this.#retryAt = at + RETRY_MS;
    const values = new Map<string, string>();
    for (const key of keys) {
      try {
        for (const [name, value] of await this.#ask([key])) values.set(name, value);
        this.#failed.delete(key);
      } catch (thrown) {
        if (!isRefusal(thrown)) throw thrown;
        this.#failed.set(key, answerIn(thrown));
      }
    }
    return values;
  }
}

/** Names in the info values what fails of all that was asked. */
export function nameFailed(
  info: Map<string, string>,
  askings: readonly Pick<Asking, 'failed'>[],
): void {
  const failed = askings.flatMap((asking) => asking.failed);
  if (failed.length > 0) info.set(FAILED_KEYS, failed.join('; '));
}

function answerIn({ parts }: ConntapeError): string {
  return scrubText(parts.cause).slice(0, SHOWN_CHARACTERS);
}
