/**
 * `conntape completion`: what a shell needs to complete a command line.
 * Owns its options; the scripts are cli/completion.ts's.
 */
import { Argument, type Command } from 'commander';
import { completionScript, SHELLS, type Shell } from '../cli/completion.ts';
import type { Io } from '../cli/io.ts';
import { writeText } from '../output/write.ts';

export function addCompletionCommand(program: Command, io: Io): void {
  program
    .command('completion')
    .summary('what a shell needs to complete command lines')
    .description(
      'Prints a script for a shell, after which it completes commands, options, their values and files.',
    )
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  $ conntape completion bash > ~/.local/share/bash-completion/completions/conntape
  $ conntape completion zsh > ~/.zsh/completions/_conntape    a folder of $fpath
  $ conntape completion fish > ~/.config/fish/completions/conntape.fish`,
    )
    .action((shell: Shell) => writeText([completionScript(program, shell)], io.stdout));
}
