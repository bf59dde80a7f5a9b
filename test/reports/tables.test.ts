/** However many reports there are, the tape is played once; and what none needs is not played. */
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../../src/recording/reader.ts';
import { churn } from '../../src/reports/churn.ts';
import type { ReportInput } from '../../src/reports/report.ts';
import { REPORTS } from '../../src/reports/reports.ts';
import { tablesOf } from '../../src/reports/tables.ts';
import { stillOpen } from '../oracle/cases.ts';
import { tableOf, withRecording } from '../recording/tapes.ts';

const QUESTION: Omit<ReportInput, 'recording'> = {
  window: EVERYTHING,
  bucketMs: 600_000,
  baselineMs: Number.POSITIVE_INFINITY,
  thresholds: new Map(),
};

describe('reports asked for together', () => {
  it('are what each is alone, after one pass over the tape', async () => {
    await withRecording(stillOpen, (recording) => {
      const seen: number[] = [];
      const tables = tablesOf(REPORTS, { recording, ...QUESTION }, (at) => seen.push(at));
      expect(seen).toEqual([]);
      for (const [place, table] of tables.entries()) {
        const alone = tableOf(REPORTS[place]!, recording);
        expect([table.name, [...table.rows]]).toEqual([alone.name, [...alone.rows]]);
      }
      const snapshots = [...recording.items(EVERYTHING)].filter(({ kind }) => kind === 'snapshot');
      expect(seen).toEqual(snapshots.map((item) => (item.kind === 'snapshot' ? item.at : 0)));
    });
  });

  it('leave the tape alone where the index answers', async () => {
    await withRecording(stillOpen, (recording) => {
      const seen: number[] = [];
      const [table] = tablesOf([churn], { recording, ...QUESTION }, (at) => seen.push(at));
      expect([...table!.rows].length).toBeGreaterThan(0);
      expect(seen).toEqual([]);
    });
  });
});
