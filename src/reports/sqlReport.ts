/**
 * Reports that are SQL: the files in queries/.
 * Owns what a report's window and bucket are called there; the rows are the index's.
 */
import type { Column, Row } from '../output/table.ts';
import { SHORT_LIVED_MS } from './lifetimes.ts';
import type { Narrowing, Report } from './report.ts';

/** The report whose rows are what `queries/NAME.sql` selects, column by column. */
export function sqlReport(
  name: string,
  question: string,
  columns: readonly Column[],
  leading: readonly string[],
  narrowing: Narrowing,
): Report {
  return {
    name,
    question,
    columns,
    leading,
    narrowing,
    analyse: ({ recording, window: { from, to }, bucketMs }) => ({
      rows: () =>
        recording.index.select<Row>(name, {
          from_ms: from,
          to_ms: to,
          bucket_ms: bucketMs,
          short_lived_ms: SHORT_LIVED_MS,
        }),
    }),
  };
}
