/** Foretelling UPTIME. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foretold, newBirth, reborn } from '../../src/recording/birth.ts';

describe('a birth', () => {
  const uptimes = fc.integer({ min: 0, max: 10_000_000 });
  const times = fc.integer({ min: 0, max: 4_000_000_000_000 });

  it('foretells the UPTIME it was guessed or corrected from', () => {
    fc.assert(
      fc.property(uptimes, uptimes, times, (first, second, at) => {
        const birth = newBirth(first, at);
        expect(foretold(birth, at)).toBe(first);
        expect(foretold(reborn(birth, second, at), at)).toBe(second);
      }),
    );
  });

  it('stays where it is right', () => {
    fc.assert(
      fc.property(uptimes, times, fc.nat(999), (uptime, at, part) => {
        const birth = at - uptime * 1000 - part;
        expect(reborn(birth, foretold(birth, at), at)).toBe(birth);
      }),
    );
  });
});
