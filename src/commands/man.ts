/**
 * `conntape man`: the manual page.
 * Owns nothing but printing it; the page is cli/manual.ts's.
 */
import type { Command } from 'commander';
import type { Io } from '../cli/io.ts';
import { manualPage } from '../cli/manual.ts';
import { writeText } from '../output/write.ts';

export function addManCommand(program: Command, io: Io): void {
  program
    .command('man')
    .summary('the manual page, as man reads it')
    .description(
      'Prints the manual page of all commands in the language of man. Installed with npm install -g, man conntape finds it.',
    )
    .addHelpText('after', '\nExample:\n  $ conntape man | man -l -')
    .action(() => writeText([manualPage(program)], io.stdout));
}
