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

/** A value in the chain from the one added longest ago to the latest. */
interface Link<Key, Value> {
  readonly key: Key;
  readonly value: Value;
  older: Link<Key, Value> | undefined;
  newer: Link<Key, Value> | undefined;
}

/**
 * A map that forgets what was added longest ago. Which that is, is in a chain: a map's own order is
 * found by walking over the places of all that was removed from it.
 */
export class Remembered<Key, Value> {
  readonly #links = new Map<Key, Link<Key, Value>>();
  #oldest: Link<Key, Value> | undefined;
  #latest: Link<Key, Value> | undefined;

  add(key: Key, value: Value): void {
    const known = this.#links.get(key);
    if (known !== undefined) this.#unlink(known);
    const link: Link<Key, Value> = { key, value, older: this.#latest, newer: undefined };
    if (this.#latest === undefined) this.#oldest = link;
    else this.#latest.newer = link;
    this.#latest = link;
    this.#links.set(key, link);
    if (this.#links.size > REMEMBERED) this.take(this.#oldest!.key);
  }

  get(key: Key): Value | undefined {
    return this.#links.get(key)?.value;
  }

  /** The value, which is forgotten by it; undefined where there is none. */
  take(key: Key): Value | undefined {
    const link = this.#links.get(key);
    if (link === undefined) return undefined;
    this.#links.delete(key);
    this.#unlink(link);
    return link.value;
  }

  clear(): void {
    this.#links.clear();
    this.#oldest = undefined;
    this.#latest = undefined;
  }

  #unlink(link: Link<Key, Value>): void {
    if (link.older === undefined) this.#oldest = link.newer;
    else link.older.newer = link.newer;
    if (link.newer === undefined) this.#latest = link.older;
    else link.newer.older = link.older;
    // One that is old and lives on until it is collected would keep all that came after it.
    link.older = undefined;
    link.newer = undefined;
  }
}
