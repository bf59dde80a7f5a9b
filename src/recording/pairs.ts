/**
 * Which of the rows that a frame writes anew were there before.
 * Owns finding them by (CONN_ID, CIRC_ID); whether they are the same entry is for others to say.
 */
import type { NewLabels } from './labels.ts';
import type { Standing } from './standing.ts';

/**
 * How many rows that went away in a row are skipped while both are walked side by side. Only speed
 * depends on it: what the walk leaves is found by a map.
 */
const LOOKAHEAD = 24;

const NONE = -1;

/** What became of rows: for each that is written anew its slot or −1, and the slots of the others. */
export interface SamePairs {
  readonly slots: Int32Array;
  readonly gone: Int32Array;
}

/** Which of some candidates, by their slots, have the pair of a label. Each pair is there once. */
export function samePairs(
  standing: Standing,
  candidates: ArrayLike<number>,
  labels: NewLabels,
): SamePairs {
  const slots = new Int32Array(labels.count).fill(NONE);
  if (areApart(standing, candidates, labels)) return { slots, gone: Int32Array.from(candidates) };
  const used = new Uint8Array(candidates.length);
  let matched = matchInOrder(standing, candidates, used, labels, slots);
  if (matched < slots.length && matched < candidates.length) {
    matched += matchRest(standing, candidates, used, labels, slots);
  }
  const gone = new Int32Array(candidates.length - matched);
  let count = 0;
  for (let place = 0; place < used.length; place++) {
    if (used[place] === 0) gone[count++] = candidates[place]!;
  }
  return { slots, gone };
}

/** Whether all of one have greater CONN_IDs than all of the other, as what is new mostly has. */
function areApart(
  { connId }: Standing,
  candidates: ArrayLike<number>,
  { connId: newConnId, count }: NewLabels,
): boolean {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < candidates.length; place++) {
    greatest = Math.max(greatest, connId[candidates[place]!]!);
  }
  for (let index = 0; index < count; index++) if (newConnId[index]! <= greatest) return false;
  return true;
}

function matchInOrder(
  standing: Standing,
  candidates: ArrayLike<number>,
  used: Uint8Array,
  labels: NewLabels,
  slots: Int32Array,
): number {
  const { connId, circId } = standing;
  let expected = 0;
  let matched = 0;
  for (let index = 0; index < slots.length; index++) {
    const conn = labels.connId[index];
    const circ = labels.circId[index];
    const last = Math.min(candidates.length, expected + LOOKAHEAD);
    for (let place = expected; place < last; place++) {
      const slot = candidates[place]!;
      if (connId[slot] !== conn || circId[slot] !== circ) continue;
      slots[index] = slot;
      used[place] = 1;
      matched++;
      expected = place + 1;
      break;
    }
  }
  return matched;
}

/** Finds what is left in whatever order, and gives how many that were. */
function matchRest(
  standing: Standing,
  candidates: ArrayLike<number>,
  used: Uint8Array,
  labels: NewLabels,
  slots: Int32Array,
): number {
  /** By CONN_ID the last of its candidates, and from each the one before. */
  const lasts = new Map<number, number>();
  const befores = new Int32Array(candidates.length).fill(NONE);
  for (let place = 0; place < candidates.length; place++) {
    if (used[place] === 1) continue;
    const conn = standing.connId[candidates[place]!]!;
    befores[place] = lasts.get(conn) ?? NONE;
    lasts.set(conn, place);
  }
  let matched = 0;
  for (let index = 0; index < slots.length; index++) {
    if (slots[index] !== NONE) continue;
    let place = lasts.get(labels.connId[index]!) ?? NONE;
    while (place !== NONE) {
      const slot = candidates[place]!;
      if (used[place] === 0 && standing.circId[slot] === labels.circId[index]) {
        slots[index] = slot;
        used[place] = 1;
        matched++;
        break;
      }
      place = befores[place]!;
    }
  }
  return matched;
}
