/**
 * Replies of the control protocol ↔ bytes (control-spec, section 2.3).
 * Owns the format and its bounds; it knows no socket and no command.
 */
import { ConntapeError, type ErrorKind } from '../error.ts';
import { ByteLines, stuffBlock } from './lines.ts';
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
export interface Reply {
  /** Its last line's. */
  readonly status: number;
  /** At least one. */
  readonly lines: readonly ReplyLine[];
}

export interface ReplyLimits {
  /** Of one line outside data, its end not counted. */
  readonly maxLineBytes: number;
  /** Of one reply, all its lines and data. */
  readonly maxReplyBytes: number;
  /** Of one reply, lines outside data: each costs an object, however short it is. */
  readonly maxLines: number;
}

const DEFAULT_LIMITS: ReplyLimits = {
  // An exit policy or a family comes as one line of some 100 KB at most.
  maxLineBytes: 1 << 20,
  // `conn/all` of a million connections; a full consensus has 3 MB.
  maxReplyBytes: 64 << 20,
  // Several times all options of Tor.
  maxLines: 65_536,
};

const LINE = /^([1-9]\d{2})([ +-])/;

/** Where the statuses of asynchronous replies begin (control-spec, section 4). */
const ASYNCHRONOUS = 600;

/** Where the statuses begin that say that a command failed (control-spec, section 4). */
const FAILURE = 400;

const READING = "reading the control port's reply";

/** Bytes in any chunking → replies. */
export class ReplyParser {
  readonly #limits: ReplyLimits;
  readonly #bytes = new ByteLines(READING);
  #lines: ReplyLine[] = [];
  /** The line whose data block is being read. */
  #opened: ReplyLine | undefined;
  #startedAt = 0;

  constructor(limits: Partial<ReplyLimits> = {}) {
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whether a reply has begun and not ended. */
  get isInsideReply(): boolean {
    return this.#lines.length > 0 || this.#opened !== undefined || this.#bytes.holdsPart;
  }

  /**
   * The replies that end in this chunk, each parsed when it is asked for: iterate to the end. Bytes
   * that are no UTF-8 become U+FFFD; a line may end with LF alone. Throws `protocol` where a line is
   * malformed or a limit passed, after the replies before it, and is of no use from then on.
   */
  *push(chunk: Uint8Array): Generator<Reply, void, undefined> {
    this.#bytes.push(chunk);
    for (let reply = this.#next(); reply !== undefined; reply = this.#next()) yield reply;
  }

  #next(): Reply | undefined {
    const { maxLineBytes, maxReplyBytes, maxLines } = this.#limits;
    for (;;) {
      if (this.#opened !== undefined) {
        const data = this.#bytes.takeBlock(maxReplyBytes - this.#size());
        if (data === undefined) return undefined;
        this.#lines.push({ ...this.#opened, data });
        this.#opened = undefined;
        continue;
      }
      const text = this.#bytes.takeLine(maxLineBytes);
      if (text === undefined) return undefined;
      if (this.#size() > maxReplyBytes)
        throw malformed(`a reply of more than ${maxReplyBytes} bytes`);
      if (this.#lines.length >= maxLines) throw malformed(`a reply of more than ${maxLines} lines`);
      const { line, separator } = readLine(text);
      const first = this.#lines[0];
      if (first !== undefined && isAsynchronous(first) !== isAsynchronous(line)) {
        throw malformed(`a line with status ${line.status} inside a reply with ${first.status}`);
      }
      if (separator === '+') {
        this.#opened = line;
        continue;
      }
      this.#lines.push(line);
      if (separator === ' ') return this.#finish(line.status);
    }
  }

  #size(): number {
    return this.#bytes.taken - this.#startedAt;
  }

  #finish(status: number): Reply {
    const lines = this.#lines;
    this.#lines = [];
    this.#startedAt = this.#bytes.taken;
    return { status, lines };
  }
}

function readLine(text: string): { line: ReplyLine; separator: string } {
  const match = LINE.exec(text);
  if (match === null) {
    // No more than where the status should stand: the text could speak of a user.
    const found = escapeControls(text.slice(0, 4));
    throw malformed(`a line that begins with "${found}" instead of a status`);
  }
  if (text.includes('\r')) throw malformed('a carriage return inside a line');
  return { line: { status: Number(match[1]), text: text.slice(4) }, separator: match[2]! };
}

function malformed(cause: string): ConntapeError {
  return new ConntapeError('protocol', {
    operation: READING,
    cause,
    hint: 'is this the address of a Tor control port?',
  });
}

/** Whether it is an event rather than the answer to a command. */
export function isAsynchronous(reply: Reply | ReplyLine): boolean {
  return reply.status >= ASYNCHRONOUS;
}

/** Whether it says that the command failed. */
export function isFailure(reply: Reply): boolean {
  return reply.status >= FAILURE && reply.status < ASYNCHRONOUS;
}

/** A reply of one line. */
export function replyOf(status: number, text: string): Reply {
  return { status, lines: [{ status, text }] };
}

/**
 * The reply as bytes; `ReplyParser` gives the same reply back. Throws `protocol` for what the
 * format cannot carry: no line, a line break in a text, data on the last line, a status that is no
 * three digits.
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
