/** Columns of variable-length integers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/recording/bytes.ts';

/** Integers around every power of two, where a byte more or a sign begins. */
function around(greatest: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: 0, max: greatest }),
    fc
      .tuple(fc.integer({ min: 0, max: 53 }), fc.integer({ min: -2, max: 2 }))
      .map(([power, off]) => Math.min(Math.max(2 ** power + off, 0), greatest)),
  );
}

describe('a column of integers', () => {
  it('comes back as it was written, up to 2^53 − 1', () => {
    fc.assert(
      fc.property(fc.array(around(Number.MAX_SAFE_INTEGER), { maxLength: 200 }), (values) => {
        const out = new ByteWriter();
        for (const value of values) out.uint(value);
        const input = new ByteReader(out.bytes());
        expect(values.map(() => input.uint())).toEqual(values);
        expect(input.ended).toBe(true);
      }),
    );
  });

  it('holds integers of both signs from −2^52 to 2^52 − 1', () => {
    const signed = fc.tuple(around(2 ** 52 - 1), fc.boolean());
    const values = signed.map(([value, negative]) => (negative ? -value - 1 : value));
    fc.assert(
      fc.property(fc.array(values), (numbers) => {
        const out = new ByteWriter();
        for (const number of numbers) out.int(number);
        const input = new ByteReader(out.bytes());
        expect(numbers.map(() => input.int())).toEqual(numbers);
      }),
    );
  });

  it.each([
    [0, 1],
    [127, 1],
    [128, 2],
    [2 ** 28 - 1, 4],
    [2 ** 28, 5],
    [Number.MAX_SAFE_INTEGER, 8],
  ])('takes for %i so many bytes: %i', (value, length) => {
    const out = new ByteWriter();
    out.uint(value);
    expect(out.length).toBe(length);
  });

  it('may hold blocks, which grow it as they need', () => {
    const block = Buffer.alloc(1000, 7);
    const out = new ByteWriter();
    out.block(block);
    out.block(new Uint8Array());
    const input = new ByteReader(out.bytes());
    expect(Buffer.from(input.block())).toEqual(block);
    expect(input.block().length).toBe(0);
  });

  it.each([
    ['a number', [0x80], (input: ByteReader) => input.uint()],
    ['no number', [], (input: ByteReader) => input.uint()],
    ['a block', [5, 1, 2], (input: ByteReader) => input.block()],
    ['nine bytes of one number', Array(9).fill(0xff), (input: ByteReader) => input.uint()],
  ])('that ends in the middle is refused: %s', (_, bytes, read) => {
    expect(() => read(new ByteReader(Uint8Array.from(bytes)))).toThrow(/^reading the recording: /);
  });
});
