/** The order of a frame's rows against the rows before. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteReader, ByteWriter } from '../../src/recording/bytes.ts';
import { OrderReader, writeOrder } from '../../src/recording/order.ts';

/** Slots of so many rows. */
function slotsOf(rows: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => 100 + row);
}

function readOrder(count: number, before: Int32Array, input: ByteReader): OrderReader {
  const order = new OrderReader();
  order.read(count, before, input);
  return order;
}

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
          const { slots, fresh, gone } = readOrder(rows.length, slotsOf(60), input);
          expect([...slots]).toEqual(rows.map((row) => (row < 0 ? -1 : 100 + row)));
          expect([...fresh]).toEqual([...rows.keys()].filter((row) => rows[row]! < 0));
          expect([...gone]).toEqual([...slotsOf(60)].filter((slot) => !rows.includes(slot - 100)));
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
    const read = (count: number, rows: number) =>
      readOrder(count, slotsOf(rows), new ByteReader(out.bytes()));
    expect(() => read(3, 2)).toThrow(/leaves the listing/);
    expect(() => read(2, 3)).toThrow(/leaves the listing/);
  });

  it('is refused where it takes a row twice', () => {
    const out = new ByteWriter();
    writeOrder(Int32Array.from([0, 1, 1]), out);
    expect(() => readOrder(3, slotsOf(2), new ByteReader(out.bytes()))).toThrow(
      /takes a row twice/,
    );
  });
});
