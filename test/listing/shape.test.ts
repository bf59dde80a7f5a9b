/** Letters of TYPE_FLAGS, and the shape of a circuit made from them. */
import { describe, expect, it } from 'vitest';
import { directionOf, isEstablished, usageOf } from '../../src/listing/flags.ts';
import { Sides } from '../../src/listing/shape.ts';

describe('the letters', () => {
  it.each([
    ['IRt', 'inbound', true, 'relay'],
    ['iCT', 'inbound', false, 'client'],
    ['OXt', 'outbound', true, 'control'],
    ['oHt', 'outbound', false, 'hidden-service'],
    ['IDt', 'inbound', true, 'directory'],
    ['ZRt', 'unknown', false, 'relay'],
    ['Irt', 'inbound', true, 'unknown'],
    ['RI', 'unknown', false, 'unknown'],
    ['O', 'outbound', true, 'unknown'],
    ['', 'unknown', false, 'unknown'],
  ])('%s say %s, %s, %s', (flags, direction, established, usage) => {
    expect([directionOf(flags), isEstablished(flags), usageOf(flags)]).toEqual([
      direction,
      established,
      usage,
    ]);
  });

  it.each(['toString', 'constructor'])('are no names of JavaScript: I%s', (name) => {
    expect(usageOf(`I${name}`)).toBe('unknown');
  });
});

describe('the shape of a circuit', () => {
  it.each([
    ['I O', 'relay'],
    ['I O o', 'relay'],
    ['I I O O', 'relay'],
    ['i I O', 'relay'],
    ['I o', 'blocked'],
    ['i o', 'blocked'],
    ['i O o', 'blocked'],
    ['O', 'outbound-only'],
    ['o', 'outbound-only'],
    ['O z', 'outbound-only'],
    ['I', 'inbound-only'],
    ['i', 'inbound-only'],
    ['i O', 'pending'],
    ['z', 'pending'],
    ['', 'pending'],
  ])('of %j is %s, in any order', (letters, shape) => {
    const flags = letters.split(' ').filter((letter) => letter !== '');
    for (const order of [flags, flags.toReversed()]) {
      const sides = new Sides();
      for (const each of order) sides.add(`${each}Rt`, 1);
      expect([sides.shape, sides.entries]).toEqual([shape, flags.length]);
    }
  });

  it('forgets what leaves', () => {
    const sides = new Sides();
    for (const flags of ['IRt', 'ORt', 'oRt', 'iRt', 'z']) sides.add(flags, 1);
    for (const flags of ['ORt', 'iRt', 'z']) sides.add(flags, -1);
    expect([sides.shape, sides.entries]).toEqual(['blocked', 2]);
    for (const flags of ['IRt', 'oRt']) sides.add(flags, -1);
    expect([sides.shape, sides.entries]).toEqual(['pending', 0]);
  });
});
