/**
 * What was made of the same things before, so that it is not made again when only the moment moved.
 * Owns one such thing; what it is made of says whoever makes it.
 */
export class LastMade<Made> {
  #of: readonly unknown[] | undefined;
  #made: Made | undefined;

  /** @param of what it is made of: the very same values, in the same order, bring the same thing. */
  get(of: readonly unknown[], make: () => Made): Made {
    const isSame = this.#of?.length === of.length && of.every((one, at) => one === this.#of![at]);
    if (!isSame) {
      this.#made = make();
      this.#of = of;
    }
    return this.#made as Made;
  }
}
