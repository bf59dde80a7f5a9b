/**
 * Commands of the control protocol ↔ bytes (control-spec, section 2.2).
 * Owns the format and its bounds, not what a command does.
 */
import { ConntapeError } from '../error.ts';
import { ByteLines, rawBlockText, rawLineText, stuffBlock } from './lines.ts';

export interface Command {
  /** As written, without the `+` of a command with data; compare it in upper case. */
  readonly keyword: string;
  /** The rest of the line, without the white space around it. */
  readonly args: string;
  /** The data block of a `+` command. */
  readonly data?: string;
}

/** As Tor looks it up: in upper case, with the `+` of a command with data. */
export function nameOf(command: Command): string {
  return `${command.data === undefined ? '' : '+'}${command.keyword.toUpperCase()}`;
}

/** A command that arrived, and the bytes it arrived in, line ends and terminator included. */
export interface ReceivedCommand extends Command {
  readonly bytes: Buffer;
}

/** Splits a line as Tor does: what stands before the first space or tab, even nothing, is the keyword. */
export function parseCommand(line: string): Command {
  const [, keyword, args] = /^([^ \t]*)(.*)$/s.exec(line)!;
  return { keyword: keyword!, args: args!.trim() };
}

/** The words of a command's arguments; none for an empty text. */
export function wordsOf(args: string): readonly string[] {
  return args.split(/[ \t]+/).filter((word) => word !== '');
}

/** Bytes in any chunking → commands. */
export class CommandParser {
  readonly #bytes = new ByteLines('reading a command');
  readonly #maxBytes: number;
  /** The line of a command whose data is being read. */
  #opened: Buffer | undefined;

  /** @param maxBytes of a line, and of a data block. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * The commands that end in this chunk, each parsed when it is asked for: iterate to the end.
   * Throws `protocol` after them where a line or block is longer than allowed, and is of no use
   * from then on.
   */
  *push(chunk: Uint8Array): Generator<ReceivedCommand, void, undefined> {
    this.#bytes.push(chunk);
    for (let command = this.#next(); command !== undefined; command = this.#next()) yield command;
  }

  #next(): ReceivedCommand | undefined {
    const line = this.#opened ?? this.#bytes.takeRawLine(this.#maxBytes);
    if (line === undefined) return undefined;
    const text = rawLineText(line);
    if (!text.startsWith('+')) return { ...parseCommand(text), bytes: line };
    this.#opened = line;
    const block = this.#bytes.takeRawBlock(this.#maxBytes);
    if (block === undefined) return undefined;
    this.#opened = undefined;
    const bytes = Buffer.concat([line, block]);
    return { ...parseCommand(text.slice(1)), data: rawBlockText(block), bytes };
  }
}

/**
 * The command as bytes. Throws `usage` for a line break or zero byte in keyword or arguments, which
 * would make two commands of one; the error names the keyword's first word at most.
 */
export function formatCommand(command: Command): Buffer {
  const { keyword, args, data } = command;
  const line = args === '' ? keyword : `${keyword} ${args}`;
  if (/[\r\n\0]/.test(line)) {
    throw new ConntapeError('usage', {
      operation: 'writing a command',
      object: /^[A-Za-z_]*/.exec(keyword)![0],
      cause: 'it holds a line break or a zero byte',
    });
  }
  return Buffer.from(data === undefined ? `${line}\r\n` : `+${line}\r\n${stuffBlock(data)}`);
}
