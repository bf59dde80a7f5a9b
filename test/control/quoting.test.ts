import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments, quote, unquoteAt } from '../../src/control/quoting.ts';
import { ConntapeError } from '../../src/error.ts';

describe('quote', () => {
  it('is read back by unquoteAt, wherever it stands', () => {
    const text = fc.string({ unit: 'grapheme' }).filter((value) => !/[\r\n\0]/.test(value));
    fc.assert(
      fc.property(text, text, (before, value) => {
        const all = `${before}${quote(value)} rest`;
        expect(unquoteAt(all, before.length)).toEqual({ value, end: all.length - ' rest'.length });
      }),
    );
  });

  it('escapes nothing that Tor would read as a letter', () => {
    expect(quote('a"b\\c\td')).toBe('"a\\"b\\\\c\td"');
  });

  it.each(['a\rb', 'a\nb', 'a\0b'])('refuses %j', (text) => {
    expect(() => quote(text)).toThrow(expect.objectContaining({ kind: 'usage' }));
  });
});

describe('unquoteAt', () => {
  it.each([
    ['"\\n\\t\\r\\"\\\\"', '\n\t\r"\\'],
    ['"\\303\\251"', 'é'],
    ['"\\7\\60x"', '\u00070x'],
    ['"\\400"', ' 0'],
    ['"\\q"', 'q'],
    ['""', ''],
  ])('reads %s', (text, value) => {
    expect(unquoteAt(text, 0)).toEqual({ value, end: text.length });
  });

  it.each(['', 'a', '"', '"secret', '"secret\\', '"secret\\"'])('refuses %j', (text) => {
    expect(() => unquoteAt(text, 0)).toThrow(
      expect.objectContaining({ kind: 'protocol', message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('parseArguments', () => {
  it('reads what PROTOCOLINFO says', () => {
    const { plain, keyed } = parseArguments('AUTH METHODS=COOKIE,NULL COOKIEFILE="/a b/\\"c"');
    expect(plain).toEqual(['AUTH']);
    expect([...keyed]).toEqual([
      ['METHODS', 'COOKIE,NULL'],
      ['COOKIEFILE', '/a b/"c'],
    ]);
  });

  it('does not take a named relay for a key', () => {
    const { plain, keyed } = parseArguments('ORCONN $FFFF=nick CLOSED REASON=DONE ID=297');
    expect(plain).toEqual(['ORCONN', '$FFFF=nick', 'CLOSED']);
    expect([...keyed]).toEqual([
      ['REASON', 'DONE'],
      ['ID', '297'],
    ]);
  });

  it('reads empty values, spaces and nothing at all', () => {
    expect(parseArguments('')).toMatchObject({ plain: [], keyed: new Map() });
    expect(parseArguments('  A=  "" b ')).toMatchObject({
      plain: ['', 'b'],
      keyed: new Map([['A', '']]),
    });
  });

  it.each(['A="b', 'A="b"c'])('refuses %s', (text) => {
    expect(() => parseArguments(text)).toThrow(expect.objectContaining({ kind: 'protocol' }));
  });

  it('throws nothing but ConntapeError', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ "\\=a$0]*$/), (text) => {
        try {
          parseArguments(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ConntapeError);
        }
      }),
    );
  });
});
