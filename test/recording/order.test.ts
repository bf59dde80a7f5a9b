/** The order of a frame's rows against the rows before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/recording/bytes.ts';
import { readOrder, writeOrder } from '../../src/recording/order.ts';

describe('the order of rows', () => {
  it('comes back as it was written', () => {
    const orders = fc
      .tuple(fc.shuffledSubarray([...Array(60).keys()]), fc.func(fc.nat(5)))
      .map(([rows, kind]) => rows.map((row) => (kind(row) === 0 ? -1 : row)));
    fc.assert(
      fc.property(
        fc.oneof(
          orders,
          orders.map((rows) => rows.sort((a, b) => a - b)),
        ),
        (rows) => {
          const out = new ByteWriter();
          writeOrder(Int32Array.from(rows), out);
          const input = new ByteReader(out.bytes());
          expect([...readOrder(rows.length, 60, input)]).toEqual(rows);
          expect(input.ended).toBe(true);
        },
      ),
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
