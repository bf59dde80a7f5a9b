/**
 * Which row of a listing continues which row of the listing before.
 * Owns the pairing by (CONN_ID, CIRC_ID); whether the pair is still the same entry is for
 * tracking.ts to say.
 */
import type { Label } from './label.ts';

/**
 * How many rows that went away in a row are skipped while both listings are walked side by side.
 * Only speed depends on it: what the walk leaves is paired by a map.
 */
const LOOKAHEAD = 24;

/** The key under which a pair is looked up. */
export function pairOf({ connId, circId }: Pick<Label, 'connId' | 'circId'>): string {
  return `${connId} ${circId}`;
}

/** What was matched last with each listing's labels: whoever follows one after another asks it. */
const matched = new WeakMap<
  readonly Label[],
  { readonly before: readonly Label[]; readonly origins: Int32Array }
>();

/**
 * For each row of `after`, the row of `before` with the same (CONN_ID, CIRC_ID), or −1: not to be
 * written to. Both must hold each pair once, and stay as they are. Linear where most rows keep their
 * order and their label objects.
 */
export function matchRows(before: readonly Label[], after: readonly Label[]): Int32Array {
  const known = matched.get(after);
  if (known?.before === before) return known.origins;
  const origins = originsOf(before, after);
  matched.set(after, { before, origins });
  return origins;
}

function originsOf(before: readonly Label[], after: readonly Label[]): Int32Array {
  const origins = new Int32Array(after.length).fill(-1);
  const used = new Uint8Array(before.length);
  const unmatched: number[] = [];
  let expected = 0;
  for (let row = 0; row < after.length; row++) {
    const label = after[row]!;
    const last = Math.min(before.length, expected + LOOKAHEAD);
    let origin = expected;
    while (origin < last && before[origin] !== label) origin++;
    if (origin < last) {
      origins[row] = origin;
      used[origin] = 1;
      expected = origin + 1;
    } else {
      unmatched.push(row);
    }
  }
  if (unmatched.length === 0) return origins;
  const left = new Map<string, number>();
  for (let origin = 0; origin < before.length; origin++) {
    if (used[origin] === 0) left.set(pairOf(before[origin]!), origin);
  }
  if (left.size === 0) return origins;
  for (const row of unmatched) origins[row] = left.get(pairOf(after[row]!)) ?? -1;
  return origins;
}
