/**
 * What is kept for a while of lives that ended, in case their lines come back.
 * Owns the bound; the rule for coming back is tracking.ts's.
 */

/**
 * The contract's rule knows no limit, memory does: a line that returns after so many other lives
 * ended counts as a new one.
 */
export const REMEMBERED = 65_536;

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
