/**
 * `conntape prune`: dropping the oldest part of a recording by hand.
 * Owns what is said of it; what is dropped is recording/retention.ts's.
 */
import type { Command } from 'commander';
import { EXIT } from '../cli/exit.ts';
import { type Io, tell } from '../cli/io.ts';
import { addKeptOptions, type KeptOptions, retentionOf } from '../cli/kept.ts';
import { formatSize } from '../cli/size.ts';
import { PROGRAM } from '../cli/version.ts';
import { ConntapeError } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import { fullDiskOf } from '../recording/faults.ts';
import { Recording } from '../recording/reader.ts';
import { RecordingWriter } from '../recording/writer.ts';

export function addPruneCommand(program: Command, io: Io, end: (code: number) => void): void {
  const command = program
    .command('prune')
    .summary('drop the oldest part of a recording')
    .description(
      'Drops what is older than --keep before the last snapshot, or the oldest until the file is below --max-size, and gives the space back. What is left is whole: it verifies from where it begins, and lives that began before keep when they began. While a recorder writes the recording, give it these options instead.',
    )
    .argument('<recording>', 'a recording that nobody writes');
  addKeptOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ conntape prune relay.tape --keep 30d
  $ conntape prune relay.tape --max-size 2GB`,
    )
    .action((path: string, options: KeptOptions) => {
      try {
        if (!pruned(path, options, io)) end(EXIT.failure);
      } catch (thrown) {
        throw fullDiskOf(thrown, DROPPING, path);
      }
    });
}

const DROPPING = 'dropping from';

/** Whether it is as small as was asked. */
function pruned(path: string, options: KeptOptions, io: Io): boolean {
  const policy = retentionOf(options);
  if (policy === undefined) {
    throw new ConntapeError('usage', {
      operation: DROPPING,
      object: path,
      cause: 'nothing says how much is to be kept',
      hint: 'give --keep 30d, --max-size 2GB, or both',
    });
  }
  // Nothing is made where there is no recording.
  const { total } = sizesBefore(path);
  const writer = RecordingWriter.open(path, { durable: true, writtenBy: PROGRAM, now: io.now });
  let isTooLarge = false;
  let dropped = 0;
  try {
    const { lastAt } = writer;
    if (lastAt !== undefined) {
      ({ droppedSnapshots: dropped, isTooLarge } = writer.retention(policy).look(lastAt));
    }
  } finally {
    writer.close();
  }
  const recording = Recording.open(path);
  try {
    const { extent, sizes } = recording;
    const freed = formatSize(Math.max(0, total - sizes.total));
    tell(io, `dropped ${dropped} snapshots, ${freed} less`);
    if (extent !== undefined) tell(io, `${path} now begins at ${isoTime(extent.from)}`);
  } finally {
    recording.close();
  }
  if (isTooLarge) tell(io, `${path} is larger than --max-size with what came last alone`);
  return !isTooLarge;
}

function sizesBefore(path: string): { readonly total: number } {
  const recording = Recording.open(path);
  try {
    return recording.sizes;
  } finally {
    recording.close();
  }
}
