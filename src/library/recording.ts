/**
 * `conntape/recording`: a recording for other programs.
 * Owns the one door of the package: plain objects and rows, times in milliseconds since the epoch
 * (UTC), errors by kind. What they say is recording/'s and reports/'s.
 */
import { RecordingReader } from './recordingReader.ts';

export { ConntapeError, type ErrorKind, type ErrorParts } from '../error.ts';
export type { Quarantined } from '../listing/listing.ts';
export type {
  BytesMeaning,
  Header,
  Json,
  JsonObject,
  LifeEvent,
  Observation,
  Observes,
  Relay,
} from '../listing/snapshot.ts';
export type { Cell, Column, ColumnKind, Row, Table } from '../output/table.ts';
export { REPORT_NAMES, type RecordingReader } from './recordingReader.ts';
export {
  connAll,
  type RecordedEntry,
  type RecordedGap,
  type RecordedSession,
  type RecordedSnapshot,
  type ReportQuestion,
  type TimeSpan,
} from './shapes.ts';

/**
 * Opens a recording for reading; a recorder may go on writing it meanwhile. Throws a
 * `ConntapeError`: `recording` where there is no such file, or it is not a recording or one of another
 * format, `damaged` where it is not what was written.
 *
 * ```ts
 * import { ConntapeError, openRecording } from 'conntape/recording';
 *
 * const HOUR_MS = 3_600_000;
 *
 * try {
 *   const recording = openRecording(process.argv[2] ?? 'relay.tape');
 *   try {
 *     const end = recording.extent?.to ?? 0;
 *     const lastHour = { from: end - HOUR_MS };
 *     for (const { at, entries } of recording.snapshots(lastHour)) {
 *       const opened = entries.filter(({ uptime }) => uptime < 10);
 *       console.log(new Date(at).toISOString(), entries.length, opened.length);
 *     }
 *     for (const { from, to, reason } of recording.gaps(lastHour)) {
 *       console.log(`nothing was seen for ${(to - from) / 1000} s: ${reason}`);
 *     }
 *     const churn = recording.report('churn', { ...lastHour, bucketMs: 60_000 });
 *     console.log(churn.columns.map(({ name, kind }) => `${name} (${kind})`).join(', '));
 *     for (const row of churn.rows) console.log(row.join(', '));
 *   } finally {
 *     recording.close();
 *   }
 * } catch (thrown) {
 *   if (!(thrown instanceof ConntapeError)) throw thrown;
 *   // `recording`: there is no such file, or nothing in that hour; `damaged`: restore a copy.
 *   console.error(`${thrown.kind}: ${thrown.message}`, thrown.hint ?? '');
 *   process.exitCode = 1;
 * }
 * ```
 */
export function openRecording(path: string): RecordingReader {
  return RecordingReader.open(path);
}
