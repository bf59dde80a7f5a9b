/**
 * `conntape cut`: a copy of a recording, or of a part of it.
 * Owns what is said of it; the copy is recording/copy.ts's.
 */
import type { Command } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { progressOn } from '../cli/progressOn.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from '../cli/window.ts';
import { copyRecording } from '../recording/copy.ts';

export function addCutCommand(program: Command, io: Io): void {
  const command = program
    .command('cut')
    .summary('a copy of a recording, or of a part of it')
    .description(
      'Copies a recording into a new file that stands alone, also while a recorder writes it: all of it, as of one moment, or what a window holds, from half an hour before it at most. What was recorded is copied as it is, with its links, so that a head of the recording proves the copy, too. The copy is verified.',
    )
    .argument('<recording>', 'a recording')
    .argument('<out>', 'the file to make');
  addWindowOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ conntape cut relay.tape copy.tape
  $ conntape cut relay.tape incident.tape --from 03:40 --to 03:49`,
    )
    .action((path: string, out: string, options: WindowOptions) =>
      withRecording(path, io, async (recording) => {
        const copying = progressFor('copying', io);
        const checking = progressFor('verifying', io);
        const { items, head } = await copyRecording(recording, out, {
          signal: io.interrupted,
          window: isPart(options) ? resolveWindow(recording, options, io) : undefined,
          at: io.now(),
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

function isPart({ from, to }: WindowOptions): boolean {
  return from !== undefined || to !== undefined;
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
