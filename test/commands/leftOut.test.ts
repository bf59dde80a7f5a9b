/** Reports by buckets of a recording whose clock once was wrong by decades: a board without one. */
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const HEADER = JSON.stringify({ transcript: 1, interval_s: 10, relay: {}, config: {} });

function poll(at: string, uptime: number, flags: string): string {
  const conn = flags === '' ? '' : `1 1 0 0 0 0 ${flags} ${uptime} ${uptime} ${uptime}`;
  return JSON.stringify({ at, conn, info: { 'info/uptime-process': `${100 + uptime}` } });
}

async function report(name: string, times: readonly string[], flags = 'IRt') {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, [HEADER, ...times.map((at, place) => poll(at, 30 + place * 10, flags))]);
  const ran = await run(['report', name, path, '--format', 'csv']);
  expect(ran.code).toBe(0);
  const rows: Record<string, string>[] = parse(ran.stdout, { columns: true });
  return { rows, stderr: ran.stderr };
}

const BOARD = [
  '1970-01-01T00:00:40Z',
  '1970-01-01T00:00:50Z',
  '2026-11-27T08:00:00Z',
  '2026-11-27T08:00:10Z',
];

describe('a stretch of more than 1,000 buckets in which nothing was recorded', () => {
  it.each(['churn', 'concentration'])('is left out of %s, which says so', async (name) => {
    const { rows, stderr } = await report(name, BOARD);
    expect(rows.map((row) => row['bucket_start'])).toEqual([
      '1970-01-01T00:00:00.000Z',
      // What opened in the stretch, by its UPTIME, is counted all the same.
      ...(name === 'churn' ? ['2026-11-27T07:50:00.000Z'] : []),
      '2026-11-27T08:00:00.000Z',
    ]);
    expect(stderr).toContain(
      '2992943 buckets are left out: nothing was recorded from 1970-01-01T00:10:00.000Z to 2026-11-27T08:00:00.000Z',
    );
  });

  it('leaves what churn counts balanced', async () => {
    const { rows } = await report('churn', BOARD);
    for (const row of rows) {
      const of = (column: string) => Number(row[column]);
      expect(of('open_end')).toBe(
        of('open_start') +
          of('opened') +
          of('opened_unobserved') -
          of('closed') -
          of('closed_unobserved'),
      );
    }
    expect(rows.map((row) => row['open_start']).slice(1)).toEqual(
      rows.map((row) => row['open_end']).slice(0, -1),
    );
  });

  it.each([
    // 1,000 empty buckets of ten minutes are 166 h 40 min: told; one more: left out.
    ['2026-01-07T22:50:00Z', 1002, false],
    ['2026-01-07T23:00:00Z', 2, true],
  ])('begins behind 1,000: until %s there are %i rows', async (last, count, isSaid) => {
    for (const name of ['churn', 'concentration']) {
      const { rows, stderr } = await report(name, ['2026-01-01T00:00:00Z', last], '');
      expect(rows).toHaveLength(count);
      expect(stderr.includes('left out')).toBe(isSaid);
    }
  });
});
