/**
 * The text of `GETINFO conn/all` → a listing.
 * Owns the way through the text; one line's format is line.ts's, the columns are rows.ts's.
 */
import { ConntapeError } from '../error.ts';
import type { Label } from './label.ts';
import { MAX_LINE_LENGTH, Malformed, readWithCare } from './line.ts';
import type { Listing } from './listing.ts';
import { NO_TEXT, Places, Quarantine, type ReadText, RowBuffer } from './rows.ts';
import { UsualLines } from './usual.ts';

/**
 * Lines of one listing, empty ones too. A busy relay has 100,000 connections; what sends much more
 * is not a relay, and each line costs some kilobytes on its way into a recording.
 */
export const MAX_LINES = 250_000;

/**
 * How many lines that closed in a row the fast path skips before it gives up recognising the
 * listing before and reads a line field by field. Only speed depends on it.
 */
const LOOKAHEAD = 24;

const ZERO = 48;
const SPACE = 32;

/** What stands between two lines: in a text, and in a JSON string, where it is a backslash and an n. */
const NEWLINE = 10;
const BACKSLASH = 92;
const LETTER_N = 110;

/** A byte that stands in a JSON string for itself: printable ASCII but a quote and a backslash. */
const PLAIN = /^[ !#-[\]-~]*$/;

/**
 * Parses one listing after another. It remembers the labels of the listing before, so that an
 * entry that only counted on costs no more than its three numbers and keeps its label object;
 * what it returns does not depend on that memory.
 */
export class ListingParser {
  #before = NO_TEXT;
  /** The bytes of the listing before, which the caller's may not be any more. */
  #kept = Buffer.alloc(0);
  /** Where the rows of the listing before stand, and room for those of the next. */
  #places = [new Places(), new Places()] as const;
  readonly #usual = new UsualLines();

  /**
   * @param text the body of `conn/all`: lines separated by newlines, in any order; empty lines
   *   mean nothing, and an empty text is an empty listing.
   * @returns the well-formed lines in the order given. A line that is not well formed
   *   (docs/reference.md, Lines), and a second one of the same pair, is quarantined. Throws
   *   `protocol` for a text of more than `MAX_LINES` lines, and then still knows the listing before.
   */
  parse(text: string): Listing {
    // Comparing bytes with those of the text before costs a fraction of comparing strings.
    const bytes = Buffer.from(text);
    const view = viewOf(bytes);
    const end = bytes.length;
    return this.#parse({ bytes, view, end, separator: NEWLINE, separatorLength: 1 }, 0)!;
  }

  /**
   * The same for a text that stands in a JSON string, as it stands there, without unescaping it.
   * @param from @param to where in `bytes` the string begins and ends, its quotes left out.
   * @returns undefined where anything in it is escaped but line ends, or not ASCII: it is then to be
   *   unescaped, and is still the next one to be parsed.
   */
  parseEscaped(bytes: Buffer, from: number, to: number): Listing | undefined {
    const view = viewOf(bytes);
    return this.#parse({ bytes, view, end: to, separator: BACKSLASH, separatorLength: 2 }, from);
  }

  #parse(text: Text, from: number): Listing | undefined {
    const { bytes, end: textEnd, separatorLength } = text;
    const [kept, next] = this.#places;
    const rows = new RowBuffer(this.#before, next);
    const aside = new Quarantine();
    const fresh = new Set<number>();
    let expected = 0;
    let start = from;
    for (let lines = 0; start < textEnd; lines++) {
      if (lines === MAX_LINES) throw tooLong();
      const match = recognise(this.#before, expected, text, start, rows);
      if (match >= 0) {
        expected = match + 1;
        start = rows.lastEnd + separatorLength;
        continue;
      }
      const end = lineEnd(text, start);
      if (end < 0) return undefined;
      const label = readRow(bytes, start, end, this.#usual, rows);
      if (label instanceof Malformed) aside.add(label);
      else if (label !== undefined) fresh.add(label.connId);
      start = end + separatorLength;
    }
    if (fresh.size > 0 && !rows.ascending) rows.dropRepeats(fresh, aside);
    const listing = rows.listing(aside);
    this.#before = rows.text(this.#keep(bytes, from, textEnd), from);
    this.#places = [next, kept];
    return listing;
  }

  #keep(bytes: Buffer, from: number, to: number): DataView {
    const length = to - from;
    if (length > this.#kept.length) this.#kept = Buffer.allocUnsafeSlow(length + (length >> 3));
    bytes.copy(this.#kept, 0, from, to);
    return viewOf(this.#kept);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}

/** A listing's text in its bytes. */
interface Text {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Where it ends: what lies behind is something else's. */
  readonly end: number;
  /** The first byte of what stands between two lines, and how many bytes that is. */
  readonly separator: number;
  readonly separatorLength: 1 | 2;
}

/** Whether a line of the text may end at a place. */
function isLineEnd({ bytes, end, separator, separatorLength }: Text, place: number): boolean {
  if (place >= end) return true;
  if (bytes[place] !== separator) return false;
  return separatorLength === 1 || bytes[place + 1] === LETTER_N;
}

/** Where the line at `start` ends; −1 for one of a JSON string that holds more than it shows. */
function lineEnd(text: Text, start: number): number {
  const { bytes, end, separator, separatorLength } = text;
  const next = bytes.indexOf(separator, start);
  const lineEnd = next < 0 || next > end ? end : next;
  if (separatorLength === 1) return lineEnd;
  const isWhole = lineEnd === end || (lineEnd + 1 < end && bytes[lineEnd + 1] === LETTER_N);
  return isWhole && PLAIN.test(bytes.toString('latin1', start, lineEnd)) ? lineEnd : -1;
}

/** Parses a single listing that has none before it. */
export function parseListing(text: string): Listing {
  return new ListingParser().parse(text);
}

/**
 * Recognises the line at `start` as one of the next few expected, and pushes it into `rows`.
 * @returns its index in `before`; −1 where it has to be read field by field.
 */
function recognise(
  before: ReadText,
  expected: number,
  text: Text,
  start: number,
  rows: RowBuffer,
): number {
  const { bytes, view, end: textEnd } = text;
  const { labels } = before;
  const { starts, heads, tails, ends } = before.places;
  const last = Math.min(labels.length, expected + LOOKAHEAD);
  for (let index = expected; index < last; index++) {
    const headLength = heads[index]! - starts[index]!;
    if (headLength === 0 || !sameBytes(view, start, before.bytes, starts[index]!, headLength)) {
      continue;
    }
    const head = start + headLength;
    let position = head;
    let read = 0;
    let written = 0;
    let uptime = 0;
    for (let field = 0; field < 3; field++) {
      let value = 0;
      const first = position;
      for (; position < textEnd; position++) {
        const digit = bytes[position]! - ZERO;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      // 15 digits are always exact; longer numbers are rare enough for the careful way.
      if (position === first || position - first > 15) return -1;
      if (field === 0) read = value;
      else if (field === 1) written = value;
      else uptime = value;
      if (field < 2 && bytes[position++] !== SPACE) return -1;
    }
    const tailLength = ends[index]! - tails[index]!;
    if (!sameBytes(view, position, before.bytes, tails[index]!, tailLength)) return -1;
    const end = position + tailLength;
    if (end > textEnd || !isLineEnd(text, end)) return -1;
    if (end - start > MAX_LINE_LENGTH) return -1;
    rows.push(index, read, written, uptime, start, head, position, end);
    return index;
  }
  return -1;
}

/** Compared four at a time. */
function sameBytes(
  a: DataView,
  aStart: number,
  b: DataView,
  bStart: number,
  length: number,
): boolean {
  if (aStart + length > a.byteLength) return false;
  let index = 0;
  for (; index + 4 <= length; index += 4) {
    if (a.getInt32(aStart + index) !== b.getInt32(bStart + index)) return false;
  }
  for (; index < length; index++) {
    if (a.getUint8(aStart + index) !== b.getUint8(bStart + index)) return false;
  }
  return true;
}

/** Reads the line from `start` to `end` field by field into `rows`; undefined for white space. */
function readRow(
  bytes: Buffer,
  start: number,
  end: number,
  usual: UsualLines,
  rows: RowBuffer,
): Label | Malformed | undefined {
  const line = usual.read(bytes, start, end) ?? readWithCare(bytes.toString('utf8', start, end));
  if (line === undefined || line instanceof Malformed) return line;
  const { label, read, written, uptime } = line;
  const head = start + line.headLength;
  rows.pushFresh(label, read, written, uptime, start, head, head + line.countersLength, end);
  return label;
}

function tooLong(): ConntapeError {
  return new ConntapeError('protocol', {
    operation: 'reading conn/all',
    cause: `a listing of more than ${MAX_LINES} lines`,
  });
}
