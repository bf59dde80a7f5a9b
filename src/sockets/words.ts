/**
 * The words of a line of a tool's output, as bytes.
 * Owns where they lie, and the numbers and ends in them; what they mean is the tools' files'.
 */
import { isIPv4 } from 'node:net';
import { type Endpoint, MAX_PORT, parseToolEndpoint } from './socket.ts';

const COLON = 58;

/** Digits; NaN where there are none. */
export function numberAt(bytes: Buffer, from: number, end: number): number {
  let value = 0;
  let at = from;
  for (; at < end && isDigit(bytes[at]!); at++) value = value * 10 + bytes[at]! - 48;
  return at === from ? Number.NaN : value;
}

/**
 * Puts the number behind a key at its place, where a word begins with the key and the place holds NaN.
 * A poll has half a million words.
 */
export function takeNumber(
  numbers: Float64Array,
  at: number,
  key: Buffer,
  bytes: Buffer,
  word: number,
  end: number,
): void {
  // The last byte first: most of those that begin alike differ there.
  for (let index = key.length - 1; index >= 0; index--) {
    if (bytes[word + index] !== key[index]) return;
  }
  if (Number.isNaN(numbers[at])) numbers[at] = numberAt(bytes, word + key.length, end);
}

/** Whether all places from the first to the last hold a number: the rest of a line is of no use then. */
export function areRead(numbers: Float64Array, first: number, last: number): boolean {
  for (let at = first; at <= last; at++) if (Number.isNaN(numbers[at])) return false;
  return true;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

/** A space or a tab. */
export function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9;
}

/** Where a word lies. */
export interface WordSpan {
  readonly from: number;
  readonly to: number;
}

/** The words of a line, one after another; empty ones behind the last. */
export class LineWords {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  skip(): WordSpan {
    let from = this.#at;
    while (from < this.#end && isBlank(this.#bytes[from]!)) from++;
    let to = from;
    while (to < this.#end && !isBlank(this.#bytes[to]!)) to++;
    this.#at = to;
    return { from, to };
  }

  next(): string {
    const { from, to } = this.skip();
    return this.#bytes.toString('latin1', from, to);
  }

  nextIsNumber(): boolean {
    const { from, to } = this.skip();
    for (let at = from; at < to; at++) if (!isDigit(this.#bytes[at]!)) return false;
    return from < to;
  }
}

/** As `parseToolEndpoint`; most are IPv4, which needs no more than to be cut at its colon. */
export function endpointIn(bytes: Buffer, { from, to }: WordSpan): Endpoint | undefined {
  let colon = to - 1;
  while (colon > from && isDigit(bytes[colon]!)) colon--;
  const ip = bytes.toString('latin1', from, colon);
  const port = to - colon > 1 && to - colon <= 6 ? numberAt(bytes, colon + 1, to) : Number.NaN;
  if (bytes[colon] === COLON && port <= MAX_PORT && isIPv4(ip)) return { ip, port };
  return parseToolEndpoint(bytes.toString('latin1', from, to));
}
