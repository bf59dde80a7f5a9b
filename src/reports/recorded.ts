/**
 * What of a window was recorded at all.
 * Owns that a window or a time without a snapshot is an error, and its words; what was seen of a
 * window that holds some is findings/coverage.ts's.
 */
import { ConntapeError } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import {
  EVERYTHING,
  type Recording,
  type SnapshotPlace,
  type Window,
} from '../recording/reader.ts';
import { count } from './findings/wording.ts';

/** From the first snapshot to the last. Throws `recording` where there is none. */
export function recordedExtent(recording: Recording): Window {
  const { extent } = recording;
  if (extent !== undefined) return extent;
  throw new ConntapeError('recording', {
    operation: 'reading the recording',
    object: recording.path,
    cause: 'it holds no snapshot',
    hint: 'record or import something into it first',
  });
}

/**
 * The last snapshot at or before a time.
 * Throws `recording` for a time before the first, and where there is none.
 */
export function snapshotBefore(recording: Recording, time: number): SnapshotPlace {
  recordedExtent(recording);
  const place = recording.snapshotAt(time);
  if (place === undefined) throw nothingIn(recording, { from: time, to: time });
  return place;
}

/** Throws `recording` for a window that holds no snapshot, and says what there is in its place. */
export function checkRecorded(recording: Recording, window: Window): void {
  recordedExtent(recording);
  const last = recording.snapshotAt(window.to);
  if (last === undefined || last.at < window.from) throw nothingIn(recording, window);
}

const GONE = {
  age: 'were dropped as too old',
  size: 'were dropped so that it does not grow too large',
  cut: 'were left out when it was cut',
} as const;

/** What was before a recording's beginning, and what became of it; undefined where there was nothing. */
export function goneBefore({ beginning }: Recording): string | undefined {
  if (beginning === undefined) return undefined;
  const { snapshots, from, to, at, why } = beginning;
  const gone = GONE[why as keyof typeof GONE] ?? 'have gone';
  const span = `${isoTime(from)} to ${isoTime(to)}`;
  return `${count(snapshots, 'snapshot')}, ${span}, ${gone}, at ${isoTime(at)}`;
}

/** The error for a window without a snapshot, with what there is in its place. */
function nothingIn(recording: Recording, window: Window): ConntapeError {
  const { path, counts } = recording;
  const { from, to } = recording.extent!;
  const holds = `it holds ${isoTime(from)} to ${isoTime(to)}, ${count(counts.snapshots, 'snapshot')}`;
  const before = recording.snapshotAt(window.to);
  const after = before === undefined ? undefined : recording.timeOf(before.number + 1);
  const around =
    before === undefined || after === undefined
      ? ''
      : `; ${betweenWhich(recording, before, after)}`;
  return new ConntapeError('recording', {
    operation: 'reading the recording',
    object: path,
    cause: `nothing was recorded ${spanOf(window)}`,
    hint: `${holds}${around}${goneIn(recording, window)}`,
  });
}

/** What became of it, where the window reaches before the beginning. */
function goneIn(recording: Recording, window: Window): string {
  const gone = window.from < recording.extent!.from ? goneBefore(recording) : undefined;
  return gone === undefined ? '' : `; before it, ${gone}`;
}

/** `from … to …`, `until …`, `from … on`, `at …`. */
export function spanOf({ from, to }: Window): string {
  if (from === to) return `at ${isoTime(from)}`;
  if (from === EVERYTHING.from) return `until ${isoTime(to)}`;
  if (to === EVERYTHING.to) return `from ${isoTime(from)} on`;
  return `from ${isoTime(from)} to ${isoTime(to)}`;
}

/** Which snapshots lie around a window that holds none, and why there is none in between. */
function betweenWhich(recording: Recording, before: SnapshotPlace, after: number): string {
  const [gap] = recording.gapsIn({ from: before.at, to: after });
  const why = gap === undefined ? 'no poll was due in between' : `a gap (${gap.reason})`;
  const snapshots = `snapshots ${before.number} and ${before.number + 1}`;
  return `between ${snapshots}, ${isoTime(before.at)} and ${isoTime(after)}: ${why}`;
}
