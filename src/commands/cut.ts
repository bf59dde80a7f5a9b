/**
 * `conntape cut`: a whole copy of a recording.
 * Owns what is said of it; the copy is recording/copy.ts's.
 */
import type { Command } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { progressOn } from '../cli/progressOn.ts';
import { copyRecording } from '../recording/copy.ts';

export function addCutCommand(program: Command, io: Io): void {
  program
    .command('cut')
    .summary('a whole copy of a recording')
    .description(
      'Copies a recording into a new file that stands alone, also while a recorder writes it: all of it, as of one moment, verified.',
    )
    .argument('<recording>', 'a recording')
    .argument('<out>', 'the file to make')
    .addHelpText('after', '\nExample:\n  $ conntape cut relay.tape copy.tape')
    .action((path: string, out: string) =>
      withRecording(path, io, async (recording) => {
        const copying = progressFor('copying', io);
        const checking = progressFor('verifying', io);
        const { items, head } = await copyRecording(recording, out, {
          signal: io.interrupted,
          copied: copying.advance,
          checked: checking.advance,
        }).finally(() => {
          copying.finish();
          checking.finish();
        });
        tell(io, `copied ${items} items into ${out}, chain head ${head ?? 'none'}`);
      }),
    );
}

/** Progress whose end is known when it begins. */
function progressFor(name: string, io: Io) {
  let progress: ReturnType<typeof progressOn> | undefined;
  return {
    advance: (done: number, of: number) => {
      progress ??= progressOn(io, name, of);
      progress.advance(done);
    },
    finish: () => progress?.finish(),
  };
}
