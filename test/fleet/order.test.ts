/** In which order the parts of a day are written. */
import { describe, expect, it } from 'vitest';
import { FLEET_TABLES, type FleetTableName } from '../../src/fleet/schema.ts';
import { inPlays } from '../../src/fleet/tables.ts';

const ALL = Object.keys(FLEET_TABLES) as FleetTableName[];

describe('the parts of a day', () => {
  it('are all written, sessions first and load last: what breaks off in between reads as not observed', () => {
    const order = inPlays(ALL).flat();
    expect([...order].sort()).toEqual([...ALL].sort());
    expect([order[0], order.at(-1)]).toEqual(['sessions', 'load']);
  });

  it('are those that are due, the audit in a play by itself', () => {
    expect(inPlays(['load', 'findings', 'lives'])).toEqual([['lives'], ['findings'], ['load']]);
    expect(inPlays(['gaps'])).toEqual([['gaps']]);
    expect(inPlays([])).toEqual([]);
  });
});
