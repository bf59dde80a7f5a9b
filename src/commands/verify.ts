/**
 * `conntape verify`: whether a recording is as it was written.
 * Owns what is printed of it; the checks are recording/verify.ts's.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { EXIT } from '../cli/exit.ts';
import { type KeptHead, readHeads } from '../cli/heads.ts';
import type { Io } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { progressOn } from '../cli/progressOn.ts';
import { fitted, lineWidth } from '../cli/wrapped.ts';
import { isoTime } from '../listing/instant.ts';
import { visible } from '../listing/visible.ts';
import { writeText } from '../output/write.ts';
import type { Recording } from '../recording/reader.ts';
import { type Verification, verifyRecording } from '../recording/verify.ts';

interface Options {
  readonly rebuild?: boolean;
  readonly head?: string;
  readonly heads?: string;
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
    .option(
      '--heads <file>',
      'a file of heads that was kept elsewhere, as `record --heads` writes it: where each lies',
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
        const { head } = options;
        const kept = options.heads === undefined ? undefined : readHeads(options.heads);
        const wanted = [
          ...(head === undefined ? [] : [head]),
          ...(kept ?? []).map((one) => one.head),
        ];
        const found = verified(recording, options, new Set(wanted), io);
        const ofFile = kept === undefined ? undefined : new KeptHeads(kept, found);
        const isLost = head !== undefined && !found.found.has(head);
        if (found.damages.length > 0 || isLost || ofFile?.isProof === false) end(EXIT.damaged);
        const lines = [...resultLines(found), ...headLines(found, head), ...(ofFile?.lines ?? [])];
        const width = lineWidth(io.stdout);
        await writeText(
          lines.map((line) => fitted(line, width)),
          io.stdout,
        );
      }),
    );
}

function parseHead(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new InvalidArgumentError('A head is 64 hex digits.');
  }
  return text.toLowerCase();
}

function verified(
  recording: Recording,
  { rebuild = false }: Options,
  heads: ReadonlySet<string>,
  io: Io,
): Verification {
  let progress: ReturnType<typeof progressOn> | undefined;
  const found = verifyRecording(recording, {
    rebuild,
    heads,
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
function headLines(verification: Verification, head: string | undefined): string[] {
  if (head === undefined) return [];
  const { damages, beginning } = verification;
  const found = verification.found.get(head);
  if (found !== undefined && found.seq === beginning?.seq) {
    return [
      `head found: it is the link that the first item here follows, of ${isoTime(found.at)}: what is here goes on from what that head was printed of, which has gone\n`,
    ];
  }
  if (found !== undefined) {
    const { seq, at } = found;
    const last = head === verification.head && damages.length === 0 ? ', the last one' : '';
    return [
      `head found: it is the link of item ${seq} of the tape, of ${isoTime(at)}${last}: everything ${fromOf(verification)}up to there is as it was when that head was printed\n`,
    ];
  }
  const reach = damages.length === 0 ? 'this chain' : 'the chain before the damage';
  const before = beginning === undefined ? '' : `; or it was printed ${goneBefore(beginning)}`;
  return [
    `head not found: it is not in ${reach}: it is another recording's, or what was recorded up to it was changed or cut off since${before}\n`,
  ];
}

function fromOf({ beginning }: Verification): string {
  return beginning === undefined ? '' : `from item ${beginning.seq + 1} `;
}

function goneBefore({ to }: NonNullable<Verification['beginning']>): string {
  return `before ${isoTime(to)}: of what was recorded until then nothing is here, and that head proves nothing of what is`;
}

/** So many that are not found are shown; the others follow from the first. */
const SHOWN = 20;

/** What the heads of a file prove together. */
class KeptHeads {
  readonly lines: readonly string[];
  /** Whether some are there, and all that must be. */
  readonly isProof: boolean;

  constructor(kept: readonly KeptHead[], verification: Verification) {
    const { found, beginning } = verification;
    const isGone = ({ at, head }: KeptHead) =>
      !found.has(head) && beginning !== undefined && at <= beginning.to;
    const there = kept.filter(({ head }) => found.has(head));
    const gone = kept.filter(isGone);
    const missing = kept.filter((one) => !found.has(one.head) && !isGone(one));
    const last = there.at(-1);
    this.isProof = last !== undefined && missing.length === 0;
    this.lines = [
      last === undefined
        ? `no head of ${kept.length} found\n`
        : `${there.length} of ${kept.length} heads found, the last of ${isoTime(last.at)}: everything ${fromOf(verification)}up to there is as it was when that head was printed\n`,
      ...(gone.length === 0 ? [] : [`${gone.length} were printed ${goneBefore(beginning!)}\n`]),
      ...missing
        .slice(0, SHOWN)
        .map(
          ({ at }) =>
            `head of ${isoTime(at)} not found: what was recorded up to it was changed or cut off since, or it is another recording's\n`,
        ),
      ...(missing.length > SHOWN ? [`and ${missing.length - SHOWN} more not found\n`] : []),
    ];
  }
}
