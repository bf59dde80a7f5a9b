/** The text of `conn/all` → a listing, and what is put aside of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readWithCare } from '../../src/listing/line.ts';
import { type Listing, textOf } from '../../src/listing/listing.ts';
import { ListingParser, MAX_LINES, parseListing } from '../../src/listing/parse.ts';
import { UsualLines } from '../../src/listing/usual.ts';
import { anyLine, FIELDS, lineWith, RELAY, wellFormedLine } from './lines.ts';

const PLAIN = FIELDS.join(' ');

/** Why the only line of a text was put aside. */
function reasonOf(text: string): string | undefined {
  const { labels, quarantined, quarantinedCount } = parseListing(text);
  expect([labels.length, quarantinedCount]).toEqual([0, 1]);
  return quarantined[0]?.reason;
}

/** What a listing says, so that two can be compared. */
function plain({ labels, quarantined, quarantinedCount, ...columns }: Listing) {
  return {
    labels: labels.map((label) => ({ ...label })),
    read: [...columns.read],
    written: [...columns.written],
    uptime: [...columns.uptime],
    quarantined,
    quarantinedCount,
  };
}

describe('a well-formed line', () => {
  it('has ten fields', () => {
    const { labels, ...columns } = parseListing(PLAIN);
    expect({ ...labels[0] }).toEqual({
      connId: 1,
      circId: 2,
      orId: RELAY,
      ip: '192.0.2.1',
      port: 443,
      lPort: 9001,
      flags: 'ORT',
      extra: '',
      withheld: false,
    });
    expect([...columns.read, ...columns.written, ...columns.uptime]).toEqual([10, 20, 5]);
    expect(columns.quarantinedCount).toBe(0);
  });

  it('keeps fields past the tenth and flags that are not known', () => {
    const text = `${lineWith(6, 'ORTqZ')} AGE=unknown X=1`;
    const [label] = parseListing(text).labels;
    expect([label?.flags, label?.extra]).toEqual(['ORTqZ', 'AGE=unknown X=1']);
    expect(textOf(parseListing(text))).toBe(text);
  });

  it.each([0, 1, 7, 8, 9])('holds numbers up to 2^53 − 1 in field %i', (field) => {
    const text = lineWith(field, '9007199254740991');
    expect(textOf(parseListing(text))).toBe(text);
  });

  it.each([4, 5])('holds ports up to 65535 in field %i', (field) => {
    const text = lineWith(field, '65535');
    expect(textOf(parseListing(text))).toBe(text);
  });

  it('may be 4096 characters long, whatever they take as bytes', () => {
    const text = `${PLAIN} ${'ü'.repeat(4096 - PLAIN.length - 1)}`;
    expect(textOf(parseListing(`${text}\r`))).toBe(text);
  });

  it.each([
    ['a carriage return', `${PLAIN}\r\n${lineWith(0, '2')}\r\n`],
    ['spaces about', `  ${PLAIN.replaceAll(' ', '   ')}  \n\n \n${lineWith(0, '2')}`],
    ['leading zeros', `${lineWith(7, '0010')}\n${lineWith(0, '002')}`],
  ])('is read with %s', (_, text) => {
    const listing = parseListing(text);
    expect(textOf(listing)).toBe(`${PLAIN}\n${lineWith(0, '2')}`);
    expect(listing.quarantinedCount).toBe(0);
  });
});

