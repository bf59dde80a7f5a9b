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

/**
 * For each of `labels` the slot among `candidates` with its pair, or −1; `gone` are the candidates
 * that none of them has, in their order.
 */
export function samePairs(
  standing: Standing,
  candidates: Int32Array,
  labels: NewLabels,
): { readonly slots: Int32Array; readonly gone: Int32Array } {
  const { connId, circId } = labels;
  const slots = new Int32Array(connId.length).fill(NONE);
  if (candidates.length === 0 || slots.length === 0) return { slots, gone: candidates };
  const used = new Uint8Array(candidates.length);
  const isPair = (place: number, index: number) => {
    const slot = candidates[place]!;
    return standing.connId[slot] === connId[index] && standing.circId[slot] === circId[index];
  };
  let expected = 0;
  let matched = 0;
  for (let index = 0; index < slots.length; index++) {
    const last = Math.min(candidates.length, expected + LOOKAHEAD);
    let place = expected;
    while (place < last && !isPair(place, index)) place++;
    if (place === last) continue;
    slots[index] = candidates[place]!;
    used[place] = 1;
    matched++;
    expected = place + 1;
  }
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

/** Finds what is left in whatever order, and gives how many that were. */
function matchRest(
  standing: Standing,
  candidates: Int32Array,
  used: Uint8Array,
  { connId, circId }: NewLabels,
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
    let place = lasts.get(connId[index]!) ?? NONE;
    while (place !== NONE) {
      const slot = candidates[place]!;
      if (used[place] === 0 && standing.circId[slot] === circId[index]) {
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
