/** Tor's lines and ours in one reply, as a Tor would give it that knew all the keys. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { infoReply } from '../../../src/control/answers.ts';
import { parsed, type RawReply, RawReplyParser } from '../../../src/control/raw.ts';
import { formatReply } from '../../../src/control/reply.ts';
import { isOurs, NAMES, namesWith } from '../../../src/serving/keys.ts';
import { joinedReply } from '../../../src/serving/live/reply.ts';
import { namesIn } from '../../../src/sources/native.ts';

const MAX = 1 << 20;
const unchanged = (names: string) => names;

function raw(bytes: string | Buffer): RawReply {
  return new RawReplyParser().push(Buffer.from(bytes)).next().value!;
}

describe('joinedReply', () => {
  it('is what one Tor answers that knows all the keys', () => {
    const keys = ['version', 'uptime', 'conn/all', 'conn/0/7', 'ns/authority', 'bogus', 'conn/0/9'];
    const value = fc.constantFrom('', 'x', 'a=b', 'one\ntwo', '.dot\n..dots\n', '\n');
    const world = fc.tuple(
      fc.array(fc.constantFrom(...keys), { minLength: 1, maxLength: 8 }),
      fc.tuple(...keys.map(() => fc.option(value, { nil: undefined, freq: 6 }))),
    );
    fc.assert(
      fc.property(world, ([asked, values]) => {
        const known = new Map(keys.map((key, index) => [key, values[index]]));
        const theirs = asked.filter((key) => !isOurs(key));
        const tor =
          theirs.length === 0 ? undefined : raw(formatReply(infoReply(theirs, known, MAX)));
        const joined = joinedReply(asked, known, unchanged, tor, MAX).toString();
        expect(joined).toBe(formatReply(infoReply(asked, known, MAX)).toString());
      }),
      { numRuns: 500 },
    );
  });

  it("keeps Tor's bytes, whatever they are", () => {
    const tor = raw(Buffer.from('250-config/ContactInfo=caf\xe9\r\n250 OK\r\n', 'latin1'));
    const joined = joinedReply(
      ['conn/all', 'config/ContactInfo'],
      new Map([['conn/all', '']]),
      unchanged,
      tor,
      MAX,
    );
    expect(joined.toString('latin1')).toBe(
      '250-conn/all=\r\n250-config/ContactInfo=caf\xe9\r\n250 OK\r\n',
    );
  });

  it('is what Tor says where Tor fails', () => {
    const tor = raw('551 Internal error\r\n');
    const keys = ['desc/id/x', 'conn/0/9'];
    expect(joinedReply(keys, new Map(), unchanged, tor, MAX).toString()).toBe(
      '551 Internal error\r\n',
    );
  });

  it('keeps what else Tor finds wrong', () => {
    const tor = raw('552-Unrecognized key "bogus"\r\n552 Not today\r\n');
    const keys = ['conn/0/9', 'bogus', 'conn/0/8'];
    expect(joinedReply(keys, new Map(), unchanged, tor, MAX).toString().split('\r\n')).toEqual([
      '552-Unrecognized key "conn/0/9"',
      '552-Unrecognized key "bogus"',
      '552-Unrecognized key "conn/0/8"',
      '552 Not today',
      '',
    ]);
  });

  it('refuses a reply that is none to these keys, and one that is too large', () => {
    const ours = new Map([['conn/all', 'x'.repeat(60)]]);
    const tor = raw('250 OK\r\n');
    expect(() => joinedReply(['conn/all', 'version'], ours, unchanged, tor, MAX)).toThrow(
      'GETINFO: the reply has not one line for each key',
    );
    const twice = ['conn/all', 'conn/all'];
    expect(() => joinedReply(twice, ours, unchanged, undefined, 100)).toThrow(
      'The answer is too large',
    );
  });

  it('has the names of both', () => {
    const tor = raw(
      '250+info/names=\r\nconfig/* -- Values.\r\nversion -- The version.\r\n.\r\n250 OK\r\n',
    );
    const inline = raw(
      '250+info/names=config/* -- Values.\r\nversion -- The version.\r\n.\r\n250 OK\r\n',
    );
    const names = (text: string) => namesWith(text, (key) => key === 'conn/all');
    for (const reply of [tor, inline]) {
      const [line] = parsed(raw(joinedReply([NAMES], new Map(), names, reply, MAX))).lines;
      expect([...namesIn(line!.data!)]).toEqual(['config/*', 'conn/*', 'conn/all', 'version']);
    }
  });
});

describe('namesWith', () => {
  it('describes as the proposal does, and lists nothing twice', () => {
    const names = namesWith(
      'conn/all -- Of a Tor that has it.\nversion -- The version.',
      () => true,
    ).split('\n');
    expect(names).toContain('info/relay/burst-limit -- Effective relayed burst limit.');
    expect(names.filter((line) => line.startsWith('conn/all'))).toHaveLength(1);
    expect(names).toEqual([...names].sort());
    expect(names).toContain('version -- The version.');
  });

  it('leaves out what has no value now', () => {
    const names = namesWith('', (key) => key !== 'info/uptime-reset');
    expect(names).not.toContain('info/uptime-reset');
  });
});

it('the keys of Tor are not ours', () => {
  const theirs = [
    '',
    'conn',
    'Conn/all',
    'ns/all',
    'info/names',
    'info/',
    'conntape/now',
    'uptime',
  ];
  expect(theirs.filter(isOurs)).toEqual([]);
});
