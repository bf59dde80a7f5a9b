/**
 * `conntape verify`: whether a recording is as it was written.
 * Owns what is printed of it; the checks are recording/verify.ts's.
 */
import type { Command } from 'commander';
import { visible } from '../output/visible.ts';
import { Recording } from '../recording/reader.ts';
import { verifyRecording } from '../recording/verify.ts';
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
    .action((path: string, options: { readonly rebuild?: boolean }) => {
      const recording = Recording.open(path);
      const progress = progressOn(io, 'verifying', recording.counts.items);
      try {
        const found = verifyRecording(recording, {
          rebuild: options.rebuild === true,
          progress: (items) => progress.advance(items),
        });
        progress.finish();
        for (const { where, what } of found.damages) {
          io.stdout.write(`damaged: ${where}: ${visible(what)}\n`);
        }
        if (found.damages.length > 0) {
          end(EXIT.findings);
          return;
        }
        io.stdout.write(`whole: ${found.items} items, chain head ${found.head ?? 'none'}\n`);
      } finally {
        recording.close();
      }
    });
}
