/**
 * Which of the rows that a frame writes anew were there before.
 * Owns finding them by (CONN_ID, CIRC_ID); whether they are the same entry is for others to say.
 */
import { Chains } from './index/chains.ts';
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
  candidates: Int32Array,
  labels: NewLabels,
): SamePairs {
  const slots = new Int32Array(labels.count).fill(NONE);
  const greatest = greatestConnId(standing, candidates);
  const sought = soughtAmong(labels, greatest);
  if (sought.length === 0) return { slots, gone: candidates.slice() };
  const used = new Uint8Array(candidates.length);
  let matched = matchInOrder(standing, candidates, used, labels, sought, slots);
  if (matched < sought.length && matched < candidates.length) {
    matched += matchRest(standing, candidates, used, labels, sought, slots);
  }
  const gone = new Int32Array(candidates.length - matched);
  let count = 0;
  for (let place = 0; place < used.length; place++) {
    if (used[place] === 0) gone[count++] = candidates[place]!;
  }
  return { slots, gone };
}

function greatestConnId({ connId }: Standing, candidates: Int32Array): number {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < candidates.length; place++) {
    greatest = Math.max(greatest, connId[candidates[place]!]!);
  }
  return greatest;
}

/** The labels that may have been there before: what is new mostly has greater CONN_IDs than all. */
function soughtAmong({ connId, count }: NewLabels, greatest: number): number[] {
  const sought: number[] = [];
  for (let index = 0; index < count; index++) {
    if (connId[index]! <= greatest) sought.push(index);
  }
  return sought;
}

function matchInOrder(
  standing: Standing,
  candidates: Int32Array,
  used: Uint8Array,
  labels: NewLabels,
  sought: readonly number[],
  slots: Int32Array,
): number {
  const { connId, circId } = standing;
  let expected = 0;
  let matched = 0;
  for (const index of sought) {
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
  candidates: Int32Array,
  used: Uint8Array,
  labels: NewLabels,
  sought: readonly number[],
  slots: Int32Array,
): number {
  const { connId, circId } = standing;
  const byConnId = new Chains(candidates.length);
  for (let place = 0; place < candidates.length; place++) {
    if (used[place] === 0) byConnId.add(place, connId[candidates[place]!]!);
  }
  let matched = 0;
  for (const index of sought) {
    if (slots[index] !== NONE) continue;
    const circ = labels.circId[index];
    let place = byConnId.last(labels.connId[index]!);
    while (place >= 0 && (used[place] === 1 || circId[candidates[place]!] !== circ)) {
      place = byConnId.before(place);
    }
    if (place < 0) continue;
    slots[index] = candidates[place]!;
    used[place] = 1;
    matched++;
  }
  return matched;
}
