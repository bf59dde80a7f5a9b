/**
 * The product-limit estimate by its definition: every risk set counted anew, in exact fractions.
 * Owns the witness against src/reports/survival.ts; nothing is shared with it.
 */

/** Ages in whole milliseconds. */
export interface Watched {
  /** The age at which it came under watch; 0 is from its birth. */
  readonly from: number;
  readonly until: number;
  readonly died: boolean;
}

/**
 * The least age at which the curve is at or below 1 − tenths / 10; null where it never is.
 * Deaths of everything at risk are left out while something comes under watch no younger.
 */
export function ageAt(tenths: number, lives: readonly Watched[]): number | null {
  const deaths = lives.filter(({ died }) => died).map(({ until }) => until);
  let [above, below] = [1n, 1n];
  for (const age of [...new Set(deaths)].sort((a, b) => a - b)) {
    const atRisk = lives.filter((life) => isAtRisk(life, age));
    const dying = atRisk.filter(({ died, until }) => died && until === age);
    const others = lives.filter((life) => life.from >= age && !atRisk.includes(life));
    const isLeftOut = dying.length === atRisk.length && others.length > 0;
    if (!isLeftOut) {
      above *= BigInt(atRisk.length - dying.length);
      below *= BigInt(atRisk.length);
    }
    if (above * 10n <= below * BigInt(10 - tenths)) return age;
  }
  return null;
}

function isAtRisk({ from, until, died }: Watched, age: number): boolean {
  const isThere = from === 0 || from < age || (died && from === age && until === age);
  return isThere && until >= age;
}
