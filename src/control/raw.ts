/**
 * Replies as the bytes they came in, for one who only passes them on.
 * Owns cutting the stream into replies and lines without reading what they say; where a reply ends
 * is assembly.ts's.
 */
import { type Assembled, Assembly, malformed, type ReplyLimits } from './assembly.ts';
import { rawLineText } from './lines.ts';
import { escapeControls } from './printable.ts';
import { type Reply, ReplyParser } from './reply.ts';

/** A line of a reply, its end and its data block with it, byte by byte as they came. */
export interface RawLine {
  readonly status: number;
  readonly bytes: Buffer;
}

export type RawReply = Assembled<RawLine>;

/** `250-`: what every line begins with. */
const PREFIX_LENGTH = 4;
const PREFIX = /^[1-9]\d{2}[ +-]$/;

/** Bytes in any chunking → raw replies, whose bytes together are those that came in. */
export class RawReplyParser extends Assembly<RawLine> {
  constructor(limits: Partial<ReplyLimits> = {}) {
    super(
      {
        takeLine: (source, limit) => {
          const bytes = source.takeRawLine(limit);
          if (bytes === undefined) return undefined;
          const prefix = bytes.toString('latin1', 0, PREFIX_LENGTH);
          // No more than where the status should stand: the line could speak of a user.
          if (!PREFIX.test(prefix)) {
            const found = escapeControls(rawLineText(bytes).slice(0, PREFIX_LENGTH));
            throw malformed(`a line that begins with "${found}" instead of a status`);
          }
          return {
            line: { status: Number(prefix.slice(0, -1)), bytes },
            separator: prefix.slice(-1),
          };
        },
        takeBlock: (source, limit, line) => {
          const block = source.takeRawBlock(limit);
          if (block === undefined) return undefined;
          return { ...line, bytes: Buffer.concat([line.bytes, block]) };
        },
      },
      limits,
    );
  }
}

/** All its bytes. */
export function bytesOf(reply: RawReply): Buffer {
  return Buffer.concat(reply.lines.map((line) => line.bytes));
}

/** What it says. Throws `protocol` for a carriage return inside a line. */
export function parsed(reply: RawReply): Reply {
  return new ReplyParser().push(bytesOf(reply)).next().value!;
}
