/**
 * `conntape import`: a recording from a transcript.
 * Owns that a recording appears whole or not at all.
 */
import { existsSync, renameSync } from 'node:fs';
import type { Command } from 'commander';
import { ConntapeError } from '../error.ts';
import { roundedItem } from '../listing/rounding.ts';
import { removeRecording } from '../recording/files.ts';
import { RecordingWriter } from '../recording/writer.ts';
import { openTranscript } from '../sources/transcript.ts';
import { type Io, tell } from './io.ts';
import { progressOn } from './progressOn.ts';
import { parseRound } from './rounding.ts';
import { PROGRAM } from './version.ts';

interface Options {
  readonly round: number;
}

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
      if (existsSync(path)) {
        throw new ConntapeError('usage', {
          operation: 'importing into',
          object: path,
          cause: 'there is a file already',
          hint: 'import into a new file',
        });
      }
      await importTranscript(transcript, path, options.round, io);
    });
}

async function importTranscript(
  transcript: string,
  path: string,
  round: number,
  io: Io,
): Promise<void> {
  const source = await openTranscript(transcript, io.stdin);
  const progress = progressOn(io, 'importing', source.progress.total);
  const partial = `${path}.partial`;
  const writer = RecordingWriter.open(partial, {
    durable: false,
    // What a crash left.
    fresh: true,
    writtenBy: PROGRAM,
    now: io.now,
  });
  let snapshots = 0;
  let quarantined = 0;
  try {
    for await (const item of source.items(io.interrupted)) {
      writer.append(roundedItem(item, round));
      if (item.kind !== 'snapshot') continue;
      snapshots++;
      quarantined += item.listing.quarantinedCount;
      progress.advance(source.progress.read);
    }
    writer.close();
  } catch (thrown) {
    writer.close();
    removeRecording(partial);
    throw thrown;
  } finally {
    progress.finish();
    await source.close();
  }
  if (io.interrupted.aborted) {
    removeRecording(partial);
    throw new ConntapeError('recording', {
      operation: 'importing',
      object: transcript,
      cause: 'interrupted',
    });
  }
  renameSync(partial, path);
  tell(io, `imported ${snapshots} snapshots into ${path}, chain head ${writer.head}`);
  if (quarantined > 0) tell(io, `${quarantined} lines were not well formed: see conntape info`);
}
