/**
 * The texts of labels, each kept once.
 * Owns that labels which say the same share it; what a label is made of is label.ts's.
 */

/**
 * So many are held, some 150 bytes each. A relay meets fewer OR_IDs and addresses in a day; past it
 * all are forgotten.
 */
const HELD = 50_000;

/** A part of a line keeps all of the line in memory, and its hash is computed again for each. */
export class Words {
  readonly #words = new Map<string, string>();

  /** The text that came first of all that are the same. */
  same(word: string): string {
    const known = this.#words.get(word);
    if (known !== undefined) return known;
    if (this.#words.size >= HELD) this.#words.clear();
    this.#words.set(word, word);
    return word;
  }
}
