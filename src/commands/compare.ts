/**
 * `conntape compare`: two windows of a recording side by side.
 * Owns its options; what is compared is reports/compare.ts's.
 */
import type { Command } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { withRecording } from '../cli/opened.ts';
import { quoted } from '../cli/quoted.ts';
import {
  addReportingOptions,
  questionOf,
  type ReportingOptions,
  tapeProgress,
} from '../cli/reporting.ts';
import { addTableOptions, type PrintOptions, printTable, printTargetOf } from '../cli/tables.ts';
import { addWindowOptions, resolveWindow, type WindowOptions } from '../cli/window.ts';
import { ConntapeError } from '../error.ts';
import type { Recording, Window } from '../recording/reader.ts';
import { comparison } from '../reports/compare.ts';

interface Options extends WindowOptions, ReportingOptions, PrintOptions {
  readonly with?: WindowOptions;
}

const DAY_MS = 86_400_000;

export function addCompareCommand(program: Command, io: Io): void {
  const command = program
    .command('compare')
    .summary('two windows side by side')
    .description(
      'Churn, load, findings, destinations and peers of a window beside those of another, by rates: what became more, what is new, what is gone.',
    )
    .argument('<recording>', 'a recording');
  addTableOptions(addReportingOptions(addWindowOptions(command)))
    .option(
      '--with <window>',
      'the other window: FROM..TO, times as with --from (default: the same times a day before)',
      parseWindow,
    )
    .addHelpText(
      'after',
      `
Examples:
  $ conntape compare relay.tape --from -10m --with -20m..-10m
  $ conntape compare relay.tape --from 22:00 --to 23:59 --sort -difference --limit 20`,
    )
    .action((path: string, options: Options) =>
      withRecording(path, io, async (recording) => {
        const target = printTargetOf(options, [path], io);
        const window = resolveWindow(recording, options, io);
        tell(io, 'compared with');
        const other = otherWindow(recording, window, options.with, io);
        const question = questionOf(recording, window, options);
        await printTable(
          comparison(
            question,
            { ...question, window: other },
            (one) => tapeProgress(one, io).advance,
          ),
          options,
          target,
          io,
        );
      }),
    );
}

function parseWindow(text: string): WindowOptions {
  const [, from = '', to = ''] = /^(.*?)\.\.(.*)$/.exec(text) ?? [];
  if (from !== '' && to !== '') return { from, to };
  throw new ConntapeError('usage', {
    operation: 'reading --with',
    object: quoted(text),
    cause: 'it is not FROM..TO',
    hint: 'two times with two dots between them: --with 2026-11-22T22:00..2026-11-23T06:00',
  });
}

/** Throws as `resolveWindow`. */
function otherWindow(
  recording: Recording,
  window: Window,
  other: WindowOptions | undefined,
  io: Io,
): Window {
  if (other !== undefined) return resolveWindow(recording, other, io);
  const { from, to } = recording.extent!;
  const dayBefore = (at: number) => new Date(at - DAY_MS).toISOString();
  return resolveWindow(
    recording,
    { from: dayBefore(Math.max(window.from, from)), to: dayBefore(Math.min(window.to, to)) },
    io,
  );
}
