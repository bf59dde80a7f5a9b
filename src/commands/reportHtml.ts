/**
 * `conntape report html`: a recording as one page that can be mailed.
 * Owns which options it has and what the operator is told; the page is page/'s.
 */
import { basename } from 'node:path';
import type { Command } from 'commander';
import { type Io, tell } from '../cli/io.ts';
import { OutputFile } from '../cli/outputFile.ts';
import { tapeProgress } from '../cli/reporting.ts';
import { shellWord } from '../cli/shell.ts';
import { VERSION } from '../cli/version.ts';
import { ConntapeError } from '../error.ts';
import { writeText } from '../output/write.ts';
import { embeddedData } from '../page/data/embedded.ts';
import { questionIn } from '../page/data/question.ts';
import { pageFile } from '../page/html.ts';
import type { Recording, Window } from '../recording/reader.ts';

/** Its name among the reports. */
export const HTML = 'html';

/** What a page takes of the options that reports have. */
const TAKEN: readonly string[] = ['from', 'to', 'output'];

export interface HtmlReport {
  readonly path: string;
  readonly recording: Recording;
  readonly window: Window;
  readonly output: string | undefined;
  readonly io: Io;
}

/**
 * Called before anything is computed. Throws `usage` for an option that a page has no use for, and
 * where it would go to a terminal.
 */
export function checkHtmlOptions(command: Command, io: Io): void {
  const stray = command.options.find((option) => {
    const name = option.attributeName();
    return command.getOptionValueSource(name) === 'cli' && !TAKEN.includes(name);
  });
  const operation = 'reporting html';
  if (stray !== undefined) {
    throw new ConntapeError('usage', {
      operation,
      object: stray.long ?? stray.flags,
      cause: 'a page has no use for it',
      hint: 'it takes --from, --to and --output',
    });
  }
  if (command.getOptionValue('output') !== undefined || io.stdout.isTTY !== true) return;
  throw new ConntapeError('usage', {
    operation,
    cause: 'a terminal cannot show a page',
    hint: 'conntape report html RECORDING --output FILE.html; conntape view RECORDING shows it',
  });
}

/** Writes the page. Throws as `OutputFile.at`, and what reading the recording throws. */
export async function reportHtml(report: HtmlReport): Promise<void> {
  const { path, recording, window, output, io } = report;
  const target = output === undefined ? undefined : OutputFile.at(output, [path], io);
  const { from, to } = recording.extent!;
  const shown = { from: Math.max(window.from, from), to: Math.min(window.to, to) };
  const playing = tapeProgress(questionIn({ recording, window: shown }), io);
  const embedded = embeddedData({
    ...{ recording, window: shown, asked: window, version: VERSION, name: basename(path) },
    // Who gets the page by mail has the recording elsewhere, and where it was here is nobody's business.
    path: shellWord(basename(path)),
    onSnapshot: playing.advance,
  });
  const html = pageFile(embedded);
  for (const sentence of embedded.head.leftOut) tell(io, sentence);
  if (target === undefined) await writeText([html], io.stdout);
  else await target.fill((stream) => writeText([html], stream));
}
