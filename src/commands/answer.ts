/**
 * `conntape answer`: what a recording says of a complaint.
 * Owns the options; the answers are reports/answer/'s, how they are written cli/answered.ts's.
 */
import { type Command, Option } from 'commander';
import { answeredJson, answeredText } from '../cli/answered.ts';
import { parseDestination, parseSource } from '../cli/complained.ts';
import { formatDuration, parseDurationFrom } from '../cli/duration.ts';
import { type Io, tell } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { styleFor } from '../cli/style.ts';
import { parseTime } from '../cli/time.ts';
import { timeContext, unrecordedLines } from '../cli/window.ts';
import { proseWidth } from '../cli/wrapped.ts';
import { ConntapeError } from '../error.ts';
import { isoTime } from '../listing/instant.ts';
import { writeText } from '../output/write.ts';
import { answersTo } from '../reports/answer/answer.ts';
import { type Complaint, windowOf } from '../reports/answer/complaint.ts';

interface Options {
  readonly at: string;
  readonly within: string;
  readonly destination?: string;
  readonly source?: string;
  readonly format: 'text' | 'json';
}

/** What is looked at is played: a month of a busy relay is minutes, and no complaint is so vague. */
const MOST_WITHIN_MS = 31 * 86_400_000;

export function addAnswerCommand(program: Command, io: Io): void {
  program
    .command('answer')
    .summary('what a recording says of a complaint: was it this relay?')
    .description(
      'What a recording says of a complaint: was the relay up and recorded then, was it an exit, did its exit policy of that time admit the destination, how many connections left the Tor network, did any go into the local network, where was the recorder blind. Each answer is seen, not seen (it would have been, and by what), or not observable (and why). What is asked is stored nowhere.',
    )
    .argument('<recording>', 'a recording')
    .requiredOption('--at <time>', 'when it is said to have been')
    .option('--within <duration>', 'how far before and after that to look: clocks differ', '5m')
    .option(
      '--destination <address>',
      'where it is said to have gone: ADDRESS or ADDRESS:PORT, an IPv6 address in brackets',
    )
    .option('--source <address>', 'the address that it is said to have come from, the relay’s own')
    .addOption(
      new Option('--format <format>', 'how to print').choices(['text', 'json']).default('text'),
    )
    .addHelpText(
      'after',
      `
Examples:
  $ conntape answer relay.tape --at 03:44 --destination 198.51.100.7:443
  $ conntape answer relay.tape --at 03:44 --within 1h --destination [2001:db8::1]:25 --format json`,
    )
    .action((path: string, options: Options) =>
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

function complaintOf(options: Options, context: ReturnType<typeof timeContext>): Complaint {
  const { at, within, destination, source } = options;
  const withinMs = parseDurationFrom(1, '--within', within);
  if (withinMs > MOST_WITHIN_MS) {
    throw new ConntapeError('usage', {
      operation: 'reading --within',
      cause: `${formatDuration(withinMs)} is too long`,
      hint: `it is at most ${formatDuration(MOST_WITHIN_MS)}`,
    });
  }
  return {
    at: parseTime(at, context),
    withinMs,
    ...(destination === undefined ? {} : { destination: parseDestination(destination) }),
    ...(source === undefined ? {} : { source: parseSource(source) }),
  };
}
