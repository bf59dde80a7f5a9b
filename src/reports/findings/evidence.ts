/**
 * Which snapshots show a stretch of time.
 * Owns the question; findings from what is not a snapshot itself ask it. Numbers count from the
 * recording's first snapshot, of which there must be one.
 */
import type { Recording } from '../../recording/reader.ts';

/** From the first to the last, both included. */
export type SnapshotRange = readonly [first: number, last: number];

/** The snapshots from `from` to before `to`; where there is none, those on both sides. */
export function snapshotsBetween(recording: Recording, from: number, to: number): SnapshotRange {
  const last = recording.snapshotAt(to - 1);
  const before = recording.snapshotAt(from - 1);
  if (last === undefined || last.number === before?.number) {
    return snapshotsAround(recording, from, to);
  }
  return [before === undefined ? firstOf(recording) : before.number + 1, last.number];
}

/** The last snapshot at or before `from` and the first at or after `to`, as far as there are both. */
export function snapshotsAround(recording: Recording, from: number, to: number): SnapshotRange {
  const before = recording.snapshotAt(from)?.number;
  const within = recording.snapshotAt(to - 1)?.number;
  const next = within === undefined ? firstOf(recording) : within + 1;
  const after = recording.timeOf(next) === undefined ? undefined : next;
  return [(before ?? after)!, (after ?? before)!];
}

function firstOf(recording: Recording): number {
  return recording.snapshotAt(recording.extent!.from)!.number;
}
