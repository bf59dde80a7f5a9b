/**
 * `conntape verify`: whether a recording is as it was written.
 * Owns what is printed of it; the checks are recording/verify.ts's.
 */
import type { Command } from 'commander';
import { messageOf } from '../error.ts';
import { visible } from '../output/visible.ts';
import { writeText } from '../output/write.ts';
import { Recording } from '../recording/reader.ts';
import { type Verification, verifyRecording } from '../recording/verify.ts';
import { EXIT } from './exit.ts';
import type { Io } from './io.ts';
import { progressOn } from './progressOn.ts';

export function addVerifyCommand(program: Command, io: Io, end: (code: number) => void): void {
  program
    .command('verify')
    .summary('whether a recording is as it was written')
    .description(
      'Checks the file, the chain over its snapshots and, with --rebuild, the index beside them.\nEnds with exit code 3 where something is not as it was written.',
    )
    .argument('<recording>', 'a recording')
    .option('--rebuild', 'derive the index again from the tape and compare it')
    .addHelpText('after', '\nExample:\n  $ conntape verify relay.tape --rebuild')
    .action(async (path: string, options: { readonly rebuild?: boolean }) => {
      const recording = Recording.open(path);
      try {
        const found = verified(recording, options.rebuild === true, io);
        if (found.damages.length > 0) end(EXIT.findings);
        await writeText(resultLines(found), io.stdout);
      } finally {
        recording.close();
      }
    });
}

function verified(recording: Recording, rebuild: boolean, io: Io): Verification {
  try {
    const progress = progressOn(io, 'verifying', recording.counts.items);
    const found = verifyRecording(recording, {
      rebuild,
      progress: (items) => progress.advance(items),
    });
    progress.finish();
    return found;
  } catch (thrown) {
    // A page that SQLite cannot read at all: damage like any other.
    const damages = [{ where: 'the file', what: messageOf(thrown) }];
    return { items: 0, head: undefined, damages };
  }
}

function resultLines({ damages, items, head }: Verification): string[] {
  if (damages.length === 0) return [`whole: ${items} items, chain head ${head ?? 'none'}\n`];
  return damages.map(({ where, what }) => `damaged: ${where}: ${visible(what)}\n`);
}
