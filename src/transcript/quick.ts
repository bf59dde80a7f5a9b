/**
 * A snapshot's record read without unescaping its listing, which is nearly all of it.
 * Owns which lines of a transcript can be read so; what a record says is record.ts's.
 */
import { ConntapeError } from '../error.ts';
import type { ListingParser } from '../listing/parse.ts';
import type { TapeItem } from '../listing/snapshot.ts';
import { itemOf, parseRecord } from './record.ts';

const QUOTE = 34;

/** What conntape writes before a listing: its time alone. */
const BEGINNING = /^\{"at":"[0-9TZ:.+-]{1,40}",$/;
const CONN = '"conn":"';

/** What may spell a key once more, and then counts instead of the first. */
const MAY_SPELL_CONN = /"conn"|\\u/;

/**
 * The snapshot of a line; undefined where it has to be read with care, be it that something is wrong
 * with it or only that it is written otherwise. The parser then still knows the listing before.
 */
export function quickItemOf(line: Buffer, parser: ListingParser): TapeItem | undefined {
  const start = line.indexOf(CONN);
  if (start < 0 || start > 64 || !BEGINNING.test(line.toString('latin1', 0, start)))
    return undefined;
  const from = start + CONN.length;
  const to = line.indexOf(QUOTE, from);
  if (to < 0) return undefined;
  const rest = line.toString('utf8', to);
  if (MAY_SPELL_CONN.test(rest)) return undefined;
  try {
    const record = parseRecord(line.toString('latin1', 0, from) + rest, careful);
    return itemOf(record, () => parser.parseEscaped(line, from, to) ?? give(), careful);
  } catch (thrown) {
    if (thrown instanceof Careful || thrown instanceof ConntapeError) return undefined;
    throw thrown;
  }
}

class Careful extends Error {}

function give(): never {
  throw new Careful();
}

function careful(cause: string): ConntapeError {
  return new ConntapeError('usage', { operation: 'reading a line quickly', cause });
}
