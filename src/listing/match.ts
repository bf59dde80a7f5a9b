/**
 * Which row of a listing continues which row of the listing before.
 * Owns the pairing by (CONN_ID, CIRC_ID); whether the pair is still the same entry is for
 * tracking.ts to say.
 */
import type { Label } from './label.ts';
import { PairIndex } from './pairIndex.ts';

const NONE = -1;

/**
 * How many rows that went away in a row are skipped while both listings are walked side by side.
 * Only speed depends on it: what the walk leaves is paired by a map.
 */
const LOOKAHEAD = 24;

/** The key under which a pair is looked up. */
export function pairOf({ connId, circId }: Pick<Label, 'connId' | 'circId'>): string {
  return `${connId} ${circId}`;
}

/**
 * What was matched last with each listing's labels: whoever follows one after another asks it. Each
 * knows the one before it weakly: all that ever were would hold each other else.
 */
const matched = new WeakMap<
  readonly Label[],
  { readonly before: WeakRef<readonly Label[]>; readonly match: Match }
>();

/** How the rows of a listing continue those of the one before; not to be written to. */
export interface Match {
  /** For each row, the row before with the same (CONN_ID, CIRC_ID), or −1. */
  readonly origins: Int32Array;
  /**
   * The rows, ascending, that continue none, or one whose label may say something else. That of any
   * other is the same object: whoever asked each would fetch thousands of labels into the cache.
   */
  readonly others: readonly number[];
}

/**
 * For each row of `after`, the row of `before` with the same (CONN_ID, CIRC_ID), or −1: not to be
 * written to. Both must hold each pair once, and stay as they are. Linear where most rows keep their
 * order and their label objects.
 */
export function matchRows(before: readonly Label[], after: readonly Label[]): Int32Array {
  return matchOf(before, after).origins;
}

/** The same, and of which rows the label may be another. */
export function matchOf(before: readonly Label[], after: readonly Label[]): Match {
  const known = matched.get(after);
  if (known?.before.deref() === before) return known.match;
  const origins = new Int32Array(after.length).fill(NONE);
  matchInOrder(before, after, origins);
  return keepMatch(before, after, origins);
}

/**
 * What `matchRows` then gives of these two.
 * @param origins for each row the one that it is known to continue, with the same label object, or
 *   −1; completed here.
 */
export function keepMatch(
  before: readonly Label[],
  after: readonly Label[],
  origins: Int32Array,
): Match {
  const match = { origins, others: matchRest(before, after, origins) };
  matched.set(after, { before: new WeakRef(before), match });
  return match;
}

function matchInOrder(
  before: readonly Label[],
  after: readonly Label[],
  origins: Int32Array,
): void {
  let expected = 0;
  for (let row = 0; row < after.length; row++) {
    const label = after[row]!;
    const last = Math.min(before.length, expected + LOOKAHEAD);
    let origin = expected;
    while (origin < last && before[origin] !== label) origin++;
    if (origin === last) continue;
    origins[row] = origin;
    expected = origin + 1;
  }
}

/**
 * Finds what is left, in whatever order. What is new mostly has greater CONN_IDs than all.
 * @returns the rows that were left.
 */
function matchRest(
  before: readonly Label[],
  after: readonly Label[],
  origins: Int32Array,
): readonly number[] {
  const rows: number[] = [];
  const used = new Uint8Array(before.length);
  for (let row = 0; row < origins.length; row++) {
    const origin = origins[row]!;
    if (origin < 0) rows.push(row);
    else used[origin] = 1;
  }
  if (rows.length === 0) return rows;
  const index = new PairIndex();
  const left: number[] = [];
  let greatest = NONE;
  // The search is native, and most are used.
  for (let origin = used.indexOf(0); origin >= 0; origin = used.indexOf(0, origin + 1)) {
    const { connId, circId } = before[origin]!;
    index.add(left.length, connId, circId);
    left.push(origin);
    greatest = Math.max(greatest, connId);
  }
  for (const row of rows) {
    const { connId, circId } = after[row]!;
    if (connId <= greatest) origins[row] = left[index.find(connId, circId)] ?? NONE;
  }
  return rows;
}
