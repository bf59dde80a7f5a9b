/**
 * `conntape verify`: whether a recording is as it was written.
 * Owns what is printed of it; the checks are recording/verify.ts's.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../cli/exit.ts';
import type { Io } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { progressOn } from '../cli/progressOn.ts';
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import { writeText } from '../output/write.ts';
import type { Recording } from '../recording/reader.ts';
import { type Verification, verifyRecording } from '../recording/verify.ts';

interface Options {
  readonly rebuild?: boolean;
  readonly head?: string;
}

export function addVerifyCommand(program: Command, io: Io, end: (code: number) => void): void {
  program
    .command('verify')
    .summary('whether a recording is as it was written')
    .description(
      'Checks the file, the chain over its snapshots, the sums over its tables and, with --rebuild, whether the tables are what the tape gives.\nEnds with exit code 4 where something is not as it was written.',
    )
    .argument('<recording>', 'a recording')
    .option('--rebuild', 'derive the index again from the tape and compare it')
    .option(
      '--head <hash>',
      'a head that was kept elsewhere, as `record`, `import` and `info` print it: where it lies in the chain',
      parseHead,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ conntape verify relay.tape --rebuild
  $ conntape verify relay.tape --head ${'5d'.repeat(32)}`,
    )
    .action((path: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const found = verified(recording, options, io);
        const isLost = options.head !== undefined && found.found === undefined;
        if (found.damages.length > 0 || isLost) end(EXIT.damaged);
        await writeText([...resultLines(found), ...headLines(found, options)], io.stdout);
      }),
    );
}

function parseHead(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new InvalidArgumentError('A head is 64 hex digits.');
  }
  return text.toLowerCase();
}

function verified(recording: Recording, { rebuild = false, head }: Options, io: Io): Verification {
  let progress: ReturnType<typeof progressOn> | undefined;
  const found = verifyRecording(recording, {
    rebuild,
    head,
    progress: (items, of) => {
      progress ??= progressOn(io, 'verifying', of);
      progress.advance(items);
    },
  });
  progress?.finish();
  return found;
}

function resultLines({ damages, items, head }: Verification): string[] {
  if (damages.length === 0) return [`whole: ${items} items, chain head ${head ?? 'none'}\n`];
  return damages.map(
    ({ where, what }) => `damaged: ${where.replace(/,$/, '')}: ${visible(what)}\n`,
  );
}

/** What a head that was kept elsewhere proves. */
function headLines(verification: Verification, { head }: Options): string[] {
  if (head === undefined) return [];
  const { damages, found, beginning } = verification;
  if (found !== undefined && found.seq === beginning?.seq) {
    return [
      `head found: it is the link that the first item here follows, of ${isoTime(found.at)}: what is here goes on from what that head was printed of, which has gone\n`,
    ];
  }
  if (found !== undefined) {
    const { seq, at } = found;
    const last = head === verification.head && damages.length === 0 ? ', the last one' : '';
    const from = beginning === undefined ? '' : `from item ${beginning.seq + 1} `;
    return [
      `head found: it is the link of item ${seq} of the tape, of ${isoTime(at)}${last}: everything ${from}up to there is as it was when that head was printed\n`,
    ];
  }
  const reach = damages.length === 0 ? 'this chain' : 'the chain before the damage';
  const before =
    beginning === undefined
      ? ''
      : `; or it was printed before ${isoTime(beginning.to)}: of what was recorded until then nothing is here, and that head proves nothing of what is`;
  return [
    `head not found: it is not in ${reach}: it is another recording's, or what was recorded up to it was changed or cut off since${before}\n`,
  ];
}
