/**
 * How coarse the bytes of withheld connections are kept: in a listing, and as a header says it.
 * Owns what is rounded and the key that says so; to what is rounded, the operator's option says.
 */
import { roundWithheld } from './listing.ts';
import type { Header, TapeItem } from './snapshot.ts';

/** The key of a header that says what bytes were rounded to; absent where they are exact. */
const ROUND_KEY = 'round_bytes';

/** The item with the bytes of withheld connections rounded, and a session that says so. */
export function roundedItem<Item extends TapeItem>(item: Item, round: number): Item;
export function roundedItem(item: TapeItem, round: number): TapeItem {
  switch (item.kind) {
    case 'session':
      return { ...item, header: roundedHeader(item.header, round) };
    case 'gap':
      return item;
    case 'snapshot':
      return { ...item, listing: roundWithheld(item.listing, round) };
  }
}

/** The header of a recording whose withheld bytes are rounded; 1 leaves it as it is. */
export function roundedHeader(header: Header, round: number): Header {
  if (round <= 1) return header;
  return { ...header, extra: { ...header.extra, [ROUND_KEY]: round } };
}

/** What the withheld bytes of a recording were rounded to; 1 where they are as the source gave them. */
export function roundOf(header: Header): number {
  const round = header.extra[ROUND_KEY];
  return typeof round === 'number' ? round : 1;
}
