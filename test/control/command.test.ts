import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Command,
  CommandParser,
  formatCommand,
  parseCommand,
  wordsOf,
} from '../../src/control/command.ts';
import { ConntapeError } from '../../src/error.ts';
import { chunked } from './chunks.ts';

function outcome(chunks: readonly Uint8Array[], maxBytes = 1000): unknown[] {
  const parser = new CommandParser(maxBytes);
  const seen: unknown[] = [];
  try {
    for (const chunk of chunks) {
      for (const { bytes, ...command } of parser.push(chunk)) seen.push(command);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(ConntapeError);
    seen.push((error as ConntapeError).message);
  }
  return seen;
}

describe('parseCommand', () => {
  it.each([
    ['GETINFO version', 'GETINFO', 'version'],
    ['getinfo \t a  b ', 'getinfo', 'a  b'],
    ['QUIT', 'QUIT', ''],
    ['  GETINFO version', '', 'GETINFO version'],
    ['', '', ''],
  ])('splits %j as Tor does', (line, keyword, args) => {
    expect(parseCommand(line)).toEqual({ keyword, args });
  });
});

describe('wordsOf', () => {
  it('splits at spaces and tabs', () => {
    expect(wordsOf(' a \t b')).toEqual(['a', 'b']);
    expect(wordsOf('')).toEqual([]);
  });
});

describe('CommandParser', () => {
  it('reads commands of one and of many lines', () => {
    const bytes = Buffer.from('GETINFO a\r\n+LOADCONF\r\n..x\r\ny\r\n.\r\nQUIT\n');
    expect(outcome([bytes])).toEqual([
      { keyword: 'GETINFO', args: 'a' },
      { keyword: 'LOADCONF', args: '', data: '.x\ny' },
      { keyword: 'QUIT', args: '' },
    ]);
  });

  it('bounds lines and data, after the commands before them', () => {
    expect(outcome([Buffer.from('A\r\n12345678901')], 10)).toEqual([
      { keyword: 'A', args: '' },
      // One more byte could still be the CR of the line's end.
    ]);
    expect(outcome([Buffer.from('A\r\n123456789012')], 10)).toEqual([
      { keyword: 'A', args: '' },
      'reading a command: a line of more than 10 bytes',
    ]);
    expect(outcome([Buffer.from('+A\r\n12345678901')], 10)).toEqual([
      'reading a command: a data block of more than 10 bytes',
    ]);
  });

  it('gives back every command, in any chunking', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9/"=]{1,10}$/);
    const commands = fc.record(
      { keyword: word, args: word, data: fc.string({ unit: 'grapheme' }) },
      { requiredKeys: ['keyword', 'args'] },
    ) as fc.Arbitrary<Command>;
    const cut = fc
      .array(commands, { maxLength: 4 })
      .chain((list) =>
        fc.tuple(fc.constant(list), chunked(Buffer.concat(list.map(formatCommand)))),
      );
    fc.assert(
      fc.property(cut, ([list, chunks]) => {
        expect(outcome(chunks)).toEqual(list);
      }),
    );
  });

  it('keeps every byte of them, whatever it is', () => {
    const line = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
    const ends = fc.array(fc.tuple(line, fc.constantFrom('\r\n', '\n', '\r\n.\r\n', '\n.\n')));
    const conversation = ends
      .map((parts) => Buffer.concat(parts.flatMap(([text, end]) => [text, Buffer.from(end)])))
      .chain((all) => fc.tuple(fc.constant(all), chunked(all)));
    fc.assert(
      fc.property(conversation, ([all, chunks]) => {
        const parser = new CommandParser(1000);
        const kept = chunks.flatMap((chunk) => [...parser.push(chunk)].map(({ bytes }) => bytes));
        const whole = Buffer.concat(kept);
        // A command with data may have begun that nothing ends.
        expect(all.subarray(0, whole.length)).toEqual(whole);
        expect(all[whole.length] ?? 0x2b).toBe(0x2b);
      }),
    );
  });

  it('answers arbitrary bytes with commands or a protocol error, the same in any chunking', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.stringMatching(/^(?:\+|\.|\r\n|\n|[A-Z ]){0,40}$/).map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(
        bytes.chain((all) => fc.tuple(fc.constant(all), chunked(all))),
        ([all, chunks]) => {
          expect(outcome(chunks, 12)).toEqual(outcome([all], 12));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('formatCommand', () => {
  it.each(['a\r\nQUIT', 'a\nQUIT', 'a\0b'])('refuses the arguments %j', (args) => {
    expect(() => formatCommand({ keyword: 'AUTHENTICATE', args })).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.not.stringContaining('QUIT') }),
    );
  });
});
