/**
 * Any well-formed text, plain letters, controls and rare characters alike. fast-check's own
 * `unit: 'binary'` takes a second to set up.
 */
import fc from 'fast-check';

const codePoints = fc.oneof(
  fc.integer({ min: 0, max: 0x7f }),
  fc.integer({ min: 0x80, max: 0x2fff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);

export const anyText: fc.Arbitrary<string> = fc
  .array(codePoints)
  .map((points) => String.fromCodePoint(...points));
