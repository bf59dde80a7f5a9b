/**
 * Replies of the control protocol ↔ bytes (control-spec, section 2.3).
 * Owns the format; where a reply ends, and its bounds, are assembly.ts's.
 */
import { ConntapeError, type ErrorKind } from '../error.ts';
import { type Assembled, Assembly, malformed, type ReplyLimits, type Taken } from './assembly.ts';
import { stuffBlock } from './lines.ts';
import { escapeControls, printable } from './printable.ts';

/** One line of a reply: `250-text`, `250 text`, or `250+text` with its data block. */
export interface ReplyLine {
  /** Three digits, the first not 0. */
  readonly status: number;
  readonly text: string;
  /** The data block: un-stuffed, lines joined by LF, none at its end. Empty for an empty block. */
  readonly data?: string;
}

/** A whole reply, or an asynchronous one (an event), whose status is 600 or above. */
export type Reply = Assembled<ReplyLine>;

const LINE = /^([1-9]\d{2})([ +-])/;

/** Bytes in any chunking → replies. Bytes that are not UTF-8 become U+FFFD. */
export class ReplyParser extends Assembly<ReplyLine> {
  constructor(limits: Partial<ReplyLimits> = {}) {
    super(
      {
        takeLine: (bytes, limit) => {
          const text = bytes.takeLine(limit);
          return text === undefined ? undefined : readLine(text);
        },
        takeBlock: (bytes, limit, line) => {
          const data = bytes.takeBlock(limit);
          return data === undefined ? undefined : { ...line, data };
        },
      },
      limits,
    );
  }
}

function readLine(text: string): Taken<ReplyLine> {
  const match = LINE.exec(text);
  if (match === null) {
    // No more than where the status should stand: the text could speak of a user.
    const found = escapeControls(text.slice(0, 4));
    throw malformed(`a line that begins with "${found}" instead of a status`);
  }
  if (text.includes('\r')) throw malformed('a carriage return inside a line');
  return { line: { status: Number(match[1]), text: text.slice(4) }, separator: match[2]! };
}

/**
 * What a line `key=value` says, as GETINFO and GETCONF answer. A value of several lines stands in the
 * data block (control-spec, section 3.9), and what stands on the key's own line before it is its
 * first line. The value is undefined without an equals sign.
 */
export function keyAndValue({ text, data }: ReplyLine): readonly [key: string, value?: string] {
  const equals = text.indexOf('=');
  if (equals < 0) return data === undefined ? [text] : [text, data];
  const inline = text.slice(equals + 1);
  const value = [inline, data].filter((part) => part !== undefined && part !== '').join('\n');
  return [text.slice(0, equals), value];
}

/** A reply of one line. */
export function replyOf(status: number, text: string): Reply {
  return { status, lines: [{ status, text }] };
}

/**
 * The reply as bytes; `ReplyParser` gives the same reply back. Throws `protocol` for what the
 * format cannot carry: no line, a line break in a text, data on the last line, a status that is
 * not three digits.
 */
export function formatReply(reply: Reply): Buffer {
  const last = reply.lines.length - 1;
  if (last < 0) throw unformattable('a reply without a line');
  const parts = reply.lines.map((line, index) => {
    const { status, text, data } = line;
    if (!/^[1-9]\d{2}$/.test(String(status))) throw unformattable(`the status ${status}`);
    if (/[\r\n]/.test(text)) throw unformattable('a line break in a line');
    if (index < last) {
      return data === undefined
        ? `${status}-${text}\r\n`
        : `${status}+${text}\r\n${stuffBlock(data)}`;
    }
    if (data !== undefined) throw unformattable('data on the last line');
    return `${status} ${text}\r\n`;
  });
  return Buffer.from(parts.join(''));
}

function unformattable(cause: string): ConntapeError {
  return new ConntapeError('protocol', { operation: 'writing a reply', cause });
}

/** A command that Tor refused: what it answered. */
export class ReplyError extends ConntapeError {
  readonly reply: Reply;

  /** @param operation the command's name and what it was about, never a secret. */
  constructor(operation: string, reply: Reply) {
    const text = reply.lines.map((line) => line.text).join('; ');
    super(kindOf(reply.status), {
      operation,
      cause: `Tor answered ${reply.status} ${printable(text)}`,
    });
    this.reply = reply;
  }

  get status(): number {
    return this.reply.status;
  }
}

/** 514 and 515 are what Tor answers to a missing or wrong secret (control-spec, section 4). */
function kindOf(status: number): ErrorKind {
  return status === 514 || status === 515 ? 'authenticate' : 'protocol';
}
