/**
 * How unevenly amounts are spread over places.
 * Owns the four measures; what is measured is the reports'.
 */

/** Of the shares p of n places. */
export interface Inequality {
  /** The greatest share: from 1/n, all alike, to 1, all in one place. */
  readonly topShare: number;
  /** The Herfindahl–Hirschman index, Σp²: from 1/n to 1. */
  readonly herfindahl: number;
  /** Gini's coefficient: from 0, all alike, to 1 − 1/n, all in one place. */
  readonly gini: number;
  /**
   * Shannon's entropy by its greatest value, −Σ p ln p / ln n: from 0, all in one place, to 1, all
   * alike. Null for a single place, of which that is 0/0: it is both.
   */
  readonly entropy: number | null;
}

/**
 * The inequality of amounts, one a place, none negative; 0 is a place too. Null where they come to
 * nothing: there are no shares then.
 */
export function inequalityOf(amounts: readonly number[]): Inequality | null {
  const total = amounts.reduce((sum, amount) => sum + amount, 0);
  if (total === 0) return null;
  const shares = amounts.map((amount) => amount / total).sort((a, b) => a - b);
  const places = shares.length;
  let herfindahl = 0;
  let ranked = 0;
  let entropy = 0;
  for (const [place, share] of shares.entries()) {
    herfindahl += share * share;
    ranked += (2 * (place + 1) - places - 1) * share;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return {
    topShare: shares.at(-1)!,
    herfindahl,
    gini: ranked / places,
    entropy: places === 1 ? null : entropy / Math.log(places),
  };
}
