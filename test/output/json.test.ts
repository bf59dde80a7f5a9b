import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../src/output/json.ts';
import { ndjsonText } from '../../src/output/ndjson.ts';
import { anyText } from './anyText.ts';
import { SAMPLE, SAMPLE_COLUMNS, tableOf, textColumn } from './sampleTable.ts';

const OBJECTS = [
  '{"conn_id":7,"opened_at":"2026-11-23T03:44:26.901Z","opened_known":true,"lifetime_min_s":9.901,"ratio":0.25,"read_bytes":1024,"reason":"DONE"}',
  '{"conn_id":12345,"opened_at":"2026-11-23T03:44:27.001Z","opened_known":false,"lifetime_min_s":10,"ratio":-0.333333,"read_bytes":"9007199254740993","reason":"=1+1"}',
  '{"conn_id":13,"opened_at":null,"opened_known":null,"lifetime_min_s":null,"ratio":null,"read_bytes":null,"reason":null}',
  '{"conn_id":14,"opened_at":"1970-01-01T00:00:00.000Z","opened_known":false,"lifetime_min_s":0,"ratio":0,"read_bytes":-5,"reason":"\\u001b[2J\\u202e,\\"x\\""}',
];

const EMPTY = tableOf(SAMPLE_COLUMNS, []);

describe('jsonText', () => {
  it('prints one array, an object a line', () => {
    expect([...jsonText(SAMPLE)].join('')).toBe(`[\n${OBJECTS.join(',\n')}\n]\n`);
  });

  it('is an empty array for no rows', () => {
    expect([...jsonText(EMPTY)].join('')).toBe('[]\n');
  });

  it('keeps the digits of integers beyond 2^53 − 1, as text', () => {
    const rows = [
      [2 ** 53 - 1],
      [2 ** 53],
      [-(2 ** 53)],
      [2n ** 53n - 1n],
      [2n ** 64n],
      [Number.NaN],
    ];
    const table = tableOf([{ name: 'n', kind: 'integer' }], rows);
    const read = JSON.parse([...jsonText(table)].join('')) as { n: unknown }[];
    expect(read.map(({ n }) => n)).toEqual([
      9_007_199_254_740_991,
      '9007199254740992',
      '-9007199254740992',
      9_007_199_254_740_991,
      '18446744073709551616',
      null,
    ]);
  });

  it('is read back as it was written, whatever the text', () => {
    fc.assert(
      fc.property(fc.array(anyText), (texts) => {
        const table = tableOf(
          [textColumn('a "b"')],
          texts.map((text) => [text]),
        );
        const read = JSON.parse([...jsonText(table)].join('')) as unknown;
        expect(read).toEqual(texts.map((text) => ({ 'a "b"': text })));
      }),
    );
  });
});

describe('ndjsonText', () => {
  it('prints an object a line', () => {
    expect([...ndjsonText(SAMPLE)].join('')).toBe(`${OBJECTS.join('\n')}\n`);
  });

  it('is nothing for no rows', () => {
    expect([...ndjsonText(EMPTY)]).toEqual([]);
  });
});
