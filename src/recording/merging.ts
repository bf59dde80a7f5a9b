/**
 * Several that are sorted, as one that is.
 * Owns the merge; where they come from is for others.
 */

interface Head<Item> {
  readonly rest: Iterator<Item, void>;
  readonly place: number;
  item: Item;
}

/**
 * All of several that are sorted, in their order: of those that are equal the earlier one's first.
 * @param compare below 0 where the first belongs before the second.
 */
export function* mergedBy<Item>(
  sorted: readonly Iterator<Item, void>[],
  compare: (a: Item, b: Item) => number,
): Generator<Item, void> {
  const heap: Head<Item>[] = [];
  const isBefore = (a: Head<Item>, b: Head<Item>) => {
    const order = compare(a.item, b.item);
    return order < 0 || (order === 0 && a.place < b.place);
  };
  /** Puts a head where the one at `place` was, or further down. */
  const sink = (head: Head<Item>, from: number) => {
    let place = from;
    for (;;) {
      let below = 2 * place + 1;
      if (below + 1 < heap.length && isBefore(heap[below + 1]!, heap[below]!)) below++;
      if (below >= heap.length || !isBefore(heap[below]!, head)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = head;
  };
  for (const [place, rest] of sorted.entries()) {
    const first = rest.next();
    if (first.done !== true) heap.push({ rest, place, item: first.value });
  }
  for (let place = (heap.length >> 1) - 1; place >= 0; place--) sink(heap[place]!, place);
  while (heap.length > 0) {
    const head = heap[0]!;
    yield head.item;
    const next = head.rest.next();
    if (next.done !== true) {
      head.item = next.value;
      sink(head, 0);
      continue;
    }
    const last = heap.pop()!;
    if (heap.length > 0) sink(last, 0);
  }
}
