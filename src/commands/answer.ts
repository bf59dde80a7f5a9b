/**
 * `conntape answer`: what a recording says of a complaint.
 * Owns joining these: what a complaint is cli/complaintOptions.ts reads, the answers are reports/answer/'s,
 * how they are written cli/answered.ts's.
 */
import type { Command } from 'commander';
import { answeredJson, answeredText } from '../cli/answered.ts';
import {
  addComplaintOptions,
  type ComplaintOptions,
  complaintOf,
} from '../cli/complaintOptions.ts';
import { type Io, tell } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { styleFor } from '../cli/style.ts';
import { timeContext, unrecordedLines } from '../cli/window.ts';
import { proseWidth } from '../cli/wrapped.ts';
import { isoTime } from '../listing/instant.ts';
import { writeText } from '../output/write.ts';
import { answersTo } from '../reports/answer/answer.ts';
import { windowOf } from '../reports/answer/complaint.ts';

export function addAnswerCommand(program: Command, io: Io): void {
  const command = program
    .command('answer')
    .summary('what a recording says of a complaint: was it this relay?')
    .description(
      'What a recording says of a complaint: was the relay up and recorded then, was it an exit, did its exit policy of that time admit the destination, how many connections left the Tor network, did any go into the local network, where was the recorder blind. Each answer is seen, not seen (it would have been, and by what), or not observable (and why). What is asked is stored nowhere.',
    )
    .argument('<recording>', 'a recording');
  addComplaintOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ conntape answer relay.tape --at 03:44 --destination 198.51.100.7:443
  $ conntape answer relay.tape --at 03:44 --within 1h --destination [2001:db8::1]:25 --format json`,
    )
    .action((path: string, options: ComplaintOptions) =>
      withRecording(path, io, async (recording) => {
        const complaint = complaintOf(options, timeContext(recording, io));
        const answers = answersTo(recording, complaint);
        const window = windowOf(complaint);
        tell(io, `window ${isoTime(window.from)} to ${isoTime(window.to)}`);
        for (const line of unrecordedLines(recording, window)) tell(io, line);
        const answered = { path, complaint, answers, head: recording.head };
        const text =
          options.format === 'json'
            ? [answeredJson(answered)]
            : answeredText(answered, styleFor(io.stdout, io.env), proseWidth(io.stdout));
        await writeText(text, io.stdout);
      }),
    );
}
