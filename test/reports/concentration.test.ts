/** The report of concentration on recordings whose rows were computed by hand. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { concentration } from '../../src/reports/concentration.ts';
import type { ReportInput } from '../../src/reports/report.ts';
import { nothing } from '../oracle/cases.ts';
import { reportCsv, withRecording } from '../recording/tapes.ts';
import { A, at, columnsOf, evening, header, snapshot } from './outings.ts';

/** Some columns of every row. */
function rowsOf(lines: readonly string[], names: string, question: Partial<ReportInput> = {}) {
  return columnsOf(concentration, lines, names, question);
}

const GOLDEN = new URL('../fixtures/golden/concentration.csv', import.meta.url);

describe('concentration', () => {
  it('is the golden file', async () => {
    // Bucket 0: the polls of 0 and 10, after which all is blind until 50. Connections 1 and 7; 2; 3:
    // shares 1/2, 1/4, 1/4. Index 1/4 + 2/16. Gini (−2·1 + 0·1 + 2·2) / (3·4). Entropy
    // (ln 2 / 2 + ln 4 / 2) / ln 3. Bytes 650 + 330, 500 and 0: shares 49/74, 25/74, 0. Index
    // (49² + 25²) / 74². Gini (2·980) / (3·1480). Entropy (49/74 ln 74/49 + 25/74 ln 74/25) / ln 3.
    // Withheld are 4 and 8, 2048 + 1024.
    // Bucket 30: the poll of 50. Connections 1 and 7; 2 and 9. Its bytes crossed the gap.
    // Bucket 60: the last poll. Connection 1 of the new Tor, 40 + 4.
    const csv = await withRecording(evening, (recording) =>
      reportCsv(concentration, recording, 30_000),
    );
    expect(csv).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  it('has no row for an empty recording or window', async () => {
    expect(await rowsOf(nothing, 'bucket_start')).toEqual([]);
    const window = { from: at(11), to: at(49) };
    expect(await rowsOf(evening, 'bucket_start', { window })).toEqual([]);
  });

  it('has a row for every bucket, measures only of what there was', async () => {
    const tape = [header(), snapshot(0, []), snapshot(10, []), snapshot(50, [])];
    const names = 'bucket_start observed_s connections destinations hhi_of_connections bytes';
    expect(await rowsOf(tape, names, { bucketMs: 20_000 })).toEqual([
      [at(0), 10, 0, 0, null, 0],
      [at(20), 0, 0, 0, null, 0],
      [at(40), 0, 0, 0, null, 0],
    ]);
  });

  it('counts a connection that is there in two buckets in both', async () => {
    const line = (uptime: number) => `1 0 ${A} 198.51.100.1 9001 0 ORT 5 5 ${uptime}`;
    const tape = [
      header(),
      snapshot(0, [line(5)]),
      snapshot(10, [line(15)]),
      snapshot(20, [line(25)]),
    ];
    expect(await rowsOf(tape, 'connections', { bucketMs: 10_000 })).toEqual([[1], [1], [1]]);
    // In one bucket, once.
    expect(await rowsOf(tape, 'connections', { bucketMs: 60_000 })).toEqual([[1]]);
  });

  it('counts bytes once where lines repeat them, and each where they do not', async () => {
    const lines = (bytes: number, uptime: number) =>
      [4, 5].map((circId) => `1 ${circId} ${A} 198.51.100.1 9001 0 ORT ${bytes} 0 ${uptime}`);
    const tape = (bytes: 'connection' | 'entry') => [
      header(bytes),
      snapshot(0, lines(100, 5)),
      snapshot(10, lines(170, 15)),
    ];
    expect(await rowsOf(tape('connection'), 'connections bytes')).toEqual([[1, 70]]);
    expect(await rowsOf(tape('entry'), 'connections bytes')).toEqual([[1, 140]]);
  });

  it('measures what a window saw', async () => {
    // The first poll of a window is where its counting begins: at 50 nothing moved yet.
    const window = { from: at(50), to: at(60) };
    const names = 'bucket_start observed_s connections destinations bytes withheld_bytes';
    expect(await rowsOf(evening, names, { window, bucketMs: 30_000 })).toEqual([
      [at(30), 0, 4, 2, 0, 0],
      [at(60), 10, 1, 1, 44, 0],
    ]);
  });

  it('sums exactly', async () => {
    // Three times 2^53 − 1 to one place, as much to what is withheld.
    const most = Number.MAX_SAFE_INTEGER;
    const lines = [1, 2, 3].flatMap((connId) => [
      `${connId} 0 0 10.0.0.1 80 0 ORt ${most} 0 5`,
      `${connId + 3} 0 0 203.0.113.1 80 0 ORt 0 ${most} 5`,
    ]);
    const tape = [header(), snapshot(0, []), snapshot(10, lines)];
    expect(await rowsOf(tape, 'bytes top_share_of_bytes withheld_bytes')).toEqual([
      [27021597764222973n, 1, 27021597764222973n],
    ]);
  });
});
