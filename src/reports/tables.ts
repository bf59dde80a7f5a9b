/**
 * Reports as tables: however many there are, the tape is played once.
 * Owns bringing the reports and the tape together, and that rows leave as soon as they are known.
 */
import type { Row, Table } from '../output/table.ts';
import { played, type Watcher } from './playing.ts';
import type { Analysis, Report, ReportInput } from './report.ts';
import { told } from './untold.ts';

/**
 * A table for each report, in their order. The tape is played as rows are read, from when the first
 * row of a report that needs it is asked for. Rows of one report wait while another's are read.
 * @param onSnapshot called as the tape goes by.
 * @param others watch beside the reports; they have seen all when the rows of one that needs the tape are read.
 */
export function tablesOf(
  reports: readonly Report[],
  input: ReportInput,
  onSnapshot: (at: number) => void = () => {},
  others: readonly Watcher[] = [],
): Table[] {
  const analyses = reports.map((report) => report.analyse(input));
  const waiting = analyses.map((): Row[] => []);
  const watchers = [...analyses.filter(watches), ...others];
  const playing = played(watchers, input, onSnapshot);
  /** The rows of one report that are known as the tape goes by; those of the others wait. */
  function* goneOn(reader: number): Generator<Row, void> {
    while (playing.next().done !== true) {
      for (const [place, analysis] of analyses.entries()) {
        if (place === reader) continue;
        for (const row of analysis.finished?.() ?? []) waiting[place]!.push(row);
      }
      yield* analyses[reader]!.finished?.() ?? [];
    }
  }
  return reports.map(({ name, columns, leading }, place) => {
    const analysis = analyses[place]!;
    function* rows(): Generator<Row, void> {
      if (watches(analysis)) {
        yield* waiting[place]!.splice(0);
        yield* goneOn(place);
      }
      yield* analysis.rows();
    }
    return { name, columns, leading, rows: told(columns, rows(), input) };
  });
}

function watches(analysis: Analysis): analysis is Analysis & Watcher {
  return analysis.watch !== undefined;
}
