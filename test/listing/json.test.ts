/** How much JSON is read from others. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault, OF_OUR_OWN, parseJson } from '../../src/listing/json.ts';

/** Why a text is not read; undefined where it is. */
function faultOf(text: string, limits?: typeof OF_OUR_OWN): string | undefined {
  try {
    parseJson(text, limits);
    return undefined;
  } catch (thrown) {
    return jsonFault(thrown);
  }
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const listed = (values: number) => `[${'0,'.repeat(values - 2)}0]`;

describe('a JSON text', () => {
  it('says what any other reader says it does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('that is not JSON, or not whole, is said to be none, whatever it holds', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (text, at) => {
        const part = text.slice(0, at % text.length);
        const isJson = () => {
          try {
            JSON.parse(part);
            return true;
          } catch {
            return false;
          }
        };
        expect(faultOf(part)).toBe(isJson() ? undefined : 'it is not JSON');
      }),
    );
  });

  it.each([
    ['so deep', nested(64), undefined],
    ['deeper', nested(65), 'it nests deeper than 64'],
    ['objects in lists', '[{"a":'.repeat(33), 'it nests deeper than 64'],
    ['as many values', listed(1_000_000), undefined],
    ['more', listed(1_000_001), 'it holds more than 1000000 values'],
    ['brackets in strings', JSON.stringify(nested(100)), undefined],
    ['commas in strings', JSON.stringify(','.repeat(1_000_001)), undefined],
    ['strings that end in a backslash', `["\\\\",${nested(64)}]`, 'it nests deeper than 64'],
    ['strings that hold a quote', `["\\",${'['.repeat(70)}"]`, undefined],
  ])('is bounded: %s', (_, text, fault) => {
    expect(faultOf(text)).toBe(fault);
  });

  it('that conntape writes of what was read can be read', () => {
    expect(faultOf(nested(66), OF_OUR_OWN)).toBeUndefined();
    expect(faultOf(listed(2_000_000), OF_OUR_OWN)).toBeUndefined();
  });
});
