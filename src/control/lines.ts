/**
 * Bytes in any chunking → lines and dot-terminated data blocks.
 * Owns the buffer, its bounds and the dot-stuffing; what a line means is reply.ts's and command.ts's.
 */
import { isAscii } from 'node:buffer';
import { ConntapeError } from '../error.ts';

const LF = 10;
const CR = 13;
const DOT = 46;
const LF_DOT = Buffer.from('\n.');

/** What an empty buffer may keep for the next bytes: more than events ever need at once. */
const KEPT_BYTES = 1 << 20;
const FIRST_BYTES = 4096;

/**
 * Holds what has arrived and was not taken yet. Every byte is copied a bounded number of times and
 * searched once, whatever the chunks are.
 */
export class ByteLines {
  readonly #operation: string;
  #bytes = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** Up to here the line or block that is awaited does not end. */
  #searched = 0;
  #taken = 0;

  /** @param operation what the errors say was being done. */
  constructor(operation: string) {
    this.#operation = operation;
  }

  /** Bytes taken so far, line ends and terminators included. */
  get taken(): number {
    return this.#taken;
  }

  /** Whether bytes wait that are not a whole line or block yet. */
  get holdsPart(): boolean {
    return this.#end > this.#start;
  }

  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * The next line without its end (CR LF, or LF alone), as UTF-8 with U+FFFD for what is not;
   * undefined until it is whole. Throws `protocol` where it is longer than `limit` bytes.
   */
  takeLine(limit: number): string | undefined {
    const newline = this.#findLineEnd(limit);
    if (newline === undefined) return undefined;
    const text = this.#bytes.toString('utf8', this.#start, this.#beforeLineEnd(newline));
    this.#take(newline + 1);
    return text;
  }

  /** The next line as it came, its end too: a copy. Otherwise as `takeLine`, which `rawLineText` is to it. */
  takeRawLine(limit: number): Buffer | undefined {
    const newline = this.#findLineEnd(limit);
    return newline === undefined ? undefined : this.#copy(newline + 1);
  }

  /**
   * The data block that begins here and ends with a line of a single dot: un-stuffed, lines joined
   * by LF, none at its end; undefined until it is whole. Throws `protocol` where it is longer than
   * `limit` bytes, terminator included (control-spec, section 2.1, CmdData).
   */
  takeBlock(limit: number): string | undefined {
    const after = this.#findBlockEnd(limit);
    if (after === undefined) return undefined;
    const text = unstuffed(this.#bytes.subarray(this.#start, after));
    this.#take(after);
    return text;
  }

  /** The block as it came, its terminator too: a copy. Otherwise as `takeBlock`, which `rawBlockText` is to it. */
  takeRawBlock(limit: number): Buffer | undefined {
    const after = this.#findBlockEnd(limit);
    return after === undefined ? undefined : this.#copy(after);
  }

  /** Where the LF of the next line is. */
  #findLineEnd(limit: number): number | undefined {
    const newline = this.#bytes.subarray(0, this.#end).indexOf(LF, this.#searched);
    const end = newline < 0 ? this.#end : this.#beforeLineEnd(newline);
    // An unfinished line may hold the CR of its end already.
    if (end - this.#start > (newline < 0 ? limit + 1 : limit)) throw this.#tooLong('line', limit);
    if (newline >= 0) return newline;
    this.#searched = this.#end;
    return undefined;
  }

  /** What follows the terminator's line. */
  #findBlockEnd(limit: number): number | undefined {
    const dot = this.#findTerminator();
    const after = dot === undefined ? this.#end : this.#bytes.indexOf(LF, dot) + 1;
    if (after - this.#start > limit) throw this.#tooLong('data block', limit);
    return dot === undefined ? undefined : after;
  }

  #copy(end: number): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(this.#start, end));
    this.#take(end);
    return bytes;
  }

