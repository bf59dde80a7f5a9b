/**
 * `conntape import`: a recording from a transcript.
 * Owns that a recording appears whole or not at all.
 */
import { lstatSync, renameSync, rmSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { Breath, type Io, tell } from '../cli/io.ts';
import type { Progress } from '../cli/progress.ts';
import { progressOn } from '../cli/progressOn.ts';
import { parseRound } from '../cli/rounding.ts';
import { spareNamesOfOthers } from '../cli/sparing.ts';
import { PROGRAM } from '../cli/version.ts';
import { ConntapeError } from '../error.ts';
import { fullDiskOf } from '../recording/faults.ts';
import { filesOf } from '../recording/files.ts';
import { RecordingWriter } from '../recording/writer.ts';
import { openTranscript, type TranscriptSource } from '../transcript/read.ts';

interface Options {
  readonly round: number;
}

/** Of the lines that are not items so many are named; `info` counts them all. */
const TOLD_LINES = 5;

/** An entry that opens and ends within one transaction costs one row, not two and one less. */
const ITEMS_PER_COMMIT = 64;

/** A transcript is read to its end; a signal ends the process. */
const NEVER = new AbortController().signal;

export function addImportCommand(program: Command, io: Io): void {
  program
    .command('import')
    .summary('a recording from a transcript')
    .description(
      'Builds a recording from a transcript: a file, .gz or not, or - for standard input.',
    )
    .argument('<transcript>', 'a transcript')
    .argument('<recording>', 'the file to make')
    .option(
      '--round <bytes>',
      'round the bytes of withheld connections to multiples of this',
      parseRound,
      1,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ conntape import night.jsonl.gz night.tape\n  $ conntape replay a.tape --format transcript | conntape import - b.tape',
    )
    .action(async (transcript: string, path: string, options: Options) => {
      mayMake(path, transcript);
      await importTranscript(transcript, path, options.round, io);
    });
}

/** Throws `usage` where a file is there already, or what is made on the way would be in the way. */
function mayMake(path: string, transcript: string): void {
  spareNamesOfOthers('importing into', path);
  const refused = (cause: string) =>
    new ConntapeError('usage', {
      operation: 'importing into',
      object: path,
      cause,
      hint: 'import into a new file',
    });
  // A link that leads nowhere is a file too: it would be replaced.
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) {
    throw refused('there is a file already');
  }
  if (filesOf(partialOf(path)).some((file) => isSameFile(file, transcript))) {
    throw refused('it would go by way of the transcript itself');
  }
}

/** Where the recording is made, until it is whole. */
function partialOf(path: string): string {
  return `${path}.partial`;
}

function isSameFile(one: string, other: string): boolean {
  const [a, b] = [one, other].map((path) =>
    statSync(path, { bigint: true, throwIfNoEntry: false }),
  );
  return a !== undefined && a.dev === b?.dev && a.ino === b.ino;
}

async function importTranscript(
  transcript: string,
  path: string,
  round: number,
  io: Io,
): Promise<void> {
  const source = await openTranscript(transcript, io.stdin);
  const progress = progressOn(io, 'importing', source.progress.total);
  const partial = partialOf(path);
  let isOurs = false;
  const remove = () => {
    // Another import into the same file may be under way.
    if (isOurs) for (const file of filesOf(partial)) rmSync(file, { force: true });
  };
  const release = io.undoIfKilled(remove);
  try {
    const writer = RecordingWriter.open(partial, {
      durable: false,
      itemsPerCommit: ITEMS_PER_COMMIT,
      round,
      // What a crash left.
      fresh: true,
      writtenBy: PROGRAM,
      now: io.now,
    });
    isOurs = true;
    const { snapshots, quarantined } = await copied(source, writer, progress, io);
    renameSync(partial, path);
    isOurs = false;
    tell(io, `imported ${snapshots} snapshots into ${path}, chain head ${writer.head}`);
    if (quarantined > 0) tell(io, `${quarantined} lines were not well formed: see conntape info`);
  } catch (thrown) {
    throw fullDiskOf(thrown, 'importing into', path);
  } finally {
    remove();
    await release();
    await source.close();
  }
}

/** Appends all that the transcript holds, and closes the writer. */
async function copied(
  source: TranscriptSource,
  writer: RecordingWriter,
  progress: Progress,
  io: Io,
): Promise<{ readonly snapshots: number; readonly quarantined: number }> {
  const breath = new Breath(io);
  let snapshots = 0;
  let quarantined = 0;
  let unread = 0;
  try {
    for await (const item of source.items(NEVER)) {
      await breath.take();
      writer.append(item);
      unread += putAside(source, writer, unread, io);
      if (item.kind !== 'snapshot') continue;
      snapshots++;
      quarantined += item.listing.quarantinedCount;
      progress.advance(source.progress.read);
    }
    unread += putAside(source, writer, unread, io);
  } finally {
    progress.finish();
    writer.close();
  }
  return { snapshots, quarantined: quarantined + unread };
}

/** Keeps the lines that are not items, says the first of them, and gives their number. */
function putAside(
  source: TranscriptSource,
  writer: RecordingWriter,
  before: number,
  io: Io,
): number {
  const lines = source.takeUnread();
  for (const [place, unread] of lines.entries()) {
    writer.putAside(unread);
    if (before + place < TOLD_LINES)
      tell(io, `line ${unread.line} was put aside: ${unread.reason}`);
  }
  return lines.length;
}
