/** What of a line, and of free text, may be kept (docs/reference.md, What is never stored). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Label } from '../../src/listing/label.ts';
import { listingOf, roundWithheld, textOf } from '../../src/listing/listing.ts';
import { parseListing } from '../../src/listing/parse.ts';
import { isLocalAddress, keepsAddress, roundBytes, scrubText } from '../../src/listing/privacy.ts';
import { scrubGap, scrubHeader } from '../../src/listing/scrub.ts';
import { Scrubbing } from '../../src/listing/scrubbing.ts';
import type { Snapshot } from '../../src/listing/snapshot.ts';
import { HEADER } from '../recording/tapes.ts';
import { address, anyPort, malformedLine, RELAY } from './lines.ts';

describe("the operator's own network", () => {
  it.each([
    ['10.0.0.0', '10.255.255.255', '9.255.255.255', '11.0.0.0'],
    ['172.16.0.0', '172.31.255.255', '172.15.255.255', '172.32.0.0'],
    ['192.168.0.0', '192.168.255.255', '192.167.255.255', '192.169.0.0'],
    ['127.0.0.0', '127.255.255.255', '126.255.255.255', '128.0.0.0'],
    ['169.254.0.0', '169.254.255.255', '169.253.255.255', '169.255.0.0'],
    ['100.64.0.0', '100.127.255.255', '100.63.255.255', '100.128.0.0'],
    ['fe80::', 'febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fe7f::1', 'fec0::'],
    ['fc00::', 'fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'fbff::1', 'fe00::'],
    ['::1', '0:0:0:0:0:0:0:1', '::', '::2'],
    ['::ffff:10.0.0.1', '::FFFF:c0a8:0001', '::ffff:8.8.8.8', '::ffff:ac20:1'],
  ])('goes from %s to %s', (first, last, below, above) => {
    expect([first, last, below, above].map(isLocalAddress)).toEqual([true, true, false, false]);
  });

  it('holds addresses in capitals and with a zone', () => {
    expect(['FE80::1', 'fe80::1%eth0', 'FD00::5'].map(isLocalAddress)).toEqual([true, true, true]);
  });

  it.each(['0', '', '0.0.0.0', '10.0.0', '10.0.0.1:80', 'localhost', '10.0.0.256'])(
    'does not hold %j',
    (text) => expect(isLocalAddress(text)).toBe(false),
  );
});

describe('an address', () => {
  const inside = '192.168.1.7';
  const outside = '203.0.113.7';

  it.each([
    ["a relay's, inbound", RELAY, 'IRT', outside, true],
    ["a relay's, whatever the flags", RELAY, 'zzz', outside, true],
    ['control, inbound', '0', 'IXt', outside, true],
    ['control, outbound', '0', 'oXt', outside, true],
    ['outbound, inside', '0', 'ORt', inside, true],
    ['outbound and not established, inside', '0', 'oRt', inside, true],
    ['outbound with flags not known, inside', '0', 'O', inside, true],
    ['inbound, inside', '0', 'IRt', inside, false],
    ['inbound and not established, inside', '0', 'iRt', inside, false],
    ['of a direction not known, inside', '0', 'zRt', inside, false],
    ["a user's", '0', 'IRt', outside, false],
    ['where a user goes', '0', 'ORt', outside, false],
    ["a client's own", '0', 'OCt', outside, false],
    ['X in another place', '0', 'IRX', outside, false],
    ['a small x', '0', 'Ixt', outside, false],
    ['no flags', '0', '', inside, false],
  ])('is kept or not: %s', (_, orId, flags, ip, kept) => {
    expect(keepsAddress(orId, flags, ip)).toBe(kept);
    const label = Label.of({ connId: 1, circId: 0, orId, ip, port: 443, lPort: 9001, flags });
    expect([label.ip, label.port, label.lPort, label.withheld]).toEqual(
      kept ? [ip, 443, 9001, false] : ['0', 0, 0, true],
    );
  });

  it('cannot come in by the fields past the tenth of a line without one', () => {
    const text = `1 0 0 ${outside} 443 9001 IRt 1 2 3 SENT=${outside}:443 V6=[2001:db8::5]:9001 X=1`;
    expect(textOf(parseListing(text))).toBe('1 0 0 0 0 0 IRt 1 2 3 SENT=0 V6=0 X=1');
  });

  it('and what tells when and how it was used is not kept, cells as even numbers only', () => {
    const fields =
      'CIRCS=3 CELLS_READ=195 CELLS_WRITTEN=48 CLIENT_USED=7 RTT_MS=9 RETRANS=1 LOST=2';
    const extra = `AGE=unknown ${fields} X=1`;
    expect(textOf(parseListing(`1 0 0 0 0 0 IRt 1 2 3 ${extra}`))).toBe(
      '1 0 0 0 0 0 IRt 1 2 3 AGE=unknown CIRCS=3 CELLS_READ=196 CELLS_WRITTEN=48 X=1',
    );
    const relay = `1 0 ${RELAY} ${outside} 443 9001 IRT 1 2 3 ${extra}`;
    expect(textOf(parseListing(relay))).toBe(relay);
  });

  it('may stand in the fields past the tenth of a line that keeps its own', () => {
    const text = `1 0 ${RELAY} ${outside} 443 9001 IRT 1 2 3 SEEN=198.51.100.1:9001`;
    expect(textOf(parseListing(text))).toBe(text);
  });
});

/** Nobody is in 0.0.0.0/8, and Tor's versions are. */
const usersIpv4 = fc.ipV4().filter((ip) => !ip.startsWith('0.'));
const usersAddress = fc.oneof(usersIpv4, fc.ipV6());

