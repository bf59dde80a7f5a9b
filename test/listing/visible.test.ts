import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../../src/listing/visible.ts';
import { anyText } from '../output/anyText.ts';

describe('visible', () => {
  it.each([
    ['plain ~ text\\n', 'plain ~ text\\n'],
    ['Zürich 東京', 'Zürich 東京'],
    ['\u001b[31m', '\\u001b[31m'],
    ['a\tb\r\n', 'a\\u0009b\\u000d\\u000a'],
    ['\u009b2J', '\\u009b2J'], // CSI in one character
    ['\u202eevil\u2069', '\\u202eevil\\u2069'],
    ['a\u200bb\ufeff', 'a\\u200bb\\ufeff'],
    ['\ud800', '\\ud800'], // half of a pair
    ['\u{e0041}', '\\udb40\\udc41'], // an invisible tag, two units
    ['\u2028', '\\u2028'],
  ])('%j becomes %j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('leaves nothing a terminal obeys, and is done after once', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const shown = visible(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(visible(shown)).toBe(shown);
      }),
    );
  });

  it('changes nothing of what JSON says', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(JSON.parse(visible(JSON.stringify(text)))).toBe(text);
      }),
    );
  });
});
