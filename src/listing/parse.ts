/**
 * The text of `GETINFO conn/all` → a listing.
 * Owns the line format of the proposal and the quarantine; what may be kept of a line is decided
 * by `Label.of`.
 *
 *     1 0 0 0 0 0 IRt 10 20 5
 *     CONN_ID CIRC_ID OR_ID IP PORT L_PORT TYPE_FLAGS READ WRITE UPTIME [more …]
 */
import { isIP } from 'node:net';
import { Label } from './label.ts';
import type { Listing, Quarantined } from './listing.ts';

/** Far above ten fields and some more; a longer line is no listing but an attack on memory. */
const MAX_LINE_LENGTH = 4096;

/** Far above any relay (file descriptors end at about a million); bounds what a reply can cost. */
const MAX_ENTRIES = 1_000_000;

/** Of the lines put aside in one snapshot, so many are shown; all are counted. */
const MAX_SHOWN = 20;

/**
 * How many lines that closed in a row the fast path skips before it gives up recognising the
 * listing before and reads a line field by field. Only speed depends on it.
 */
const LOOKAHEAD = 24;

const OR_ID = /^(?:0|[0-9A-Fa-f]{40})$/;
const LETTERS = /^[A-Za-z]+$/;
const DIGITS = /^[0-9]+$/;
const SPACE = 32;

/** A line as it was read: its label, and the text before and behind its counters. */
interface ReadLine {
  readonly label: Label;
  /** CONN_ID to TYPE_FLAGS with the space behind, as written. */
  readonly head: string;
  /** What follows UPTIME, as written. */
  readonly tail: string;
}

/**
 * Parses one listing after another. It remembers the labels of the listing before, so that an
 * entry that only counted on costs no more than its three numbers and keeps its label object;
 * what it returns does not depend on that memory.
 */
export class ListingParser {
  #before: readonly ReadLine[] = [];

  /**
   * @param text the body of `conn/all`: lines separated by newlines, in any order; empty lines
   *   mean nothing, and an empty text is an empty listing.
   * @returns the well-formed lines in the order given. A line that is not well formed (contract,
   *   section 5), and a second one of the same pair, is quarantined. Never throws.
   */
  parse(text: string): Listing {
    const rows = new RowBuffer(this.#before.length);
    const aside = new Quarantine();
    const before = this.#before;
    const fresh = new Set<number>();
    let expected = 0;
    let start = 0;
    while (start < text.length) {
      const newline = text.indexOf('\n', start);
      const end = newline < 0 ? text.length : newline;
      const match = recognise(text, start, end, before, expected, rows);
      if (match >= 0) {
        expected = match + 1;
      } else if (end > start) {
        const line = readLine(text.slice(start, end), rows);
        if (line instanceof Malformed) aside.add(line);
        else if (line !== undefined) fresh.add(line.label.connId);
      }
      start = end + 1;
    }
    if (fresh.size > 0 && !rows.ascending) rows.dropRepeats(fresh, aside);
    this.#before = rows.lines;
    return rows.listing(aside);
  }
}

/** Parses a single listing that has none before it. */
export function parseListing(text: string): Listing {
  return new ListingParser().parse(text);
}

class Malformed {
  readonly reason: string;
  readonly shown: string;

  constructor(reason: string, shown: string) {
    this.reason = reason;
    this.shown = shown;
  }
}

class Quarantine {
  readonly shown: Quarantined[] = [];
  count = 0;

  add(line: Malformed): void {
    this.count++;
    if (this.shown.length < MAX_SHOWN) {
      this.shown.push({ reason: line.reason, line: line.shown });
    }
  }
}

/** The columns of the listing that is being read. */
class RowBuffer {
  lines: ReadLine[] = [];
  read: Float64Array;
  written: Float64Array;
  uptime: Float64Array;
  /** Whether each pair so far is above the one before: then none can repeat. */
  ascending = true;

  constructor(expected: number) {
    const capacity = Math.max(64, expected + (expected >> 3));
    this.read = new Float64Array(capacity);
    this.written = new Float64Array(capacity);
    this.uptime = new Float64Array(capacity);
  }

  push(line: ReadLine, read: number, written: number, uptime: number): void {
    const row = this.lines.length;
    if (row === this.read.length) this.#grow();
    if (this.ascending && row > 0) this.ascending = isAbove(line.label, this.lines[row - 1]!.label);
    this.lines.push(line);
    this.read[row] = read;
    this.written[row] = written;
    this.uptime[row] = uptime;
  }

  #grow(): void {
    const capacity = this.read.length * 2;
    const larger = (column: Float64Array) => {
      const copy = new Float64Array(capacity);
      copy.set(column);
      return copy;
    };
    this.read = larger(this.read);
    this.written = larger(this.written);
    this.uptime = larger(this.uptime);
  }

  /**
   * Puts aside all but the first row of each pair. Rows recognised from the listing before are
   * distinct already, so only connections with a line read afresh can repeat.
   */
  dropRepeats(suspects: ReadonlySet<number>, aside: Quarantine): void {
    const seen = new Set<string>();
    let kept = 0;
    for (let row = 0; row < this.lines.length; row++) {
      const line = this.lines[row]!;
      const { connId, circId } = line.label;
      if (suspects.has(connId)) {
        const pair = `${connId} ${circId}`;
        if (seen.has(pair)) {
          aside.add(
            new Malformed('the pair stands on a line before', `${pair} ${line.label.orId}`),
          );
          continue;
        }
        seen.add(pair);
      }
      if (kept !== row) {
        this.lines[kept] = line;
        this.read[kept] = this.read[row]!;
        this.written[kept] = this.written[row]!;
        this.uptime[kept] = this.uptime[row]!;
      }
      kept++;
    }
    this.lines.length = kept;
  }

