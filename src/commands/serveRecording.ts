/**
 * `conntape serve --recording`: a control port over the past.
 * Owns its options and what the operator is told; the conversations are
 * serving/replayed/'s.
 */

import { once } from 'node:events';
import { type Command, Option } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { type ListenOptions, MAX_REPLY_BYTES, portOf } from '../cli/listening.ts';
import { withRecording } from '../cli/opened.ts';
import { speedParser } from '../cli/speed.ts';
import { parseTime } from '../cli/time.ts';
import { timeContext } from '../cli/window.ts';
import { ConntapeError } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import { roundedHeader } from '../listing/rounding.ts';
import { scrubHeader } from '../listing/scrub.ts';
import type { Recording } from '../recording/reader.ts';
import { recordedExtent, snapshotBefore } from '../reports/recorded.ts';
import { ReplayedHost } from '../serving/replayed/replayed.ts';
import type { Tape } from '../serving/replayed/tape.ts';
import { ReplayedTime } from '../serving/replayed/time.ts';

export interface RecordingOptions extends ListenOptions {
  /** The file. */
  readonly recording: string;
  readonly at?: string;
  readonly speed: number;
  readonly round: number;
}

/** A BW event a recorded second, so a thousand a second; a recorder polls at most ten times. */
const LARGEST_SPEED = 1000;

/** Adds the options that say which past is served. */
export function addRecordingOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--recording <file>', 'serve a recording, in place of a live Tor').conflicts([
        ...['control', 'passwordFile', 'cookieFile', 'source', 'interval', 'dump', 'allow'],
        'socketDetails',
      ]),
    )
    .option('--at <time>', 'where the recording begins to play, such as 03:44, -10m, +1h')
    .option(
      '--speed <n>',
      'how fast it plays: 1 as it was, 0 stands still',
      speedParser(LARGEST_SPEED, true),
      1,
    )
    .hook('preAction', mayBeOfRecording);
}

/** Throws `usage` for options of a recording without one: a live Tor has but one pace. */
function mayBeOfRecording(command: Command): void {
  if (command.getOptionValue('recording') !== undefined) return;
  const stray = ['at', 'speed'].find((name) => command.getOptionValueSource(name) === 'cli');
  if (stray === undefined) return;
  throw new ConntapeError('usage', {
    operation: `reading --${stray}`,
    cause: 'it is for a recording, and none is named',
    hint: 'give --recording FILE too',
  });
}

/**
 * Serves a recording until the operator interrupts.
 * Throws `recording` where it cannot be read, holds no snapshot, or none at or before `--at`, and as
 * `portOf` does.
 */
export async function serveRecording(options: RecordingOptions, io: Io): Promise<void> {
  // What is wrong with the command line is said before anything is opened.
  const openPort = portOf(options, [options.recording], io);
  await withRecording(options.recording, io, async (recording) => {
    const tape = tapeOf(recording, options.round);
    const { from, time } = beginning(recording, options, io);
    const host = new ReplayedHost({
      ...{ tape, time, from, round: options.round, maxReplyCharacters: MAX_REPLY_BYTES },
      parseTime: (text, now) => timeIn(text, { ...timeContext(recording, io), now }),
    });
    // Asked for before there is a cookie or a socket, which a signal would leave behind.
    const { interrupted } = io;
    try {
      const port = await openPort({ service: host, limits: { maxReplyBytes: MAX_REPLY_BYTES } });
      tell(io, `serving ${options.recording} at ${port.where}`);
      tellBeginning(tape, time, io);
      await played(host, time, io).finally(() => port.close());
      interrupted.throwIfAborted();
    } finally {
      host.playback.close();
    }
  });
}

/** What stands in the recording now: all that is asked for over and over is read once. */
function tapeOf(recording: Recording, round: number): Tape {
  return {
    sessions: recording.sessions.map(({ at, header }) => {
      return { at, header: roundedHeader(scrubHeader(header), round) };
    }),
    extent: recording.extent,
    items: (window) => recording.items(window),
    snapshotAt: (time) => recording.snapshotAt(time),
    gapAt: (time) => recording.gapAt(time),
    gapsIn: (window) => recording.gapsIn(window),
  };
}

/** Where the replay begins: the tape's first snapshot that it needs, and its clock. */
function beginning(recording: Recording, { at, speed }: RecordingOptions, io: Io) {
  const { from: first, to: end } = recordedExtent(recording);
  const clock = { end, speed, monotonic: io.monotonic };
  if (at === undefined) {
    // With the gaps before it, should there be any.
    return { from: Number.NEGATIVE_INFINITY, time: new ReplayedTime({ ...clock, start: first }) };
  }
  const start = parseTime(at, timeContext(recording, io));
  return { from: snapshotBefore(recording, start).at, time: new ReplayedTime({ ...clock, start }) };
}

/** Plays to the end, and stays there until the operator interrupts. */
async function played(host: ReplayedHost, time: ReplayedTime, io: Io): Promise<void> {
  const { interrupted } = io;
  await host.playback.run(io.wait, interrupted);
  if (interrupted.aborted) return;
  if (time.now() === time.end)
    tell(io, `the end of the recording: it stays at ${isoTime(time.end)}`);
  await once(interrupted, 'abort');
}

function tellBeginning(tape: Tape, time: ReplayedTime, io: Io): void {
  const { start, end, speed } = time;
  const pace = speed === 0 ? 'standing still' : `to ${isoTime(end)} at ${speed} times its pace`;
  tell(io, `from ${isoTime(start)} ${pace}`);
  const gap = tape.gapAt(start);
  if (gap === undefined) return;
  tell(io, `${isoTime(start)} lies in a gap (${gap.reason}), which ends at ${isoTime(gap.to)}`);
}

/** The time that a text means; undefined for none. */
function timeIn(text: string, context: Parameters<typeof parseTime>[1]): number | undefined {
  try {
    return parseTime(text, context);
  } catch (thrown) {
    if (thrown instanceof ConntapeError && thrown.kind === 'usage') return undefined;
    throw thrown;
  }
}
