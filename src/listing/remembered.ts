/**
 * What is kept for a while of lives that ended, in case their lines come back.
 * Owns the bound; the rule for coming back is tracking.ts's.
 */

/**
 * The rule knows no limit, memory does, and each is about a kilobyte: a line that returns after so
 * many other lives ended counts as a new one. Of a relay with 10,000 connections and heavy churn
 * that is ten minutes.
 */
export const REMEMBERED = 16_384;

/** A map that forgets what was added longest ago. */
export class Remembered<Key, Value> {
  readonly #values = new Map<Key, Value>();

  add(key: Key, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > REMEMBERED) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
  }

  get(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  /** The value, which is forgotten by it; undefined where there is none. */
  take(key: Key): Value | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) this.#values.delete(key);
    return value;
  }

  clear(): void {
    this.#values.clear();
  }
}
