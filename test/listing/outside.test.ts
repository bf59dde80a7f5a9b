import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/listing/json.ts';
import { outsideOf } from '../../src/listing/outside.ts';

const COUNTED = { connections: 40, addresses: 22, most: 5, concentration: 0.06 };

describe('what was counted outside', () => {
  it('is read from a snapshot', () => {
    expect(outsideOf({ outside: { ...COUNTED, later: 1 } })).toEqual(COUNTED);
    expect(
      outsideOf({ outside: { connections: 0, addresses: 0, most: 0, concentration: 0 } }),
    ).toEqual({ connections: 0, addresses: 0, most: 0, concentration: 0 });
  });

  it.each<[string, Json | undefined]>([
    ['nothing', undefined],
    ['null', null],
    ['a number', 5],
    ['a list', [COUNTED]],
    ['an address', { ...COUNTED, most: '203.0.113.7' }],
    ['less than nothing', { ...COUNTED, connections: -1 }],
    ['half a connection', { ...COUNTED, connections: 1.5 }],
    ['more than can be counted', { ...COUNTED, addresses: 2 ** 53 }],
    ['a concentration above all', { ...COUNTED, concentration: 1.01 }],
    ['no concentration', { connections: 1, addresses: 1, most: 1 }],
  ])('is not known from %s', (_, outside) => {
    expect(outsideOf(outside === undefined ? {} : { outside })).toBeUndefined();
  });
});
