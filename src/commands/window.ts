/**
 * The part of a recording that a command looks at: `--from` and `--to`.
 * Owns the options and what they resolve to; the language of times is time.ts's.
 */
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import { isoTime } from '../output/instant.ts';
import { EVERYTHING, type Recording, type Window } from '../recording/reader.ts';
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

/** What relative times count from. */
export function timeContext(recording: Recording, io: Io) {
  const extent = recording.extent;
  return { now: io.now(), first: extent?.from, last: extent?.to };
}

/**
 * The window that the options name, told on standard error as far as there are snapshots; undefined
 * for an empty recording.
 * Throws `usage` for a time that cannot be read, and for a window that ends before it begins.
 */
export function resolveWindow(
  recording: Recording,
  options: WindowOptions,
  io: Io,
): Window | undefined {
  const { extent } = recording;
  if (extent === undefined) {
    tell(io, 'the recording holds no snapshot');
    return undefined;
  }
  const context = timeContext(recording, io);
  const from = options.from === undefined ? EVERYTHING.from : parseTime(options.from, context);
  const to = options.to === undefined ? EVERYTHING.to : parseTime(options.to, context);
  if (from > to) {
    throw new ConntapeError('usage', {
      operation: 'reading the window',
      cause: `--from ${isoTime(from)} is after --to ${isoTime(to)}`,
    });
  }
  const told = [Math.max(from, extent.from), Math.min(to, extent.to)].map(isoTime);
  tell(io, `window ${told.join(' to ')}`);
  return { from, to };
}
