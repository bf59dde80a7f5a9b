/**
 * `conntape replay`: what `conn/all` said, at one moment or snapshot by snapshot.
 * Owns the choice of moments and their pace; how they are printed is output/'s.
 */
import { type Command, Option } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { counted } from '../cli/progressOn.ts';
import { addSelectionOptions, type SelectionOptions, selectionOf } from '../cli/selecting.ts';
import { speedParser } from '../cli/speed.ts';
import { screenOf } from '../cli/tables.ts';
import { parseTime } from '../cli/time.ts';
import { addWindowOptions, resolveWindow, timeContext, type WindowOptions } from '../cli/window.ts';
import { isoTime } from '../listing/instant.ts';
import { textOf } from '../listing/listing.ts';
import { selectedItems } from '../listing/selectedItems.ts';
import { isEverything, selectionText } from '../listing/selection.ts';
import type { Snapshot, TapeItem } from '../listing/snapshot.ts';
import { visible } from '../listing/visible.ts';
import { SNAPSHOT_FORMATS, snapshotText } from '../output/snapshots.ts';
import { writeText } from '../output/write.ts';
import type { Recording } from '../recording/reader.ts';
import { snapshotBefore } from '../reports/recorded.ts';
import { NATIVE_OBSERVES } from '../transcript/observes.ts';
import { TranscriptLines } from '../transcript/write.ts';

/** A day in less than a tenth of a second: faster is to leave the option out. */
const LARGEST_SPEED = 1_000_000;

const FORMATS = ['listing', ...SNAPSHOT_FORMATS, 'transcript'] as const;

interface Options extends WindowOptions, SelectionOptions {
  readonly at?: string;
  readonly speed?: number;
  readonly format: (typeof FORMATS)[number];
}

export function addReplayCommand(program: Command, io: Io): void {
  const command = program
    .command('replay')
    .summary('what conn/all said, at a moment or over time')
    .description(
      'What conn/all said: as it stood at a moment (--at), or every snapshot of a window in turn.',
    )
    .argument('<recording>', 'a recording')
    .addOption(
      new Option(
        '--at <time>',
        'the listing as it stood at this time, such as 03:44, -10m, now',
      ).conflicts(['from', 'to']),
    );
  addSelectionOptions(addWindowOptions(command))
    .option(
      '--speed <n>',
      'pace the snapshots: n times as fast as they were taken',
      speedParser(LARGEST_SPEED, false),
    )
    .addOption(
      new Option(
        '--format <format>',
        'listing is the lines of conn/all, an empty line between snapshots; transcript can be imported again',
      )
        .choices(FORMATS)
        .default('listing'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ conntape replay relay.tape --at 03:44
  $ conntape replay relay.tape --from -10m --format csv > last.csv
  $ conntape replay relay.tape --at 03:44 --port 9001 --flags IR
  $ conntape replay relay.tape --speed 60 --format table`,
    )
    .action((path: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const items =
          options.at === undefined
            ? overTime(recording, options, io)
            : atMoment(recording, options.at, io);
        const selection = selectionOf(options, recording);
        if (!isEverything(selection)) tell(io, `narrowed to ${selectionText(selection)}`);
        await print(paced(selectedItems(items, selection), options.speed, io), options.format, io);
      }),
    );
}

function overTime(recording: Recording, options: Options, io: Io): Iterable<TapeItem> {
  const window = resolveWindow(recording, options, io);
  return counted(recording.items(window), 'snapshots replayed', io);
}

function atMoment(recording: Recording, at: string, io: Io): Iterable<TapeItem> {
  const time = parseTime(at, timeContext(recording, io));
  const place = snapshotBefore(recording, time);
  const gap = recording.gapAt(time);
  if (gap !== undefined) {
    tell(io, `${isoTime(time)} lies in a gap (${gap.reason}): what follows is from before it`);
  }
  const { extent } = recording;
  const last =
    extent !== undefined && time > extent.to ? ', the last: nothing was recorded after' : '';
  tell(io, `snapshot of ${isoTime(place.at)}${last}`);
  return recording.items({ from: place.at, to: place.at });
}

/** A wait that nobody ends: a signal ends the process. */
const NEVER = new AbortController().signal;

/** The items at `speed` times the pace at which they were taken; at once where it is not given. */
async function* paced(
  items: Iterable<TapeItem>,
  speed: number | undefined,
  io: Io,
): AsyncGenerator<TapeItem, void> {
  let before: number | undefined;
  for (const item of items) {
    // A session may have begun long before the window, and takes no time.
    const at = item.kind === 'session' ? before : item.kind === 'gap' ? item.to : item.at;
    if (speed !== undefined && at !== undefined && before !== undefined) {
      await io.wait((at - before) / speed, NEVER);
    }
    before = at;
    yield item;
  }
}

async function print(
  items: AsyncIterable<TapeItem>,
  format: Options['format'],
  io: Io,
): Promise<void> {
  switch (format) {
    case 'listing':
      return writeText(listings(items, io.stdout.isTTY === true), io.stdout);
    case 'transcript':
      return writeText(transcript(items), io.stdout);
    default:
      return writeText(
        snapshotText(snapshotsIn(items), format, screenOf(io.stdout, io, '--format csv has all')),
        io.stdout,
      );
  }
}

async function* listings(items: AsyncIterable<TapeItem>, onTerminal: boolean) {
  let separator = '';
  for await (const item of items) {
    if (item.kind !== 'snapshot') continue;
    const text = textOf(item.listing);
    const shown = onTerminal ? text.split('\n').map(visible).join('\n') : text;
    yield shown === '' ? separator : `${separator}${shown}\n`;
    separator = '\n';
  }
}

async function* transcript(items: AsyncIterable<TapeItem>) {
  const lines = new TranscriptLines(NATIVE_OBSERVES);
  for await (const item of items) yield lines.lineOf(item);
}

async function* snapshotsIn(items: AsyncIterable<TapeItem>): AsyncGenerator<Snapshot, void> {
  for await (const item of items) if (item.kind === 'snapshot') yield item;
}
