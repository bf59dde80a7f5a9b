/**
 * Files for a monitor: of series, which node_exporter collects for Prometheus, or a recorder's status.
 * Owns what they may be called, and who may read series; what stands in them is metricNames.ts's and
 * statusFile.ts's.
 */
import { ConntapeError } from '../error.ts';
import { checkIsNoFolder, isStream } from './filePlace.ts';

/** What a name ends in that node_exporter reads in its folder, and no other. */
const SERIES = '.prom';

/** Who collects a file of series is another user. */
export const METRICS_MODE = 0o644;

/** Whether a file of this name holds series. */
export function isSeriesName(path: string): boolean {
  return path.endsWith(SERIES);
}

/**
 * Throws `usage` for a file that node_exporter would pass over. What is not a regular file, such as
 * /dev/stdout, may be called anything.
 */
export function checkMetricsFile(path: string): void {
  if (isSeriesName(path) || isStream(path)) return;
  throw misnamed('writing', path, 'its name does not end in .prom');
}

/**
 * Throws `usage` where a recorder could not keep its status: in a folder's place, in that of what is not a
 * regular file, such as /dev/stdout, or where .prom is misspelt. A folder that is not there is
 * told and tried again: it may be mounted later, and a recorder records meanwhile.
 */
export function checkStatusFile(path: string): void {
  const operation = 'keeping the status in';
  checkIsNoFolder(operation, path);
  if (isStream(path)) {
    const parts = { operation, object: path, cause: 'it is not a regular file' };
    throw new ConntapeError('usage', { ...parts, hint: 'name a file that may be replaced' });
  }
  if (isSeriesName(path) || !isSeriesName(path.toLowerCase())) return;
  throw misnamed(operation, path, 'its name ends in .prom, but not in small letters');
}

function misnamed(operation: string, object: string, cause: string): ConntapeError {
  const hint = 'node_exporter reads names that end in .prom';
  return new ConntapeError('usage', { operation, object, cause, hint });
}
