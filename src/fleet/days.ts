/**
 * The days of a recording, as a fleet's files have them.
 * Owns where a day begins and ends, and which of its recording is in it.
 *
 * The step from the last snapshot of one day to the first of the next is the later day's, as a
 * step is the later bucket's: so a day is played from the snapshot before it on.
 */
import { linkBehind, type TapeLink } from '../recording/links.ts';
import type { Recording, Window } from '../recording/reader.ts';

const DAY_MS = 86_400_000;

/** Times are milliseconds since the epoch. */
export interface Day {
  /** `2026-11-23`, UTC. */
  readonly name: string;
  /** Both included. */
  readonly from: number;
  readonly to: number;
  /** What is played for it: from the last snapshot before it, where there is one. */
  readonly played: Window;
  /** Its first and last snapshot, by number. */
  readonly first: number;
  readonly last: number;
  /** The number of the item with which playing it begins: a copy may begin in the midst of the day. */
  readonly since: number;
  /** The first snapshot behind it, or how far the tape goes: what is said of it is of all before. */
  readonly tape: TapeLink;
}

/** Those days in which a window has a snapshot, oldest first, each whole; none where it has none. */
export function daysOf(recording: Recording, window: Window): Day[] {
  const { extent } = recording;
  if (extent === undefined) return [];
  const days: Day[] = [];
  const end = Math.min(window.to, extent.to);
  for (
    let at: number | undefined = Math.max(window.from, extent.from);
    at !== undefined && at <= end;
  ) {
    const from = startOfDay(at);
    const day = dayAt(recording, from);
    if (day !== undefined) days.push(day);
    // Of years without a snapshot none is looked at.
    const last = day?.last ?? recording.snapshotAt(from)?.number;
    at = last === undefined ? undefined : recording.timeOf(last + 1);
  }
  return days;
}

function startOfDay(time: number): number {
  return Math.floor(time / DAY_MS) * DAY_MS;
}

/** Undefined where it has no snapshot. */
function dayAt(recording: Recording, from: number): Day | undefined {
  const to = from + DAY_MS - 1;
  const last = recording.snapshotAt(to);
  if (last === undefined || last.at < from) return undefined;
  const before = recording.snapshotAt(from - 1);
  const first = (before?.number ?? recording.firstSnapshot!.number - 1) + 1;
  return {
    name: new Date(from).toISOString().slice(0, 10),
    from,
    to,
    played: { from: before?.at ?? from, to: last.at },
    first,
    last: last.number,
    since: (before ?? recording.firstSnapshot!).seq,
    tape: linkBehind(recording, last.number)!,
  };
}
