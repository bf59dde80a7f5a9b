/**
 * Lines of `conn/all` as Tor writes them, read from bytes.
 * Owns knowing such a line at once: ten fields, one space between, no number written otherwise than
 * a number is. What does not fit may be well formed, too: it is read with care (line.ts).
 */
import { Label } from './label.ts';
import { type Line, MAX_LINE_LENGTH } from './line.ts';
import { LARGEST_PORT } from './port.ts';
import { Words } from './words.ts';

const SPACE = 32;
const DOT = 46;
const ZERO = 48;
const NINE = 57;

/** More may not be exact. */
const EXACT_DIGITS = 15;

const PORT_DIGITS = 5;
const LARGEST_OCTET = 255;
const OR_ID_DIGITS = 40;

/** Of a field that is not what it should be. */
const NONE = -1;

/** Reads one line after another; the same texts are one object in all of their labels. */
export class UsualLines {
  readonly #words = new Words();
  #bytes: Buffer = Buffer.alloc(0);
  /** The next byte to be read, and where the line ends. */
  #place = 0;
  #end = 0;

  /** The line from `start` to before `end`, which has no line end; undefined for any other. */
  read(bytes: Buffer, start: number, end: number): Line | undefined {
    if (end - start > MAX_LINE_LENGTH) return undefined;
    this.#bytes = bytes;
    this.#place = start;
    this.#end = end;
    const connId = this.#number(EXACT_DIGITS);
    const circId = connId === NONE || !this.#space() ? NONE : this.#number(EXACT_DIGITS);
    if (circId === NONE || !this.#space()) return undefined;
    const orId = this.#orId();
    const ip = orId === undefined || !this.#space() ? undefined : this.#ip();
    if (orId === undefined || ip === undefined || !this.#space()) return undefined;
    const port = this.#port();
    const lPort = port === NONE || !this.#space() ? NONE : this.#port();
    if (lPort === NONE || !this.#space()) return undefined;
    const flags = this.#flags();
    if (flags === undefined || !this.#space()) return undefined;
    const head = this.#place;
    const read = this.#number(EXACT_DIGITS);
    const written = read === NONE || !this.#space() ? NONE : this.#number(EXACT_DIGITS);
    const uptime = written === NONE || !this.#space() ? NONE : this.#number(EXACT_DIGITS);
    if (uptime === NONE || this.#place !== end) return undefined;
    return {
      label: Label.of({ connId, circId, orId, ip, port, lPort, flags }),
      read,
      written,
      uptime,
      headLength: head - start,
      countersLength: end - head,
    };
  }

  #space(): boolean {
    return this.#place < this.#end && this.#bytes[this.#place++] === SPACE;
  }

  /** An integer without a zero before it. */
  #number(mostDigits: number): number {
    const bytes = this.#bytes;
    const first = this.#place;
    const last = Math.min(this.#end, first + mostDigits);
    let place = first;
    let value = 0;
    for (; place < last; place++) {
      const byte = bytes[place]!;
      if (byte < ZERO || byte > NINE) break;
      value = value * 10 + byte - ZERO;
    }
    this.#place = place;
    const isNumber = place > first && (place === first + 1 || bytes[first] !== ZERO);
    return isNumber ? value : NONE;
  }

  #port(): number {
    const port = this.#number(PORT_DIGITS);
    return port <= LARGEST_PORT ? port : NONE;
  }

  /** Whether the field that begins here is `0`. */
  #isNothing(): boolean {
    const place = this.#place;
    return place + 1 < this.#end && this.#bytes[place] === ZERO && this.#bytes[place + 1] === SPACE;
  }

  #orId(): string | undefined {
    if (this.#isNothing()) return this.#nothing();
    const bytes = this.#bytes;
    const first = this.#place;
    const last = first + OR_ID_DIGITS;
    if (last > this.#end) return undefined;
    for (let place = first; place < last; place++) if (!isHexDigit(bytes[place]!)) return undefined;
    this.#place = last;
    return this.#word(first);
  }

  /** An IPv4 address: others are rare. */
  #ip(): string | undefined {
    if (this.#isNothing()) return this.#nothing();
    const first = this.#place;
    for (let octet = 0; octet < 4; octet++) {
      if (octet > 0 && (this.#place >= this.#end || this.#bytes[this.#place++] !== DOT)) {
        return undefined;
      }
      const value = this.#number(3);
      if (value === NONE || value > LARGEST_OCTET) return undefined;
    }
    return this.#word(first);
  }

  #nothing(): string {
    this.#place++;
    return '0';
  }

  #flags(): string | undefined {
    const bytes = this.#bytes;
    const first = this.#place;
    while (this.#place < this.#end && isLetter(bytes[this.#place]!)) this.#place++;
    return this.#place === first ? undefined : this.#word(first);
  }

  /** The text from `first` to here. */
  #word(first: number): string {
    return this.#words.same(this.#bytes.toString('latin1', first, this.#place));
  }
}

function isLetter(byte: number): boolean {
  const lower = byte | 32;
  return lower >= 97 && lower <= 122;
}

function isHexDigit(byte: number): boolean {
  const lower = byte | 32;
  return (byte >= ZERO && byte <= NINE) || (lower >= 97 && lower <= 102);
}