describe('a line written as Tor writes it', () => {
  it('says what it says when it is read field by field', () => {
    const digits = fc.constantFrom(
      '0',
      '00',
      '07',
      '65535',
      '65536',
      '99999',
      '9'.repeat(15),
      '9'.repeat(16),
    );
    const ip = fc.oneof(
      fc.ipV4(),
      fc.constantFrom('0', '256.0.0.1', '01.2.3.4', '1.2.3', '1.2.3.4.5', '::1', '1.2.3.4 '),
    );
    const field = fc.tuple(fc.nat(9), fc.oneof(digits, ip, fc.string({ maxLength: 3 })));
    const line = fc.oneof(
      anyLine,
      field.map(([place, text]) => lineWith(place, text)),
    );
    const lines = new UsualLines();
    let read = 0;
    fc.assert(
      fc.property(line, fc.nat(3), (text, from) => {
        // What stands beside it is another line's.
        const bytes = Buffer.from(`${'9'.repeat(from)}${text}9 `);
        const usual = lines.read(bytes, from, bytes.length - 2);
        if (usual === undefined) return;
        read++;
        expect(usual).toEqual(readWithCare(text));
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(200);
  });

  it.each([PLAIN, lineWith(6, 'ORt'), `1 ${2 ** 32} ${RELAY} 192.0.2.255 9001 0 OR 0 1 2`])(
    'is read at once: %s',
    (text) => {
      const line = new UsualLines().read(Buffer.from(text), 0, text.length);
      expect(line).toEqual(readWithCare(text));
    },
  );

  it('is read at once only where it is whole', () => {
    const bytes = Buffer.from(PLAIN);
    for (let end = 0; end < bytes.length - 1; end++) {
      const isWhole = /^(?:\S+ ){9}\d+$/.test(PLAIN.slice(0, end));
      expect(new UsualLines().read(bytes, 0, end) !== undefined, `to ${end}`).toBe(isWhole);
    }
  });
});

describe('an empty listing', () => {
  it.each(['', '\n', '\n\n  \n\r\n'])('is what %j says', (text) => {
    expect(plain(parseListing(text))).toEqual(plain(parseListing('')));
    expect(textOf(parseListing(text))).toBe('');
    expect(parseListing(text).quarantinedCount).toBe(0);
  });
});

const NO_INTEGER = ['-1', '+1', '1.5', '1e3', '0x1', '９', '9007199254740992', '9'.repeat(400)];
const NUMBERED = { 0: 'CONN_ID', 1: 'CIRC_ID', 7: 'READ', 8: 'WRITE', 9: 'UPTIME' };

describe('a malformed line', () => {
  const integers = Object.entries(NUMBERED).flatMap(([field, name]) =>
    NO_INTEGER.map((text) => [name, text, Number(field)] as const),
  );
  it.each(integers)('has a %s of %s', (name, text, field) => {
    expect(reasonOf(lineWith(field, text))).toBe(`${name} is not an unsigned integer below 2^53`);
  });

  it.each(['1', '00', 'A'.repeat(39), 'A'.repeat(41), 'G'.repeat(40), `$${RELAY}`])(
    'has an OR_ID of %s',
    (text) => expect(reasonOf(lineWith(2, text))).toBe('OR_ID is neither 0 nor 40 hex digits'),
  );

  it.each(['1', '00', '1.2.3', '256.1.1.1', '1.2.3.4:5', '[::1]', ':::', 'host', '1::2::3'])(
    'has an IP of %s',
    (text) => expect(reasonOf(lineWith(3, text))).toBe('IP is neither 0 nor an address'),
  );

  it.each(['65536', '-1', 'http', '8e1'])('has a port of %s', (text) => {
    expect(reasonOf(lineWith(4, text))).toBe('PORT is not a port');
    expect(reasonOf(lineWith(5, text))).toBe('L_PORT is not a port');
  });

  it.each(['OR1', '-', '0', 'Ö', 'O,R'])('has TYPE_FLAGS of %s', (text) => {
    expect(reasonOf(lineWith(6, text))).toBe('TYPE_FLAGS is not letters');
  });

  it.each([1, 5, 9])('has but %i fields', (count) => {
    expect(reasonOf(FIELDS.slice(0, count).join(' '))).toBe(`${count} fields, not ten`);
  });

  it('has tabs for spaces', () => {
    expect(reasonOf(PLAIN.replaceAll(' ', '\t'))).toBe('1 fields, not ten');
  });

  it('is 4097 characters long, and of such a one nothing is shown', () => {
    const text = `${PLAIN} ${'x'.repeat(4097 - PLAIN.length - 1)}`;
    expect(parseListing(text).quarantined).toEqual([
      { reason: 'longer than 4096 characters', line: '(4097 characters)' },
    ]);
  });

  it('does not take its neighbours with it', () => {
    const listing = parseListing([PLAIN, 'garbage', lineWith(0, '2')].join('\n'));
    expect(listing.labels.map((label) => label.connId)).toEqual([1, 2]);
    expect(listing.quarantinedCount).toBe(1);
  });

  it('is shown with its number of fields and its identity, up to the twentieth line', () => {
    const lines = Array.from({ length: 25 }, (_, index) => lineWith(9, `?${index}`));
    const { quarantined, quarantinedCount } = parseListing(lines.join('\n'));
    expect([quarantined.length, quarantinedCount]).toEqual([20, 25]);
    expect(quarantined[19]?.line).toBe(`1 2 ${RELAY} ? ? ? ? ? ? ?`);
  });

  it('is shown up to its twentieth field', () => {
    const [shown] = parseListing('x '.repeat(50)).quarantined;
    expect(shown?.line).toBe(Array(20).fill('?').join(' '));
  });
});

describe('the second line of a pair', () => {
  const other = lineWith(7, '99');
  const neighbours = [lineWith(0, '2'), lineWith(0, '3')];

  it.each([
    ['next to it', [PLAIN, other, ...neighbours]],
    ['behind others', [PLAIN, ...neighbours, other]],
    ['the same once more', [PLAIN, PLAIN, ...neighbours]],
    ['written in another way', [PLAIN, ...neighbours, other.replace('1 2 ', '01 002 ')]],
  ])('is put aside %s', (_, lines) => {
    const listing = parseListing(lines.join('\n'));
    expect(textOf(listing)).toBe([PLAIN, ...neighbours].join('\n'));
    expect(listing.quarantined).toEqual([
      { reason: 'the pair stands on a line before', line: `1 2 ${RELAY}` },
    ]);
  });

  it('is put aside, not the first, where it is the one that stood in the listing before', () => {
    const parser = new ListingParser();
    parser.parse([PLAIN, ...neighbours].join('\n'));
    const stranger = lineWith(6, 'ORt');
    const listing = parser.parse([stranger, PLAIN, ...neighbours].join('\n'));
    expect(textOf(listing)).toBe([stranger, ...neighbours].join('\n'));
    expect(listing.quarantinedCount).toBe(1);
  });

  it('is no other circuit of the connection', () => {
    expect(parseListing([PLAIN, lineWith(1, '3')].join('\n')).quarantinedCount).toBe(0);
  });
});

describe('a parser that has read listings before', () => {
  it('keeps the label objects of entries that only counted on', () => {
    const parser = new ListingParser();
    const before = parser.parse([PLAIN, `${lineWith(0, '2')} X=1\r`].join('\n'));
    const after = parser.parse([lineWith(7, '11'), `${lineWith(0, '2')} X=1\r`].join('\n'));
    expect(after.labels[0]).toBe(before.labels[0]);
    expect(after.labels[1]).toBe(before.labels[1]);
    expect(after.read[0]).toBe(11);
  });

  it('gives what a new one gives, whatever it has read', () => {
    // Listings grow out of one another: lines stay, move, go, come and count on.
    const listings = fc
      .tuple(
        fc.array(anyLine, { maxLength: 40 }),
        fc.array(
          fc.record({
            from: fc.nat(40),
            count: fc.nat(30),
            at: fc.nat(40),
            lines: fc.array(anyLine, { maxLength: 4 }),
            ticks: fc.boolean(),
          }),
          { maxLength: 6 },
        ),
      )
      .map(([first, edits]) => {
        const all = [first];
        let lines = first;
        for (const edit of edits) {
          lines = lines.toSpliced(edit.from, edit.count).toSpliced(edit.at, 0, ...edit.lines);
          if (edit.ticks) lines = lines.map((line) => line.replace(/(\d+)(?=\D*$)/, '1$1'));
          all.push(lines);
        }
        return all.map((each) => each.join('\n'));
      });
    fc.assert(
      fc.property(listings, (texts) => {
        const parser = new ListingParser();
        for (const text of texts)
          expect(plain(parser.parse(text))).toEqual(plain(parseListing(text)));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not take a line for one with other fields past the tenth', () => {
    const parser = new ListingParser();
    parser.parse(`${PLAIN} X=1`);
    expect(textOf(parser.parse(`${PLAIN} X=2`))).toBe(`${PLAIN} X=2`);
  });

  it('keeps no carriage return at the end of a line, where a control port would lose it', () => {
    for (const end of ['\r', ' \r', '  \r  \r', '\r\r']) {
      expect(textOf(parseListing(`${PLAIN} X=1${end}`))).toBe(`${PLAIN} X=1`);
      expect(parseListing(`${PLAIN}${end}`).labels[0]?.extra).toBe('');
    }
  });

  it('puts a line aside that has grown too long', () => {
    const parser = new ListingParser();
    const text = `${lineWith(7, '9')} ${'x'.repeat(4096 - PLAIN.length)}`;
    expect(parser.parse(text).quarantinedCount).toBe(0);
    expect(parser.parse(text.replace(' 9 ', ' 10 ')).quarantinedCount).toBe(1);
  });
});

describe('any text', () => {
  it('is read without an error, every line kept, put aside or empty', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(anyLine).map((lines) => lines.join('\n')),
    );
    fc.assert(
      fc.property(text, (any) => {
        const { labels, quarantinedCount } = parseListing(any);
        const lines = any.split('\n').filter((line) => /[^ \r]/.test(line)).length;
        expect(labels.length + quarantinedCount).toBe(lines);
      }),
      { numRuns: 500 },
    );
  });

  it('is what a listing writes when it is read again', () => {
    fc.assert(
      fc.property(fc.array(anyLine), (lines) => {
        const listing = parseListing(lines.join('\n'));
        const again = parseListing(textOf(listing));
        expect(plain(again)).toEqual({ ...plain(listing), quarantined: [], quarantinedCount: 0 });
      }),
      { numRuns: 500 },
    );
  });

  it('is written as it was where all is kept', () => {
    const kept = wellFormedLine.filter((line) => line.includes(RELAY));
    fc.assert(
      fc.property(fc.uniqueArray(kept, { selector: pairIn }), (lines) => {
        const text = lines.join('\n');
        expect(textOf(parseListing(text))).toBe(text);
      }),
    );
  });
});

function pairIn(line: string): string {
  return line.split(' ', 2).join(' ');
}

describe('a listing of more lines than a relay has', () => {
  it('is refused, and the one before still known', () => {
    const parser = new ListingParser();
    const [label] = parser.parse('1 0 0 0 0 0 IRt 1 2 3').labels;
    for (const line of ['x\n', '\n', '1 0 0 0 0 0 IRt 1 2 3\n']) {
      expect(() => parser.parse(line.repeat(MAX_LINES + 1))).toThrow(
        /^reading conn\/all: a listing of more than 250000 lines$/,
      );
    }
    expect(parser.parse('x\n'.repeat(MAX_LINES)).quarantinedCount).toBe(MAX_LINES);
    expect(new ListingParser().parse('').labels).toEqual([]);
    expect(parser.parse('1 0 0 0 0 0 IRt 2 2 3').labels[0]).toEqual(label);
  });
});
