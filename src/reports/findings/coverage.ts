/**
 * How much of a window was recorded: snapshots, blind times, and what lies outside the recording.
 * Owns those figures; what they keep a rule from seeing is sight.ts's. Times are milliseconds since
 * the epoch, lengths milliseconds.
 */

import { isGap } from '../../listing/pace.ts';
import { BlindTimes, type Stretch } from '../../recording/index/blind.ts';
import type { Recording, Window } from '../../recording/reader.ts';

/** What a window asks for and no recording can give: how long before its start, and after its end. */
export interface Unrecorded {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/**
 * How much of a window lies outside the recording, which must hold a snapshot. 0 where no such bound
 * was asked for, and where it is only an ordinary step between two snapshots.
 */
export function unrecordedIn(recording: Recording, window: Window): Unrecorded {
  const { extent, sessions } = recording;
  const beforeMs = extent!.from - window.from;
  const afterMs = window.to - extent!.to;
  const counted = (ms: number, intervalMs: number) =>
    Number.isFinite(ms) && isGap(ms, intervalMs) ? ms : 0;
  return {
    beforeMs: counted(beforeMs, sessions[0]!.header.intervalMs),
    afterMs: counted(afterMs, sessions.at(-1)!.header.intervalMs),
  };
}

/** How much of a window was seen. */
export interface Coverage extends Unrecorded {
  /** The window as far as the recording goes. */
  readonly from: number;
  readonly to: number;
  /** The times of the window's first and last snapshot, and how many there are. */
  readonly firstAt: number;
  readonly lastAt: number;
  readonly snapshots: number;
  /** How much of `from` to `to` lies in steps that share time with a gap: those are blind, whole. */
  readonly blindMs: number;
  readonly gaps: number;
}

/** Whether all of what was asked for was seen, as far as polls see anything. */
export function isWhole({ beforeMs, blindMs, afterMs }: Coverage): boolean {
  return beforeMs === 0 && blindMs === 0 && afterMs === 0;
}

/** How much of a window was seen; at least one snapshot must lie in it. */
export function coverageOf(recording: Recording, window: Window): Coverage {
  const extent = recording.extent!;
  const from = Math.max(window.from, extent.from);
  const to = Math.min(window.to, extent.to);
  const last = recording.snapshotAt(to)!;
  const before = recording.snapshotAt(from)!;
  const first = before.at === from ? before.number : before.number + 1;
  const after = recording.timeOf(last.number + 1) ?? to;
  const blind = blindStepsOf(recording, recording.gapsIn({ from: before.at, to: after })).filter(
    (step) => step.from < to && step.to > from,
  );
  return {
    ...unrecordedIn(recording, window),
    from,
    to,
    firstAt: recording.timeOf(first)!,
    lastAt: last.at,
    snapshots: last.number - first + 1,
    blindMs: new BlindTimes(blind).within(from, to),
    gaps: blind.length,
  };
}

/** For each gap the steps that share time with it, as one stretch from snapshot to snapshot. */
function blindStepsOf(recording: Recording, gaps: readonly Stretch[]): Stretch[] {
  return gaps
    .map(({ from, to }) => {
      const before = recording.snapshotAt(from);
      const within = recording.snapshotAt(to);
      // A gap that ends with a snapshot ends with that step; any other one with the next snapshot.
      const after =
        within === undefined || within.at === to ? undefined : recording.timeOf(within.number + 1);
      return { from: before?.at ?? from, to: after ?? to };
    })
    .sort((a, b) => a.from - b.from);
}
