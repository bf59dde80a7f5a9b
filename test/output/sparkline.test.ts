import { describe, expect, it } from 'vitest';
import { sparkline } from '../../src/output/sparkline.ts';

describe('sparkline', () => {
  it('has a bar a number, from none to the greatest', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█');
  });

  it('never shows what is not known as nothing, nor something as nothing', () => {
    expect(sparkline([null, 0, 1, 1_000_000])).toBe(' ▁▂█');
    expect(sparkline([Number.NaN, 0])).toBe(' ▁');
  });

  it('of nothing is nothing', () => {
    expect([sparkline([]), sparkline([0, 0]), sparkline([-1])]).toEqual(['', '▁▁', '▁']);
  });
});
