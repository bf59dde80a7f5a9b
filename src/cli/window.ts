/**
 * The part of a recording that a command looks at: `--from` and `--to`.
 * Owns the options, what they resolve to, and that a window without a snapshot is an error; the
 * language of times is time.ts's.
 */
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import {
  EVERYTHING,
  type Recording,
  type SnapshotPlace,
  type Window,
} from '../recording/reader.ts';
import { unrecordedIn } from '../reports/findings/coverage.ts';
import { count, duration } from '../reports/findings/wording.ts';
import { type Io, tell } from './io.ts';
import { parseTime } from './time.ts';

export interface WindowOptions {
  readonly from?: string;
  readonly to?: string;
}

export function addWindowOptions(command: Command): Command {
  return command
    .option(
      '--from <time>',
      'only what was seen at or after this time, such as 03:44, -1h, 10m ago',
    )
    .option('--to <time>', 'only what was seen at or before this time');
}

/** What relative times count from. Throws `recording` where there is no snapshot. */
export function timeContext(recording: Recording, io: Io) {
  const { from, to } = recordedExtent(recording);
  return { now: io.now(), first: from, last: to };
}

/**
 * The window that the options name, which holds a snapshot. What of it was recorded is told on
 * standard error.
 * Throws `usage` for a time that cannot be read, and for a window that ends before it begins;
 * `recording` where nothing was recorded in it: no answer is better than one that looks clean.
 */
export function resolveWindow(recording: Recording, options: WindowOptions, io: Io): Window {
  const extent = recordedExtent(recording);
  const context = timeContext(recording, io);
  const from = options.from === undefined ? EVERYTHING.from : parseTime(options.from, context);
  const to = options.to === undefined ? EVERYTHING.to : parseTime(options.to, context);
  if (from > to) {
    throw new ConntapeError('usage', {
      operation: 'reading the window',
      cause: `--from ${isoTime(from)} is after --to ${isoTime(to)}`,
    });
  }
  const window = { from, to };
  const last = recording.snapshotAt(to);
  if (last === undefined || last.at < from) throw nothingIn(recording, window);
  const told = [Math.max(from, extent.from), Math.min(to, extent.to)].map(isoTime);
  tell(io, `window ${told.join(' to ')}`);
  for (const line of unrecordedLines(recording, window)) tell(io, line);
  return window;
}

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

/** A sentence for each side on which the window reaches beyond the recording. */
export function unrecordedLines(recording: Recording, window: Window): string[] {
  const { beforeMs, afterMs } = unrecordedIn(recording, window);
  const extent = recording.extent!;
  const lines: string[] = [];
  if (beforeMs > 0) {
    lines.push(
      `nothing was recorded before ${isoTime(extent.from)}: the window begins ${duration(beforeMs)} earlier`,
    );
  }
  if (afterMs > 0) {
    lines.push(
      `nothing was recorded after ${isoTime(extent.to)}: the window ends ${duration(afterMs)} later`,
    );
  }
  return lines;
}

/** A recorder that still runs has polled since. */
const LONG_AGO_INTERVALS = 10;

/** When the recording ends, where that is so long ago that nobody goes on with it; else undefined. */
export function endedLongAgo(recording: Recording, now: number): string | undefined {
  const { extent, header } = recording;
  if (extent === undefined || now - extent.to <= LONG_AGO_INTERVALS * header.intervalMs) {
    return undefined;
  }
  return `the recording ends at ${isoTime(extent.to)}, ${duration(now - extent.to)} ago`;
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
    hint: `${holds}${around}`,
  });
}

function spanOf({ from, to }: Window): string {
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
