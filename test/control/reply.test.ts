import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReplyLimits } from '../../src/control/assembly.ts';
import {
  formatReply,
  type Reply,
  ReplyError,
  type ReplyLine,
  ReplyParser,
} from '../../src/control/reply.ts';
import { ConntapeError } from '../../src/error.ts';
import { chunked } from './chunks.ts';

function parse(bytes: string | Uint8Array, limits?: Partial<ReplyLimits>): Reply[] {
  return [...new ReplyParser(limits).push(Buffer.from(bytes))];
}

/** What a parser makes of chunks: its replies, then perhaps an error. */
function outcome(chunks: readonly Uint8Array[], limits?: Partial<ReplyLimits>): unknown[] {
  const parser = new ReplyParser(limits);
  const seen: unknown[] = [];
  try {
    for (const chunk of chunks) {
      for (const reply of parser.push(chunk)) seen.push(reply);
    }
  } catch (error) {
    expect(error).toBeInstanceOf(ConntapeError);
    seen.push((error as ConntapeError).message);
  }
  return seen;
}

/** What Tor 0.4.9 sent: PROTOCOLINFO, a stuffed value, an event between, a refusal, an event with data. */
const CONVERSATION = [
  '250-PROTOCOLINFO 1',
  '250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/var/lib/tor/control_auth_cookie"',
  '250-VERSION Tor="0.4.9.11"',
  '250 OK',
  '250+address-mappings/control=',
  '..example.com web.test NEVER',
  'plain.example web3.test NEVER',
  '.',
  '250-stream-status=',
  '250 OK',
  '650 BW 147 153',
  '552-Unrecognized key "bogus1"',
  '552 Unrecognized key "bogus2"',
  '650+NS',
  'r r2 FvGSdW',
  '.',
  '650 OK',
  '',
].join('\r\n');

const REPLIES: Reply[] = [
  {
    status: 250,
    lines: [
      { status: 250, text: 'PROTOCOLINFO 1' },
      {
        status: 250,
        text: 'AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE="/var/lib/tor/control_auth_cookie"',
      },
      { status: 250, text: 'VERSION Tor="0.4.9.11"' },
      { status: 250, text: 'OK' },
    ],
  },
  {
    status: 250,
    lines: [
      {
        status: 250,
        text: 'address-mappings/control=',
        data: '.example.com web.test NEVER\nplain.example web3.test NEVER',
      },
      { status: 250, text: 'stream-status=' },
      { status: 250, text: 'OK' },
    ],
  },
  { status: 650, lines: [{ status: 650, text: 'BW 147 153' }] },
  {
    status: 552,
    lines: [
      { status: 552, text: 'Unrecognized key "bogus1"' },
      { status: 552, text: 'Unrecognized key "bogus2"' },
    ],
  },
  {
    status: 650,
    lines: [
      { status: 650, text: 'NS', data: 'r r2 FvGSdW' },
      { status: 650, text: 'OK' },
    ],
  },
];