/** What may stand beside an address in a text without being a part of it. */
const beside = fc.constantFrom(
  ...[
    '',
    ' ',
    '=',
    '"',
    "'",
    '(',
    ')',
    '<',
    '>',
    ',',
    ';',
    '/',
    '@',
    '-',
    '_',
    '|',
    '\t',
    'x',
    'ü',
  ],
  ...[': ', '. ', ':', '.', '] '],
);

describe('scrubbed text', () => {
  it.each([
    ['from 203.0.113.7', 'from 0'],
    ['from 203.0.113.7:443 to 198.51.100.9:9001', 'from 0 to 0'],
    ['203.0.113.7: connection refused', '0: connection refused'],
    ['peer:203.0.113.7', 'peer:0'],
    ['peer=203.0.113.7, port', 'peer=0, port'],
    ['203.0.113.7:443:198.51.100.9:80', '0'],
    ['netstat 203.0.113.7.443', 'netstat 0'],
    ['dead203.0.113.7', 'dead0'],
    ['203.0.113.7.', '0.'],
    ['from 2001:db8::5', 'from 0'],
    ['2001:DB8:0:0:0:0:0:5, gone', '0, gone'],
    ['[2001:db8::5]:443 closed', '0 closed'],
    ['[fe80::1%eth0]:443', '0'],
    ['fe80::1%eth0 gone', '0 gone'],
    ['[2001:db8::5]:443::1%lo0x', '0'],
    ['[2001:db8::5]:4432001:db8::6', '0'],
    ['fe80::1%lo0:443::7, gone', '0, gone'],
    ['::ffff:203.0.113.7', '0'],
    ['[::ffff:203.0.113.7]:443', '0'],
    ['2001:db8::5: refused', '0 refused'],
    ['peer:2001:db8::5', 'peer0'],
    ['a b :: c', 'a b 0 c'],
    ['ff:ff:ff:ff:ff:ff', '0'],
  ])('of %j is %j', (text, scrubbed) => expect(scrubText(text)).toBe(scrubbed));

  it.each([
    ...['', 'DONE', 'TLS_ERROR', 'IOERROR', 'control port closed', 'AGE=unknown', 'X=1 Y'],
    ...['at 03:44:26', '2026-11-23T03:44:26.901Z', '[03:44:26] closed', '03:44:26: closed'],
    ...['Tor 0.4.9.11', 'tor 0.4.8.0-alpha-dev', 'v1.2.3', '1.5 s', 'a.b.c.d', 'ratio 3:4'],
    ...[RELAY, `$${RELAY}~nick`, 'read: closed', 'a: b: c'],
  ])('of %j is the same', (text) => expect(scrubText(text)).toBe(text));

  it('has no address in it, wherever it stood', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(beside, usersAddress, beside)), (parts) => {
        const scrubbed = scrubText(parts.flat().join(' '));
        for (const [, ip] of parts) expect(scrubbed).not.toContain(ip);
      }),
      { numRuns: 1000 },
    );
  });

  it('has no IPv4 address in it, whatever it touched', () => {
    fc.assert(
      fc.property(fc.string(), usersIpv4, fc.string(), (before, ip, after) => {
        fc.pre(!/\d$/.test(before));
        expect(scrubText(before + ip + after)).not.toContain(ip);
      }),
      { numRuns: 1000 },
    );
  });

  it('costs time in proportion to its length', () => {
    for (const text of ['a', '1', '1.', ':', '::', 'a:', '1.2.3', '[', '%', 'f%a']) {
      expect(scrubText(text.repeat(100_000)).length).toBeLessThanOrEqual(300_000);
    }
  });
});

