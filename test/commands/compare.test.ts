/** `conntape compare`: two windows side by side, by rates. */
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { importInto, temporaryFolder } from '../recording/tapes.ts';
import { run } from './running.ts';

const DAY_MS = 86_400_000;
const START = Date.parse('2026-11-22T20:00:00Z');

type Fields = Record<string, string>;

const line = (conn: number, ip: string, uptime: number, read: number) =>
  `${conn} 0 ${'A'.repeat(40)} ${ip} 9001 33000 ORT ${read} 0 ${uptime}`;

/**
 * Two evenings of polls every 10 s: the first for 10 minutes, in which a connection opens to one
 * address each minute; the second for 20, in which one opens to another each minute, and one to the
 * first each second.
 */
function evenings(): string[] {
  const lines = ['{"transcript":1,"source":"native","interval_s":10}'];
  const poll = (at: number, conn: string[]) =>
    lines.push(JSON.stringify({ at: new Date(at).toISOString(), conn: conn.join('\n') }));
  for (let step = 0; step <= 60; step++) {
    const minute = Math.floor(step / 6);
    poll(START + step * 10_000, [line(minute + 1, '203.0.113.1', (step % 6) * 10, step)]);
  }
  for (let step = 0; step <= 120; step++) {
    const minute = Math.floor(step / 6);
    poll(START + DAY_MS + step * 10_000, [
      line(1000 + minute, '203.0.113.1', (step % 6) * 10, 3 * step),
      ...(minute % 2 === 0 ? [line(2000 + minute, '203.0.113.2', (step % 6) * 10, 0)] : []),
    ]);
  }
  return lines;
}

async function compared(...options: string[]) {
  const path = join(temporaryFolder(), 'a.tape');
  await importInto(path, evenings());
  const ran = await run(['compare', path, '--format', 'csv', ...options]);
  return { ...ran, rows: ran.code === 0 ? (parse(ran.stdout, { columns: true }) as Fields[]) : [] };
}

const of = (rows: Fields[], report: string, subject: string, measure: RegExp) =>
  rows.find(
    (row) =>
      row['report'] === report && row['subject'] === subject && measure.test(row['measure']!),
  );

describe('compare', () => {
  it('stands two windows of different lengths beside one another, by rates', async () => {
    const { rows, stderr } = await compared('--from', '2026-11-23T20:00');
    expect(stderr).toMatch(
      /window 2026-11-23T20:00.*\n.*compared with\n.*window 2026-11-22T20:00/s,
    );
    const opened = of(rows, 'churn', '', /opened a minute/)!;
    // Twenty and ten on twenty minutes; ten on ten. The first poll of each shows one that was there.
    expect(Number(opened['now'])).toBeCloseTo(1.5, 0);
    expect(Number(opened['before'])).toBeCloseTo(1, 0);
    expect(Number(opened['difference'])).toBeCloseTo(
      Number(opened['now']) - Number(opened['before']),
      5,
    );
    const bytes = of(rows, 'load', '', /read bytes a second/)!;
    expect([bytes['now'], bytes['change']]).toEqual([expect.stringMatching(/^\d+\.\d+$/), '']);
  });

  it('names what is new and what is gone, and leaves out what is in neither', async () => {
    const forth = (await compared('--from', '2026-11-23T20:00')).rows;
    const fresh = of(forth, 'destinations', '203.0.113.2', /connections an hour/)!;
    expect([fresh['before'], fresh['change'], fresh['ratio']]).toEqual(['0', 'new', '']);
    expect(of(forth, 'destinations', '203.0.113.1', /./)!['change']).toBe('');
    expect(of(forth, 'findings', 'bandwidth-hog', /./)).toBeUndefined();
    // What could not be judged is not known: it is no 0.
    const cycling = of(forth, 'findings', 'connection-cycling', /./)!;
    expect([cycling['now'], cycling['before'], cycling['change']]).toEqual(['', '', '']);
    const { rows } = await compared(
      ...['--to', '2026-11-22T21:00', '--with', '2026-11-23T20:00..2026-11-23T21:00'],
    );
    expect(of(rows, 'destinations', '203.0.113.2', /./)!['change']).toBe('gone');
  });

  it('refuses a window that is none, and one in which nothing was recorded', async () => {
    const wrong = await compared('--with', '20:00');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('it is not FROM..TO')]);
    const empty = await compared('--to', '2026-11-22T21:00');
    expect([empty.code, empty.stderr]).toEqual([
      1,
      expect.stringContaining('nothing was recorded'),
    ]);
  });
});
