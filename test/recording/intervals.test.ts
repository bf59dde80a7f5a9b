/** Recorders with different intervals, one after the other, in one recording. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Recording } from '../../src/recording/reader.ts';
import { circuits } from '../../src/reports/circuits.ts';
import { importInto, tableOf, temporaryFolder } from './tapes.ts';

const header = (interval_s: number) => JSON.stringify({ transcript: 1, interval_s });

/** Lines such as `1 7 5`: CONN_ID, CIRC_ID, UPTIME. */
const snapshot = (second: number, ...lines: string[]) =>
  JSON.stringify({
    at: new Date(Date.parse('2026-11-23T00:00:00Z') + second * 1000).toISOString(),
    conn: lines.map((each) => each.replace(/(?= \d+$)/, ' 0 0 0 0 IRt 1 1')).join('\n'),
  });

describe('entries of one CIRC_ID', () => {
  it('are one circuit where they follow within the interval of their time', async () => {
    const path = join(temporaryFolder(), 'a.tape');
    // Gone by 10, back 15 s later: not within 10 s.
    const first = [snapshot(0, '1 7 5'), snapshot(10), snapshot(20), snapshot(30, '2 7 5')];
    // Gone by 160, back 40 s later: within 60 s.
    const then = [snapshot(100, '3 8 5'), snapshot(160), snapshot(220, '4 8 20')];
    await importInto(path, [header(10), ...first]);
    await importInto(path, [header(60), ...then]);
    const recording = Recording.open(path);
    try {
      const rows = [...tableOf(circuits, recording).rows];
      expect(rows.map((row) => [row[1], row[10]])).toEqual([
        [7, 1],
        [7, 1],
        [8, 2],
      ]);
    } finally {
      recording.close();
    }
  });
});