describe('ReplyParser', () => {
  it("reads Tor's replies and events", () => {
    expect(parse(CONVERSATION)).toEqual(REPLIES);
  });

  it('reads them at every cut', () => {
    const bytes = Buffer.from(CONVERSATION);
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(outcome([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(REPLIES);
    }
  });

  it('reads them byte by byte', () => {
    expect(outcome([...Buffer.from(CONVERSATION)].map((byte) => Uint8Array.of(byte)))).toEqual(
      REPLIES,
    );
  });

  it('reads them where its buffer has to move and to grow', () => {
    const bytes = Buffer.from(CONVERSATION.repeat(100));
    for (const size of [7, 1000, 4096, 5000]) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect(outcome(chunks)).toEqual(Array(100).fill(REPLIES).flat());
    }
  });

  it('takes LF alone as the end of a line', () => {
    expect(parse(CONVERSATION.replaceAll('\r\n', '\n'))).toEqual(REPLIES);
  });

  it.each([
    ['.\r\n', ''],
    ['\r\n.\r\n', ''],
    ['\r\n\r\n.\r\n', '\n'],
    ['...\r\n.\r\n', '..'],
    ['a\r\n..\r\n.\r\n', 'a\n.'],
    ['.a\r\n.\r\n', 'a'],
    ['.\ra\r\n.\r\n', '\ra'],
    ['a.\r\n.\r\n', 'a.'],
  ])('reads the data block %j as %j', (block, data) => {
    const bytes = Buffer.from(`250+key=\r\n${block}250 OK\r\n`);
    const one = outcome([bytes]);
    expect(one).toMatchObject([{ lines: [{ text: 'key=', data }, { text: 'OK' }] }]);
    expect(outcome([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(one);
  });

  it('makes U+FFFD of bytes that are no UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('250 a'),
      Buffer.of(0xff, 0xc3),
      Buffer.from('b\r\n'),
    ]);
    expect(parse(bytes)[0]!.lines[0]!.text).toBe('a\ufffd\ufffdb');
  });

  it('joins a character that was cut in two', () => {
    const bytes = Buffer.from('250 é€😀\r\n');
    for (let cut = 0; cut <= bytes.length; cut++) {
      const [reply] = outcome([bytes.subarray(0, cut), bytes.subarray(cut)]);
      expect(reply).toEqual({ status: 250, lines: [{ status: 250, text: 'é€😀' }] });
    }
  });

  it('says whether a reply has begun and not ended', () => {
    const parser = new ReplyParser();
    const inside = ['250', '-a\r\n', '250+b=\r\n', 'c\r\n.\r\n', '250 OK\r\n'].map((text) => {
      for (const _ of parser.push(Buffer.from(text)));
      return parser.isInsideReply;
    });
    expect(inside).toEqual([true, true, true, true, false]);
  });

  it.each([
    ['HTTP/1.1 400 Bad Request\r\n', 'begins with "HTTP"'],
    ['\u0016\u0003\u0001\n', 'begins with "\\x16\\x03\\x01"'],
    ['250_OK\r\n', 'begins with "250_"'],
    ['25 OK\r\n', 'begins with "25 O"'],
    ['050 OK\r\n', 'begins with "050 "'],
    ['\r\n', 'begins with ""'],
    ['250-a\r\n650 BW 1 2\r\n', 'status 650 inside a reply with 250'],
    ['650-NS\r\n250 OK\r\n', 'status 250 inside a reply with 650'],
    ['250 a\rb\r\n', 'carriage return'],
  ])('refuses %j', (text, cause) => {
    expect(() => parse(text)).toThrow(
      expect.objectContaining({ kind: 'protocol', message: expect.stringContaining(cause) }),
    );
  });

  it('never quotes what follows the place of the status', () => {
    expect(() => parse('192.0.2.77:443 is not a status\r\n')).toThrow(/begins with "192\."/);
  });

  it('gives the replies before a malformed line', () => {
    expect(outcome([Buffer.from('250 OK\r\nnonsense\r\n')])).toEqual([
      { status: 250, lines: [{ status: 250, text: 'OK' }] },
      expect.stringContaining('"nons"'),
    ]);
  });

  const limits = { maxLineBytes: 10, maxReplyBytes: 40, maxLines: 3 };
  it.each([
    ['a line at its limit', '250 123456\r\n', undefined],
    ['a line past it', '250 1234567\r\n', 'a line of more than 10 bytes'],
    ['a line without end', '250 12345678', 'a line of more than 10 bytes'],
    ['a reply at its limit', `250+a=\r\n${'x'.repeat(19)}\r\n.\r\n250 OK\r\n`, undefined],
    [
      'a reply past it',
      `250+a=\r\n${'x'.repeat(20)}\r\n.\r\n250 OK\r\n`,
      'a reply of more than 40',
    ],
    ['data past it', `250+a=\r\n${'x'.repeat(30)}\r\n.\r\n`, 'a data block of more than 32 bytes'],
    ['data without end', `250+a=\r\n${'x'.repeat(33)}`, 'a data block of more than 32 bytes'],
    ['lines at their limit', '250-a\r\n250-b\r\n250 c\r\n', undefined],
    ['lines past it', '250-a\r\n250-b\r\n250-c\r\n250-d\r\n', 'a reply of more than 3 lines'],
  ])('bounds %s', (_, text, cause) => {
    const bytes = Buffer.from(text);
    const whole = outcome([bytes], limits);
    if (cause === undefined) expect(whole).toMatchObject([{ status: 250 }]);
    else expect(whole).toEqual([expect.stringContaining(cause)]);
    expect(
      outcome(
        [...bytes].map((byte) => Uint8Array.of(byte)),
        limits,
      ),
    ).toEqual(whole);
  });

  it('counts the limit anew for each reply', () => {
    const text = '250-12345\r\n250 OK\r\n';
    expect(outcome([Buffer.from(text.repeat(20))], limits)).toHaveLength(20);
  });

  it('takes 4 MB of data in small chunks, each byte searched once', () => {
    const line = '1 0 0 0 0 0 IRt 10 20 5\n';
    const data = line.repeat(170_000).trimEnd();
    const bytes = formatReply({
      status: 250,
      lines: [
        { status: 250, text: 'conn/all=', data },
        { status: 250, text: 'OK' },
      ],
    });
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 101) chunks.push(bytes.subarray(at, at + 101));
    const [reply] = outcome(chunks) as Reply[];
    expect(reply!.lines[0]!.data === data).toBe(true);
  });

  it('answers arbitrary bytes with replies or a protocol error, the same in any chunking', () => {
    const protocolLike = fc.stringMatching(/^(?:[26]5[0-2][ +-]|\.|\r|\n|\r\n|[a-z]){0,40}$/);
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      protocolLike.map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(
        bytes.chain((all) => fc.tuple(fc.constant(all), chunked(all))),
        ([all, chunks]) => {
          expect(outcome(chunks, limits)).toEqual(outcome([all], limits));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('formatReply', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((value) => !/[\r\n]/.test(value));
  const data = fc
    .array(fc.oneof(fc.constantFrom('.', '..', '.a', '', 'a\r', '\r'), text), { maxLength: 5 })
    .map((lines) => lines.join('\n'));
  const replies = fc
    .tuple(
      fc.constantFrom(250, 251, 512, 552, 650),
      fc.array(fc.record({ text, data: fc.option(data, { nil: undefined }) }), { maxLength: 4 }),
      text,
    )
    .map(([status, lines, last]): Reply => {
      const before = lines.map(
        (line): ReplyLine =>
          line.data === undefined
            ? { status, text: line.text }
            : { status, text: line.text, data: line.data },
      );
      return { status, lines: [...before, { status, text: last }] };
    });

  it('gives back every reply, in any chunking', () => {
    const all = fc.array(replies, { maxLength: 4 });
    const cut = all.chain((list) =>
      fc.tuple(fc.constant(list), chunked(Buffer.concat(list.map(formatReply)))),
    );
    fc.assert(
      fc.property(cut, ([list, chunks]) => {
        expect(outcome(chunks)).toEqual(list);
      }),
      { numRuns: 300 },
    );
  });

  it('gives back the bytes that Tor sent', () => {
    expect(Buffer.concat(parse(CONVERSATION).map(formatReply)).toString()).toBe(CONVERSATION);
  });

  it.each<[string, Reply]>([
    ['no line', { status: 250, lines: [] }],
    ['a line break', { status: 250, lines: [{ status: 250, text: 'a\r\n250 OK' }] }],
    ['data at the end', { status: 250, lines: [{ status: 250, text: 'a=', data: 'b' }] }],
    ['two digits', { status: 25, lines: [{ status: 25, text: 'a' }] }],
  ])('refuses %s', (_, reply) => {
    expect(() => formatReply(reply)).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });
});

describe('ReplyError', () => {
  const errorOf = (status: number, text: string) =>
    new ReplyError('GETINFO a', { status, lines: [{ status, text }] });

  it('says what Tor answered', () => {
    const error = errorOf(552, 'Unrecognized key "a"');
    expect(error.message).toBe('GETINFO a: Tor answered 552 Unrecognized key "a"');
    expect(error).toMatchObject({ kind: 'protocol', status: 552 });
  });

  it('is about authentication for 514 and 515', () => {
    expect([514, 515].map((status) => errorOf(status, 'x').kind)).toEqual([
      'authenticate',
      'authenticate',
    ]);
  });

  it.each(['192.0.2.77', '2001:db8::77', '::ffff:192.0.2.77', '[2001:db8::77]:443'])(
    'masks the address %s',
    (address) => {
      const { message } = errorOf(551, `No connection to ${address}, sorry`);
      expect(message).not.toMatch(/77/);
      expect(message).toContain('[address]');
    },
  );

  it('masks a port with its address, and neither a version nor a time of day', () => {
    const { message } = errorOf(551, 'from 192.0.2.77:51356 by Tor 0.4.9.11 at 03:44:26');
    expect(message).toMatch(/ from \[address\] by Tor 0\.4\.9\.11 at 03:44:26$/);
  });

  it('leaves no half address at the end of a long text', () => {
    for (let length = 200; length < 245; length++) {
      expect(errorOf(551, `${'x'.repeat(length)} 198.51.100.7`).message).not.toMatch(/198|51\.1/);
    }
  });

  it('stays one printable line', () => {
    expect(errorOf(551, 'a\u001b[2Jb\u0007').message).toContain('a\\x1b[2Jb\\x07');
  });
});
