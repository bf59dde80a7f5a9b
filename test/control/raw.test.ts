/** Replies as bytes: cut where the parser of their words cuts, and nothing lost or changed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, parsed, type RawReply, RawReplyParser } from '../../src/control/raw.ts';
import { ReplyParser } from '../../src/control/reply.ts';
import { ConntapeError } from '../../src/error.ts';
import { chunked } from './chunks.ts';

const CONVERSATION = Buffer.concat([
  Buffer.from('250-PROTOCOLINFO 1\r\n250 OK\r\n'),
  Buffer.from('250+map=\r\n..example.com a\nplain\r\n.\r\n250-x=\r\n250 OK\n'),
  Buffer.from('650+NS\r\nr a\r\n.\r\n650 OK\r\n552-a\r\n552 b\r\n'),
  // No UTF-8, a zero byte, a carriage return inside a line: they pass all the same.
  Buffer.from('250-ContactInfo=caf\xe9 \0 \r.\r\n250 OK\r\n650 BW 1 2\r\n', 'latin1'),
]);

function rawOf(chunks: readonly Uint8Array[]): RawReply[] {
  const parser = new RawReplyParser();
  return chunks.flatMap((chunk) => [...parser.push(chunk)]);
}

describe('RawReplyParser', () => {
  it('gives every byte back, in any chunking', () => {
    const whole = rawOf([CONVERSATION]);
    expect(whole.map(({ status, lines }) => [status, lines.length])).toEqual([
      ...[
        [250, 2],
        [250, 3],
        [650, 2],
        [552, 2],
        [250, 2],
        [650, 1],
      ],
    ]);
    expect(Buffer.concat(whole.map(bytesOf))).toEqual(CONVERSATION);
    fc.assert(
      fc.property(chunked(CONVERSATION), (chunks) => {
        expect(rawOf(chunks)).toEqual(whole);
      }),
    );
  });

  it('ends replies where the parser of their words does, or fails as it does', () => {
    const outcome = (parser: { push(chunk: Uint8Array): Iterable<unknown> }, bytes: Uint8Array) => {
      const seen: unknown[] = [];
      try {
        for (const reply of parser.push(bytes)) seen.push(reply);
      } catch (error) {
        expect(error).toBeInstanceOf(ConntapeError);
        seen.push((error as ConntapeError).message);
      }
      return seen;
    };
    const hostile = fc
      .array(
        fc.constantFrom('250 ', '250-', '250+', '650 ', '650+', 'a=b', '..', '\r\n', '.\r\n', '25'),
        { maxLength: 20 },
      )
      .map((pieces) => Buffer.from(pieces.join('')));
    fc.assert(
      fc.property(hostile, (bytes) => {
        const words = outcome(new ReplyParser(), bytes);
        const raw = outcome(new RawReplyParser(), bytes).map((seen) =>
          typeof seen === 'string' ? seen : parsed(seen as RawReply),
        );
        expect(raw).toEqual(words);
      }),
      { numRuns: 1000 },
    );
  });

  it('says of a line that is none only how it begins', () => {
    expect(() => rawOf([Buffer.from('HTTP/1.1 of 192.0.2.1\r\n')])).toThrow(
      'a line that begins with "HTTP" instead of a status',
    );
  });
});