  /** Where the terminator's dot is; undefined, with the search advanced, while it is not there. */
  #findTerminator(): number | undefined {
    if (this.#searched === this.#start) {
      const whole = this.#endsBlock(this.#start);
      if (whole !== false) return whole ? this.#start : undefined;
    }
    const held = this.#bytes.subarray(0, this.#end);
    let from = this.#searched;
    for (;;) {
      const newline = held.indexOf(LF_DOT, from);
      if (newline < 0) {
        // The last byte may be the LF of the terminator's line. The first is always behind us.
        this.#searched = Math.max(from, this.#end - 1);
        return undefined;
      }
      const whole = this.#endsBlock(newline + 1);
      if (whole === true) return newline + 1;
      if (whole === undefined) {
        this.#searched = newline;
        return undefined;
      }
      from = newline + 1;
    }
  }

  /** Whether the line at `start` is a single dot; undefined while more bytes have to decide. */
  #endsBlock(start: number): boolean | undefined {
    const end = this.#end;
    if (start >= end) return undefined;
    if (this.#bytes[start] !== DOT) return false;
    if (start + 1 >= end) return undefined;
    if (this.#bytes[start + 1] === LF) return true;
    if (this.#bytes[start + 1] !== CR) return false;
    return start + 2 >= end ? undefined : this.#bytes[start + 2] === LF;
  }

  #beforeLineEnd(newline: number): number {
    return textEnd(this.#bytes, this.#start, newline);
  }

  #take(end: number): void {
    this.#taken += end - this.#start;
    this.#start = end;
    if (end === this.#end) {
      this.#start = 0;
      this.#end = 0;
      if (this.#bytes.length > KEPT_BYTES) this.#bytes = Buffer.alloc(0);
    }
    this.#searched = this.#start;
  }

  #makeRoom(more: number): void {
    const held = this.#bytes.subarray(this.#start, this.#end);
    const needed = held.length + more;
    // Moving within a buffer that is mostly full would copy the same bytes again and again.
    const target =
      needed * 2 <= this.#bytes.length
        ? this.#bytes
        : Buffer.allocUnsafe(Math.max(FIRST_BYTES, needed * 2));
    held.copy(target);
    this.#bytes = target;
    this.#searched -= this.#start;
    this.#end = held.length;
    this.#start = 0;
  }

  #tooLong(what: string, limit: number): ConntapeError {
    return new ConntapeError('protocol', {
      operation: this.#operation,
      cause: `a ${what} of more than ${limit} bytes`,
    });
  }
}

/** Where the text of a line from `start` to the LF at `newline` ends. */
function textEnd(bytes: Buffer, start: number, newline: number): number {
  return newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
}

/** What `takeLine` gives of a line that was taken raw. */
export function rawLineText(line: Buffer): string {
  return line.toString('utf8', 0, textEnd(line, 0, line.length - 1));
}

/** What `takeBlock` gives of a block that was taken raw. */
export function rawBlockText(block: Buffer): string {
  return unstuffed(Buffer.from(block));
}

/** The text of a block with its terminator, which it overwrites. */
function unstuffed(block: Buffer): string {
  // The terminator is its last line, and holds the last dot.
  const dot = block.lastIndexOf(DOT);
  return unstuff(block.subarray(0, dot === 0 ? 0 : textEnd(block, 0, dot - 1)));
}

/**
 * The text of a block, whose last line end is left out already. It works in place, since a reply
 * can have a million lines and their bytes are not needed again.
 */
function unstuff(block: Buffer): string {
  let end = 0;
  let start = 0;
  while (start < block.length) {
    const found = block.indexOf(LF, start);
    const newline = found < 0 ? block.length : found;
    const lineEnd = found > start && block[found - 1] === CR ? found - 1 : newline;
    if (block[start] === DOT) start++;
    block.copyWithin(end, start, lineEnd);
    end += lineEnd - start;
    if (found >= 0) block[end++] = LF;
    start = newline + 1;
  }
  return decode(block.subarray(0, end));
}

/** As UTF-8; for ASCII, which a listing is, by the much faster way. */
function decode(bytes: Buffer): string {
  return isAscii(bytes) ? bytes.toString('latin1') : bytes.toString('utf8');
}

/**
 * A text as a data block, terminator included: CR LF for every LF, a dot before every line that
 * begins with one. The empty text has no line at all.
 */
export function stuffBlock(text: string): string {
  if (text === '') return '.\r\n';
  const dotted = text.startsWith('.') ? `.${text}` : text;
  const inner = dotted.includes('\n.') ? dotted.replaceAll('\n.', '\n..') : dotted;
  return `${inner.replaceAll('\n', '\r\n')}\r\n.\r\n`;
}
