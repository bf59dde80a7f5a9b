/**
 * Finds what belongs together where only circumstances show it, and says nothing where they do not.
 * Owns the rule; what is paired, and by what, is the callers'.
 */

export interface Pairing<Left, Right> {
  /** Each with its only possible partner, whose only possible partner it is. */
  readonly pairs: ReadonlyMap<Left, Right>;
  /** Those that have possible partners, and none that is certain. */
  readonly contested: ReadonlySet<Left>;
}

/**
 * Pairs those that share a key and fit. Two that could both belong to one, and one that could
 * belong to two, stay unpaired: a wrong pair would pass for a fact.
 *
 * Example: left a {k}, b {k, m}; right x {k}, y {m}: nothing, since x could be a's or b's.
 */
export function pairUp<Left, Right>(
  lefts: readonly Left[],
  rights: readonly Right[],
  leftKeys: (left: Left) => readonly string[],
  rightKeys: (right: Right) => readonly string[],
  fits: (left: Left, right: Right) => boolean = () => true,
): Pairing<Left, Right> {
  const pairs = new Map<Left, Right>();
  const contested = new Set<Left>();
  if (lefts.length === 0) return { pairs, contested };
  const byKey = new Map<string, Right[]>();
  for (const right of rights) {
    for (const key of rightKeys(right)) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [right]);
      else known.push(right);
    }
  }
  const suitors = new Map<Right, number>();
  for (const left of lefts) {
    const partners = new Set<Right>();
    for (const key of leftKeys(left)) {
      for (const right of byKey.get(key) ?? []) if (fits(left, right)) partners.add(right);
    }
    for (const right of partners) suitors.set(right, (suitors.get(right) ?? 0) + 1);
    if (partners.size === 1) for (const right of partners) pairs.set(left, right);
    else if (partners.size > 1) contested.add(left);
  }
  for (const [left, right] of [...pairs]) {
    if (suitors.get(right) === 1) continue;
    pairs.delete(left);
    contested.add(left);
  }
  return { pairs, contested };
}

/** A knot of more is not looked into: what is possible grows with the factorial. */
const MOST_IN_A_KNOT = 6;

/**
 * Pairs those that belong together because there is only one way in which all find a partner: where
 * as many are left as right, and each is known to have one.
 *
 * Example: left a may be x's or y's, left b only x's; right x, y: b is x's, so a is y's.
 */
export function matchUp<Left, Right>(
  lefts: readonly Left[],
  rights: readonly Right[],
  fits: (left: Left, right: Right) => boolean,
): Map<Left, Right> {
  const partners = new Map(lefts.map((left) => [left, rights.filter((one) => fits(left, one))]));
  const pairs = new Map<Left, Right>();
  const seen = new Set<Left>();
  for (const left of lefts) {
    if (seen.has(left)) continue;
    const knot = knotOf(left, lefts, partners);
    for (const one of knot.lefts) seen.add(one);
    const size = knot.lefts.length;
    if (size !== knot.rights.size || size > MOST_IN_A_KNOT) continue;
    const [only, ...others] = waysToPair(knot.lefts, partners, []);
    if (only === undefined || others.length > 0) continue;
    for (const [index, right] of only.entries()) pairs.set(knot.lefts[index]!, right);
  }
  return pairs;
}

/** All that hang together with one: those that share a possible partner. */
function knotOf<Left, Right>(
  first: Left,
  lefts: readonly Left[],
  partners: ReadonlyMap<Left, readonly Right[]>,
) {
  const inKnot = new Set([first]);
  const rights = new Set(partners.get(first));
  for (let before = -1; before !== inKnot.size; ) {
    before = inKnot.size;
    for (const left of lefts) {
      const theirs = partners.get(left)!;
      if (!theirs.some((right) => rights.has(right))) continue;
      inKnot.add(left);
      for (const right of theirs) rights.add(right);
    }
  }
  return { lefts: [...inKnot], rights };
}

/** At most two ways in which each has a partner of its own, those in the order of the lefts. */
function waysToPair<Left, Right>(
  lefts: readonly Left[],
  partners: ReadonlyMap<Left, readonly Right[]>,
  taken: readonly Right[],
): Right[][] {
  const [left, ...rest] = lefts;
  if (left === undefined) return [[...taken]];
  const ways: Right[][] = [];
  for (const right of partners.get(left)!) {
    if (taken.includes(right)) continue;
    ways.push(...waysToPair(rest, partners, [...taken, right]));
    if (ways.length > 1) break;
  }
  return ways;
}
