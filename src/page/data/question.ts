/**
 * What the page asks of reports.
 * Owns how long their buckets are, for a window of any length.
 */
import type { ReportInput } from '../../reports/report.ts';
import type { PartInput } from './input.ts';

/** What the command line's reports have unless told otherwise. */
const BUCKET_MS = 600_000;

export function questionIn(
  { recording, window }: Pick<PartInput, 'recording' | 'window'>,
  bucketMs = BUCKET_MS,
): ReportInput {
  return {
    ...{ recording, window, bucketMs },
    baselineMs: Number.POSITIVE_INFINITY,
    thresholds: new Map(),
  };
}
