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
