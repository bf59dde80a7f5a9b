/**
 * Cells of bytes that nobody counted.
 * Owns which columns those are, and that they are empty: a source that does not observe bytes lists 0,
 * which says nothing.
 */
import { countsRead, countsWritten } from '../listing/uncounted.ts';
import type { Column, Row } from '../output/table.ts';
import type { ReportInput } from './report.ts';

/** Columns that are made of READ alone, and of WRITE alone; Tor's own counts are neither. */
const OF_READ: ReadonlySet<string> = new Set(['read_bytes', 'read_rate', 'read_delta']);
const OF_WRITE: ReadonlySet<string> = new Set(['written_bytes', 'written_rate', 'written_delta']);

/** Columns that are made of either or both. */
const OF_BOTH: ReadonlySet<string> = new Set([
  ...['bytes', 'withheld_bytes', 'share_of_bytes', 'ratio', 'pcr'],
  ...['top_share_of_bytes', 'hhi_of_bytes', 'gini_of_bytes', 'entropy_of_bytes'],
  ...['forward_in', 'forward_out', 'backward_in', 'backward_out'],
]);

/**
 * The rows, with empty cells for bytes that a source of the window did not count. A sum with a part
 * that is not known is not known.
 */
export function told(
  columns: readonly Column[],
  rows: Iterable<Row>,
  { recording, window }: Pick<ReportInput, 'recording' | 'window'>,
): Iterable<Row> {
  const { sessions } = recording;
  const observes = sessions
    .filter(
      ({ at }, place) => at <= window.to && (sessions[place + 1]?.at ?? Infinity) > window.from,
    )
    .map(({ header }) => header.observes);
  const read = observes.every(countsRead);
  const written = observes.every(countsWritten);
  if (read && written) return rows;
  const isUntold = columns.map(
    ({ name }) =>
      (!read && OF_READ.has(name)) || (!written && OF_WRITE.has(name)) || OF_BOTH.has(name),
  );
  return isUntold.includes(true) ? emptied(rows, isUntold) : rows;
}

function* emptied(rows: Iterable<Row>, isUntold: readonly boolean[]): Generator<Row, void> {
  for (const row of rows) yield row.map((cell, index) => (isUntold[index] ? null : cell));
}
