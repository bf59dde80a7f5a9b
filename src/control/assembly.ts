/**
 * Lines and data blocks → replies: where one ends, how large it may be, what may not stand inside.
 * Owns control-spec's section 2.3 as far as a line's first four characters go; what else a line
 * says is reply.ts's, or nobody's (raw.ts).
 */
import { ConntapeError } from '../error.ts';
import { ByteLines } from './lines.ts';

/** A reply, or an asynchronous one (an event), in any form. */
export interface Assembled<Line> {
  /** Its last line's. */
  readonly status: number;
  /** At least one. */
  readonly lines: readonly Line[];
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
  // `conn/all` of a busy relay, 100,000 connections, has 8 MB; a full consensus has 3.
  maxReplyBytes: 24 << 20,
  // Several times all options of Tor.
  maxLines: 65_536,
};

/** Where the statuses of asynchronous replies begin (control-spec, section 4). */
const ASYNCHRONOUS = 600;

/** Where the statuses begin that say that a command failed (control-spec, section 4). */
const FAILURE = 400;

const READING = "reading the control port's reply";

/** A line, and what follows it: `-` another one, `+` its data block, a space nothing. */
export interface Taken<Line> {
  readonly line: Line;
  readonly separator: string;
}

/** How lines and blocks are taken; undefined until they are whole, `protocol` past the limit. */
export interface Form<Line> {
  takeLine(bytes: ByteLines, limit: number): Taken<Line> | undefined;
  /** The line with the data block that follows it. */
  takeBlock(bytes: ByteLines, limit: number, line: Line): Line | undefined;
}

/** Bytes in any chunking → replies. */
export class Assembly<Line extends { readonly status: number }> {
  readonly #form: Form<Line>;
  readonly #limits: ReplyLimits;
  readonly #bytes = new ByteLines(READING);
  #lines: Line[] = [];
  /** The line whose data block is being read. */
  #opened: Line | undefined;
  #startedAt = 0;

  constructor(form: Form<Line>, limits: Partial<ReplyLimits>) {
    this.#form = form;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** Whether a reply has begun and not ended. */
  get isInsideReply(): boolean {
    return this.#lines.length > 0 || this.#opened !== undefined || this.#bytes.holdsPart;
  }

  /**
   * The replies that end in this chunk, each parsed when it is asked for: iterate to the end. A line
   * may end with LF alone. Throws `protocol` where a line is malformed or a limit passed, after the
   * replies before it, and is of no use from then on.
   */
  *push(chunk: Uint8Array): Generator<Assembled<Line>, void, undefined> {
    this.#bytes.push(chunk);
    for (let reply = this.#next(); reply !== undefined; reply = this.#next()) yield reply;
  }

  #next(): Assembled<Line> | undefined {
    const { maxLineBytes, maxReplyBytes, maxLines } = this.#limits;
    for (;;) {
      if (this.#opened !== undefined) {
        const left = maxReplyBytes - this.#size();
        const whole = this.#form.takeBlock(this.#bytes, left, this.#opened);
        if (whole === undefined) return undefined;
        this.#lines.push(whole);
        this.#opened = undefined;
        continue;
      }
      const taken = this.#form.takeLine(this.#bytes, maxLineBytes);
      if (taken === undefined) return undefined;
      if (this.#size() > maxReplyBytes)
        throw malformed(`a reply of more than ${maxReplyBytes} bytes`);
      if (this.#lines.length >= maxLines) throw malformed(`a reply of more than ${maxLines} lines`);
      const { line, separator } = taken;
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

  #finish(status: number): Assembled<Line> {
    const lines = this.#lines;
    this.#lines = [];
    this.#startedAt = this.#bytes.taken;
    return { status, lines };
  }
}

/** The error for what is not a reply. */
export function malformed(cause: string): ConntapeError {
  return new ConntapeError('protocol', {
    operation: READING,
    cause,
    hint: 'is this the address of a Tor control port?',
  });
}

/** Whether it is an event rather than the answer to a command. */
export function isAsynchronous({ status }: { readonly status: number }): boolean {
  return status >= ASYNCHRONOUS;
}

/** Whether it says that the command failed. */
export function isFailure({ status }: { readonly status: number }): boolean {
  return status >= FAILURE && status < ASYNCHRONOUS;
}
