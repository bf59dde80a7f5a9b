/** The oracle of asymmetry against rows computed by hand. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asymmetryReport } from './asymmetry.ts';
import { MIDNIGHT } from './cases.ts';
import { exchanges, shortened } from './exchanges.ts';
import { ALL_TIME } from './lifetimes.ts';
import { relaying } from './relaying.ts';
import { csvOf } from './table.ts';

describe('the oracle of asymmetry', () => {
  it.each(exchanges)('$title', ({ transcript, bucket = 60, window, rows, legs }) => {
    const [from, to] = window?.map((second) => MIDNIGHT + second * 1000) ?? [];
    const range = from === undefined || to === undefined ? ALL_TIME : { from, to };
    const short = shortened(csvOf(asymmetryReport(transcript, bucket * 1000, range)));
    expect(short.rows).toEqual(rows);
    if (legs !== undefined) expect(short.legs).toEqual(legs);
  });
});

describe('transcripts of circuits that move bytes', () => {
  it('try everything', () => {
    const sample = fc.sample(relaying, { numRuns: 300, seed: 7 });
    const tables = sample.map((transcript) => asymmetryReport(transcript, 60_000));
    const [names] = tables.map(({ columns }) => columns.map(([name]) => name));
    const cells = (name: string) =>
      tables.flatMap(({ rows }) => rows.map((row) => row[names!.indexOf(name)]!));
    expect(new Set(cells('shape'))).toEqual(
      new Set(['relay', 'blocked', 'outbound-only', 'inbound-only', 'pending']),
    );
    expect(new Set(cells('run'))).toEqual(new Set([1, 2]));
    expect(cells('read_bytes')).toContain(null);
    expect(cells('read_bytes').some((bytes) => Number(bytes) > 2 ** 53)).toBe(true);
    expect(cells('ratio').filter((ratio) => ratio !== null && ratio !== 0).length).toBeGreaterThan(
      50,
    );
    const shares = cells('share_of_bytes').filter((share) => share !== null && Number(share) < 1);
    expect(shares.length).toBeGreaterThan(50);
  });
});