describe('a line that is put aside', () => {
  it('shows no address, wherever it stands, and no port behind OR_ID', () => {
    const spoiled = fc.tuple(
      malformedLine,
      fc.array(fc.tuple(fc.nat(12), address, anyPort), { minLength: 1, maxLength: 6 }),
    );
    fc.assert(
      fc.property(spoiled, ([line, strangers]) => {
        const fields = line.split(' ');
        for (const [at, ip, port] of strangers) {
          fields.splice(at, 0, ip);
          if (at > 2) fields.splice(at, 0, port);
        }
        for (const { line: shown } of parseListing(fields.join(' ')).quarantined) {
          expect(shown).toMatch(/^(\d+ \d+ (0|[0-9A-F]{40})|\?( \?){0,2})( \?)*$/);
          const ids = new Set(fields.slice(0, 3));
          for (const word of shown.split(' ')) expect(word === '?' || ids.has(word)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a snapshot that is kept', () => {
  const event = { at: 5, connId: 1, what: 'closed', reason: 'DONE 203.0.113.7' } as const;
  const snapshot: Snapshot = {
    kind: 'snapshot',
    at: 10,
    pollMs: 0,
    listing: listingOf([]),
    info: new Map(),
    events: [
      { ...event, extra: { or_id: '203.0.113.7', type_flags: '2001:db8::5', 'x 10.9.8.7': 1 } },
    ],
    extra: {
      note: ['from 203.0.113.7', { deep: '[2001:db8::5]:443' }],
      '203.0.113.9': 7,
      outside: ['relay 192.0.2.1:9001'],
      witness: { '192.0.2.1': 3 },
    },
  };

  it('holds no address in its events and in keys that are not known', () => {
    const { events, extra } = new Scrubbing().item(snapshot);
    expect(events).toEqual([{ ...event, reason: 'DONE 0', extra: { 'x 0': 1 } }]);
    expect(extra).toEqual({
      note: ['from 0', { deep: '0' }],
      0: 7,
      outside: ['relay 0'],
      witness: { 0: 3 },
    });
  });

  it('keeps of what was witnessed the addresses that a line would keep', () => {
    const at = (or_id: string, ip: string, type_flags: string) => {
      return { or_id, ip, port: 443, l_port: 33000, type_flags };
    };
    const relay = at(RELAY, '203.0.113.2', 'ORT');
    const local = at('0', '192.168.1.9', 'ORt');
    const user = { conn_id: 7, ...at('0', '203.0.113.7', 'IRt') };
    const counts = { reported: 2, system: 3 };
    const witness = {
      ...{ tool: 'ss', reported: 5, system: 6, tolerance: 2 },
      ...{ only_reported: [user, relay], only_system: [local], inbound: counts, outbound: counts },
    };
    expect(new Scrubbing().item({ ...snapshot, extra: { witness } }).extra).toEqual({
      witness: {
        ...witness,
        only_reported: [{ ...user, ip: '0', port: 0, l_port: 0 }, relay],
      },
    });
  });

  it('keeps what describes a relay', () => {
    const extra = { or_id: RELAY, type_flags: 'ORT', other: 'x' };
    const relay = { ...snapshot, events: [{ ...event, extra }] };
    expect(new Scrubbing().item(relay).events[0]?.extra).toEqual(extra);
  });

  it('is the same object where there is nothing to say', () => {
    const silent: Snapshot = { ...snapshot, events: [], extra: {} };
    expect(new Scrubbing().item(silent)).toBe(silent);
  });

  it('and so is a header, but for the relay’s own address', () => {
    const header = {
      ...HEADER,
      source: 'at 203.0.113.7',
      config: { ORPort: '203.0.113.1:9001', ExitRelay: '203.0.113.7:1' },
      extra: { note: '[2001:db8::5]:443' },
    };
    expect(scrubHeader(header)).toEqual({
      ...header,
      source: 'at 0',
      config: { ORPort: '203.0.113.1:9001', ExitRelay: '0' },
      extra: { note: '0' },
    });
    expect(scrubHeader(HEADER)).toEqual(HEADER);
  });

  it('and so is a gap, scrubbed', () => {
    const gap = { kind: 'gap', from: 1, to: 2, reason: 'from 203.0.113.7:1', extra: { a: '::5' } };
    expect(scrubGap(gap as Parameters<typeof scrubGap>[0])).toEqual({
      ...gap,
      reason: 'from 0',
      extra: { a: '0' },
    });
  });
});

describe('bytes of a withheld line', () => {
  it.each([
    [0, 1024, 0],
    [511, 1024, 0],
    [512, 1024, 1024],
    [1535, 1024, 1024],
    [1536, 1024, 2048],
    [777, 1, 777],
    [Number.MAX_SAFE_INTEGER, 1024, Number.MAX_SAFE_INTEGER],
  ])('%i in units of %i are %i', (bytes, unit, rounded) => {
    expect(roundBytes(bytes, unit)).toBe(rounded);
  });

  it('are rounded, those of others not', () => {
    const listing = parseListing(
      `1 0 0 0 0 0 IRt 600 400 1\n2 0 ${RELAY} 192.0.2.1 1 2 IRT 600 400 1`,
    );
    const rounded = roundWithheld(listing, 1024);
    expect([[...rounded.read], [...rounded.written]]).toEqual([
      [1024, 600],
      [0, 400],
    ]);
    expect(roundWithheld(listing, 1)).toBe(listing);
  });
});
