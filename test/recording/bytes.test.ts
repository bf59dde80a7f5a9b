/** Columns of integers, the order of rows, births: the parts of a frame. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foretold, newBirth, reborn } from '../../src/recording/birth.ts';
import { ByteReader, ByteWriter } from '../../src/recording/bytes.ts';
import { readOrder, writeOrder } from '../../src/recording/order.ts';

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
    expect(() => read(new ByteReader(Uint8Array.from(bytes)))).toThrow(/^reading a frame: /);
  });
});

describe('the order of rows', () => {
  it('comes back as it was written', () => {
    const orders = fc
      .tuple(fc.shuffledSubarray([...Array(60).keys()]), fc.func(fc.nat(5)))
      .map(([rows, kind]) => rows.map((row) => (kind(row) === 0 ? -1 : row)));
    fc.assert(
      fc.property(fc.oneof(orders, orders.map((rows) => rows.sort((a, b) => a - b))), (rows) => {
        const out = new ByteWriter();
        writeOrder(Int32Array.from(rows), out);
        const input = new ByteReader(out.bytes());
        expect([...readOrder(rows.length, 60, input)]).toEqual(rows);
        expect(input.ended).toBe(true);
      }),
    );
  });

  it('costs a few bytes where rows stay in place', () => {
    const out = new ByteWriter();
    writeOrder(Int32Array.from(Array(40_000).keys()), out);
    expect(out.length).toBeLessThan(16);
  });

  it('is refused where it leaves the rows before', () => {
    const out = new ByteWriter();
    writeOrder(Int32Array.from([0, 1, 2]), out);
    expect(() => readOrder(3, 2, new ByteReader(out.bytes()))).toThrow(/leaves the listing/);
    expect(() => readOrder(2, 3, new ByteReader(out.bytes()))).toThrow(/leaves the listing/);
  });
});

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

  it('needs but few corrections over the polls of an entry', () => {
    const birth = 123_456;
    let guess = newBirth(foretold(birth, 200_000), 200_000);
    let corrections = 0;
    for (let poll = 1; poll <= 1000; poll++) {
      // Polls come a little late, so that each shows another part of the second.
      const at = 200_000 + poll * 10_037;
      if (foretold(guess, at) === foretold(birth, at)) continue;
      corrections++;
      guess = reborn(guess, foretold(birth, at), at);
    }
    expect(corrections).toBeLessThan(12);
  });
});
