/**
 * Reports as tables: however many there are, the tape is played once.
 * Owns bringing the reports and the tape together.
 */

import type { Row, Table } from '../output/table.ts';
import { playback } from '../recording/playback/playback.ts';
import type { Report, ReportInput } from './report.ts';

/**
 * A table for each report, in their order. The tape is played when the first row of a report that
 * needs it is asked for.
 * @param onSnapshot called as the tape goes by.
 */
export function tablesOf(
  reports: readonly Report[],
  input: ReportInput,
  onSnapshot: (at: number) => void = () => {},
): Table[] {
  const analyses = reports.map((report) => report.analyse(input));
  const watching = analyses.filter((analysis) => analysis.watch !== undefined);
  let isPlayed = watching.length === 0;
  const play = () => {
    if (isPlayed) return;
    isPlayed = true;
    for (const step of playback(input)) {
      for (const analysis of watching) analysis.watch!(step);
      onSnapshot(step.at);
    }
  };
  return reports.map((report, place) => {
    const analysis = analyses[place]!;
    function* rows(): Generator<Row, void> {
      if (analysis.watch !== undefined) play();
      yield* analysis.rows();
    }
    const { name, columns } = report;
    return { name, columns, rows: rows() };
  });
}
