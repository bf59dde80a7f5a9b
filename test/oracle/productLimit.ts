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

/** Of fewer at risk a death says nothing of a percentile. */
const FEWEST_AT_RISK = 10;

/**
 * For each number of tenths the least age at which the curve is at or below 1 − tenths / 10; null
 * where it never is, and from the first on that fewer than ten were at risk at.
 * @param tenths ascending.
 */
export function agesAt(tenths: readonly number[], lives: readonly Watched[]): (number | null)[] {
  const deaths = lives.filter(({ died }) => died).map(({ until }) => until);
  const ages = tenths.map((): number | null => null);
  let [above, below] = [1n, 1n];
  for (const age of [...new Set(deaths)].sort((a, b) => a - b)) {
    const atRisk = lives.filter((life) => isAtRisk(life, age));
    const dying = atRisk.filter(({ died, until }) => died && until === age);
    above *= BigInt(atRisk.length - dying.length);
    below *= BigInt(atRisk.length);
    const reached = tenths.map((each) => above * 10n <= below * BigInt(10 - each));
    const isNew = (place: number) => reached[place] === true && ages[place] === null;
    if (atRisk.length < FEWEST_AT_RISK && tenths.some((_, place) => isNew(place))) return ages;
    for (const place of tenths.keys()) if (isNew(place)) ages[place] = age;
  }
  return ages;
}

function isAtRisk({ from, until, died }: Watched, age: number): boolean {
  const isThere = from === 0 || from < age || (died && from === age && until === age);
  return isThere && until >= age;
}
