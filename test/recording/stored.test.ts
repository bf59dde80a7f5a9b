/** What a tape says in JSON is bounded: it may come from anywhere. */
import { expect, it } from 'vitest';
import { storedHeader } from '../../src/recording/stored.ts';
import { HEADER } from './tapes.ts';

function nested(depth: number): unknown {
  return depth === 0 ? 0 : [nested(depth - 1)];
}

it('a session that nests deeper than anything conntape writes is damaged', () => {
  const text = (depth: number) => JSON.stringify({ ...HEADER, extra: { key: nested(depth) } });
  expect(storedHeader(text(60)).extra).toEqual({ key: nested(60) });
  expect(() => storedHeader(text(70))).toThrow(expect.objectContaining({ kind: 'damaged' }));
});