  listing(aside: Quarantine): Listing {
    const count = this.lines.length;
    return {
      labels: this.lines.map((line) => line.label),
      read: this.read.subarray(0, count),
      written: this.written.subarray(0, count),
      uptime: this.uptime.subarray(0, count),
      quarantined: aside.shown,
      quarantinedCount: aside.count,
    };
  }
}

function isAbove(label: Label, other: Label): boolean {
  return (
    label.connId > other.connId || (label.connId === other.connId && label.circId > other.circId)
  );
}

/**
 * The index in `before` of the line that stands at `start`, if it is one of the next few expected;
 * its numbers are then in `rows`. −1 where it has to be read field by field.
 */
function recognise(
  text: string,
  start: number,
  end: number,
  before: readonly ReadLine[],
  expected: number,
  rows: RowBuffer,
): number {
  const last = Math.min(before.length, expected + LOOKAHEAD);
  for (let index = expected; index < last; index++) {
    const line = before[index]!;
    if (text.slice(start, start + line.head.length) !== line.head) continue;
    let position = start + line.head.length;
    let read = 0;
    let written = 0;
    let uptime = 0;
    for (let field = 0; field < 3; field++) {
      let value = 0;
      const first = position;
      for (; position < end; position++) {
        const digit = text.charCodeAt(position) - 48;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      // 15 digits are always exact; longer numbers are rare enough for the careful way.
      if (position === first || position - first > 15) return -1;
      if (field === 0) read = value;
      else if (field === 1) written = value;
      else uptime = value;
      if (field < 2 && text.charCodeAt(position++) !== SPACE) return -1;
    }
    if (end - position !== line.tail.length) return -1;
    if (position < end && !text.startsWith(line.tail, position)) return -1;
    rows.push(line, read, written, uptime);
    return index;
  }
  return -1;
}

/** Reads one line field by field into `rows`; undefined for a line of white space. */
function readLine(text: string, rows: RowBuffer): ReadLine | Malformed | undefined {
  if (text.length > MAX_LINE_LENGTH) {
    return new Malformed(
      `longer than ${MAX_LINE_LENGTH} characters`,
      `(${text.length} characters)`,
    );
  }
  const fields = text
    .replace(/\r$/, '')
    .split(' ')
    .filter((field) => field !== '');
  if (fields.length === 0) return undefined;
  if (rows.lines.length >= MAX_ENTRIES) {
    return new Malformed(`more than ${MAX_ENTRIES} entries`, masked(fields));
  }
  const fault = faultOf(fields);
  if (fault !== undefined) return new Malformed(fault, masked(fields));
  const [connId, circId, orId, ip, port, lPort, flags, read, written, uptime] = fields as string[];
  const line: ReadLine = {
    label: Label.of({
      connId: Number(connId),
      circId: Number(circId),
      orId: orId!,
      ip: ip!,
      port: Number(port),
      lPort: Number(lPort),
      flags: flags!,
      extra: fields.slice(10).join(' '),
    }),
    ...aroundCounters(text, fields),
  };
  rows.push(line, Number(read), Number(written), Number(uptime));
  return line;
}

/**
 * The text before and behind the counters, for recognising the line the next time. A line that is
 * not written with single spaces is read field by field every time: its head never matches.
 */
function aroundCounters(text: string, fields: readonly string[]): { head: string; tail: string } {
  const head = `${fields.slice(0, 7).join(' ')} `;
  const counters = fields.slice(7, 10).join(' ');
  if (!text.startsWith(head) || !text.startsWith(counters, head.length)) {
    return { head: '\n', tail: '' };
  }
  return { head, tail: text.slice(head.length + counters.length) };
}

/** What is wrong with a line, by the contract's section 5; undefined for a well-formed one. */
function faultOf(fields: readonly string[]): string | undefined {
  if (fields.length < 10) return `${fields.length} fields, not ten`;
  const [connId, circId, orId, ip, port, lPort, flags, read, written, uptime] = fields as string[];
  const counters = { CONN_ID: connId, CIRC_ID: circId, READ: read, WRITE: written, UPTIME: uptime };
  for (const [name, field] of Object.entries(counters)) {
    if (!isInteger(field!, Number.MAX_SAFE_INTEGER)) {
      return `${name} is no unsigned integer below 2^53`;
    }
  }
  if (!OR_ID.test(orId!)) return 'OR_ID is neither 0 nor 40 hex digits';
  if (ip !== '0' && isIP(ip!) === 0) return 'IP is neither 0 nor an address';
  if (!isInteger(port!, 65535)) return 'PORT is no port';
  if (!isInteger(lPort!, 65535)) return 'L_PORT is no port';
  if (!LETTERS.test(flags!)) return 'TYPE_FLAGS is not letters';
  return undefined;
}

function isInteger(field: string, largest: number): boolean {
  return DIGITS.test(field) && Number(field) <= largest;
}

/**
 * What of a malformed line may be shown. Its fields cannot be trusted to stand where they should,
 * so only an identity that is whole (CONN_ID, CIRC_ID, OR_ID) is kept, and of the rest its number.
 */
function masked(fields: readonly string[]): string {
  const [connId = '', circId = '', orId = ''] = fields;
  const identity =
    isInteger(connId, Number.MAX_SAFE_INTEGER) &&
    isInteger(circId, Number.MAX_SAFE_INTEGER) &&
    OR_ID.test(orId);
  return fields
    .slice(0, 20)
    .map((field, index) => (identity && index < 3 ? field : '?'))
    .join(' ');
}
