/**
 * Quoted strings and `KEY=value` arguments of the control protocol.
 * Owns control-spec's section 2.1.1 in both directions; not which command has which arguments.
 */
import { isUtf8 } from 'node:buffer';
import { ConntapeError } from '../error.ts';

const OPERATION = 'reading a quoted string';

/**
 * A text as a quoted string. Only `\` and `"` are escaped: Tor reads `\n` in a command as the letter
 * n (section 2.1.1, notes), so this is the one form that every reader takes alike. Throws `usage`
 * for a text with CR, LF or NUL, which no line can carry.
 */
export function quote(text: string): string {
  if (/[\r\n\0]/.test(text)) {
    throw new ConntapeError('usage', {
      operation: 'quoting a string',
      cause: 'it holds a line break or a zero byte, which the control protocol cannot carry',
    });
  }
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A quoted string that stands at a place of a text, and where the text goes on after it. */
export interface Unquoted {
  readonly value: string;
  /** The value as it was, where it is not UTF-8. */
  readonly bytes?: Buffer;
  readonly end: number;
}

/** Plain characters, or one escape; sticky, so that it says where the string stops being well formed. */
const PIECE = /[^"\\]+|\\(?:[0-3]?[0-7]{1,2}|[\s\S])/y;

const CONTROL_ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/**
 * Reads the quoted string whose opening quote stands at `start`: `\n`, `\t`, `\r`, octal bytes,
 * and any other escaped character for itself (section 2.1.1). Bytes that are not UTF-8 become
 * U+FFFD in `value`. Throws `protocol` where a quote is missing; the error never holds the text.
 */
export function unquoteAt(text: string, start: number): Unquoted {
  if (text[start] !== '"') throw unclosed('the opening quote is missing');
  const pieces: Buffer[] = [];
  PIECE.lastIndex = start + 1;
  let end = start + 1;
  for (let match = PIECE.exec(text); match !== null; match = PIECE.exec(text)) {
    pieces.push(bytesOf(match[0]));
    end = PIECE.lastIndex;
  }
  if (text[end] !== '"') throw unclosed('the closing quote is missing');
  const bytes = Buffer.concat(pieces);
  const value = bytes.toString();
  return { value, end: end + 1, ...(isUtf8(bytes) ? {} : { bytes }) };
}

/** Octal escapes are bytes of UTF-8, so all pieces are joined as bytes. */
function bytesOf(piece: string): Buffer {
  if (!piece.startsWith('\\')) return Buffer.from(piece);
  const escaped = piece.slice(1);
  if (/^[0-7]/.test(escaped)) return Buffer.of(Number.parseInt(escaped, 8));
  return Buffer.from(CONTROL_ESCAPES[escaped] ?? escaped);
}

function unclosed(cause: string): ConntapeError {
  return new ConntapeError('protocol', { operation: OPERATION, cause });
}

/** The arguments of a line: those without a key, and those with one (the last of equal keys). */
export interface Arguments {
  readonly plain: readonly string[];
  readonly keyed: ReadonlyMap<string, string>;
  /** Those values of `keyed` that are not UTF-8, as they were. */
  readonly raw: ReadonlyMap<string, Buffer>;
}

/** `$FINGERPRINT=nickname` has an equals sign too, and is not a key with a value. */
const KEY = /([A-Za-z][A-Za-z0-9_-]*)=/y;
const WORD = /[^ ]*/y;

/**
 * Splits `ORCONN $FP~nick CONNECTED ID=297` or `METHODS=COOKIE COOKIEFILE="/a b"` at its spaces; a
 * value that begins with a quote is a quoted string. An empty text has no arguments. Throws
 * `protocol` where a quote is not closed or something follows it.
 */
export function parseArguments(text: string): Arguments {
  const plain: string[] = [];
  const keyed = new Map<string, string>();
  const raw = new Map<string, Buffer>();
  let position = 0;
  for (;;) {
    while (text[position] === ' ') position++;
    if (position >= text.length) return { plain, keyed, raw };
    KEY.lastIndex = position;
    const key = KEY.exec(text);
    if (key !== null) position = KEY.lastIndex;
    const { value, bytes, end } = valueAt(text, position);
    position = end;
    if (key === null) {
      plain.push(value);
      continue;
    }
    keyed.set(key[1]!, value);
    raw.delete(key[1]!);
    if (bytes !== undefined) raw.set(key[1]!, bytes);
  }
}

function valueAt(text: string, start: number): Unquoted {
  if (text[start] === '"') {
    const unquoted = unquoteAt(text, start);
    if (unquoted.end < text.length && text[unquoted.end] !== ' ') {
      throw unclosed('something follows the closing quote');
    }
    return unquoted;
  }
  WORD.lastIndex = start;
  const word = WORD.exec(text)![0];
  return { value: word, end: start + word.length };
}
