/**
 * The part of a recording that a command looks at: `--from` and `--to`.
 * Owns the options and what they resolve to; the language of times is time.ts's, that a window
 * without a snapshot is an error reports/recorded.ts's.
 */
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import { EVERYTHING, type Recording, type Window } from '../recording/reader.ts';
import { unrecordedIn } from '../reports/findings/coverage.ts';
import { duration } from '../reports/findings/wording.ts';
import { checkRecorded, recordedExtent, spanOf } from '../reports/recorded.ts';
import { type Io, tell } from './io.ts';
import { parseTime, type TimeContext } from './time.ts';

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

/** What relative times count from. Throws `recording` where it holds no snapshot. */
export function timeContext(recording: Recording, io: Io): TimeContext {
  const { from, to } = recordedExtent(recording);
  return { now: io.now(), first: from, last: to };
}

/**
 * The window that the options name, which holds a snapshot. What of it was recorded is said
 * on standard error.
 * Throws `usage` for a time that cannot be read, and for a window that ends before it begins;
 * `recording` where nothing was recorded in it: no answer is better than one that looks clean.
 */
export function resolveWindow(recording: Recording, options: WindowOptions, io: Io): Window {
  const extent = recordedExtent(recording);
  const window = windowIn(options, timeContext(recording, io));
  checkRecorded(recording, window);
  tellWindow(window, extent, io);
  for (const line of unrecordedLines(recording, window)) tell(io, line);
  return window;
}

/**
 * The window that the options name, whatever was recorded in it. Throws `usage` for a time that cannot
 * be read, and for a window that ends before it begins.
 */
export function windowIn(options: WindowOptions, context: TimeContext): Window {
  const from = options.from === undefined ? EVERYTHING.from : parseTime(options.from, context);
  const to = options.to === undefined ? EVERYTHING.to : parseTime(options.to, context);
  if (from <= to) return { from, to };
  throw new ConntapeError('usage', {
    operation: 'reading the window',
    cause: `--from ${isoTime(from)} is after --to ${isoTime(to)}`,
  });
}

/**
 * Says on standard error what is looked at: the window, as far as something was recorded; as it was
 * asked where that is none of it.
 */
export function tellWindow(window: Window, recorded: Window, io: Io): void {
  const from = Math.max(window.from, recorded.from);
  const to = Math.min(window.to, recorded.to);
  tell(io, `window ${from > to ? spanOf(window) : `${isoTime(from)} to ${isoTime(to)}`}`);
}

/** A sentence for each side on which the window reaches beyond the recording. */
export function unrecordedLines(recording: Recording, window: Window): string[] {
  const { beforeMs, afterMs } = unrecordedIn(recording, window);
  const extent = recording.extent!;
  const lines: string[] = [];
  if (beforeMs > 0) {
    const what =
      recording.beginning === undefined
        ? 'nothing was recorded'
        : 'nothing is left of what was recorded';
    lines.push(
      `${what} before ${isoTime(extent.from)}: the window begins ${duration(beforeMs)} earlier`,
    );
  }
  if (afterMs > 0) {
    lines.push(
      `nothing was recorded after ${isoTime(extent.to)}: the window ends ${duration(afterMs)} later`,
    );
  }
  return lines;
}

/** What of a recording says when it ends. */
interface Ending {
  readonly extent: Window | undefined;
  readonly header: { readonly intervalMs: number };
}

/** A recorder that still runs has polled since. */
const LONG_AGO_INTERVALS = 10;

/** When the recording ends, where that is long enough ago that nobody goes on with it; else undefined. */
export function endedLongAgo({ extent, header }: Ending, now: number): string | undefined {
  if (extent === undefined || now - extent.to <= LONG_AGO_INTERVALS * header.intervalMs) {
    return undefined;
  }
  return `the recording ends at ${isoTime(extent.to)}, ${duration(now - extent.to)} ago`;
}
