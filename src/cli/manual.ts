/**
 * The manual page, made from the commands themselves.
 * Owns its sections and man(7)'s language; what they say is `--help`'s.
 */
import type { Command, Help } from 'commander';
import { EXIT_MEANINGS } from './exit.ts';
import { VERSION } from './version.ts';

/** Variables that conntape reads. */
const ENVIRONMENT: readonly (readonly [name: string, meaning: string])[] = [
  ['CONNTAPE_CONTROL_PASSWORD', 'the password of the control port'],
  ['NO_COLOR', 'where it is set to anything, nothing is coloured (no-color.org)'],
  ['TERM', 'where it is dumb, nothing is coloured'],
];

/** The page as one text; `man -l -` reads it. */
export function manualPage(program: Command): string {
  const help = program.createHelp();
  const commands = commandsUnder(program, help);
  return [
    `.TH ${program.name().toUpperCase()} 1 "" "${program.name()} ${VERSION}"`,
    ...section('NAME', `${program.name()} \\- ${plain(lowered(program.description()))}`),
    ...section('SYNOPSIS', `.B ${program.name()}\n.I COMMAND\n[\\fIOPTION\\fR]...`),
    ...section('COMMANDS', ...commands.flatMap((command) => commandPart(command, help))),
    ...section(
      'EXIT STATUS',
      ...EXIT_MEANINGS.map(([code, meaning]) => item(`\\fB${code}\\fR`, meaning)),
    ),
    ...section('ENVIRONMENT', ...ENVIRONMENT.map(([name, meaning]) => item(bold(name), meaning))),
    '',
  ].join('\n');
}

/** Its commands; in the place of one that has others under it, those. */
function commandsUnder(parent: Command, help: Help): Command[] {
  const commands = help.visibleCommands(parent).filter((one) => one.name() !== 'help');
  return commands.flatMap((one) => {
    const others = commandsUnder(one, help);
    return others.length === 0 ? [one] : others;
  });
}

/** As it is typed, without the program's name: `fleet audit`. */
function fullName(command: Command): string {
  const above = command.parent?.parent == null ? '' : `${fullName(command.parent)} `;
  return `${above}${command.name()}`;
}

function section(title: string, ...parts: readonly string[]): string[] {
  return [`.SH ${title}`, ...parts];
}

function commandPart(command: Command, help: Help): string[] {
  const usage = [
    fullName(command),
    ...command.registeredArguments.map((one) => {
      return `${one.name().toUpperCase()}${one.variadic ? '…' : ''}`;
    }),
  ];
  return [
    `.SS ${usage.map(plain).join(' ')}`,
    plain(command.description()),
    ...help
      .visibleOptions(command)
      .map((option) => item(bold(option.flags), help.optionDescription(option))),
    ...after(command),
  ];
}

/** What stands below the options, as it stands there. */
function after(command: Command): string[] {
  const text = textAfter(command).trim();
  if (text === '') return [];
  return ['.PP', '.nf', ...text.split('\n').map(plain), '.fi'];
}

/** commander prints it, and does not give it. */
function textAfter(command: Command): string {
  let printed = '';
  const { writeOut, ...rest } = command.configureOutput();
  command.configureOutput({ ...rest, writeOut: (text) => (printed += text) });
  command.outputHelp();
  command.configureOutput({ ...rest, ...(writeOut === undefined ? {} : { writeOut }) });
  return printed.slice(command.helpInformation().length);
}

function item(term: string, meaning: string): string {
  return `.TP\n${term}\n${plain(meaning)}`;
}

function bold(text: string): string {
  return `\\fB${plain(text)}\\fR`;
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
}

/** Text that man prints as it is: a line that begins with a dot or a quote would be a request. */
function plain(text: string): string {
  return (
    text
      .replaceAll('\\', '\\e')
      .replaceAll('-', '\\-')
      .replaceAll('…', '...')
      .replace(/^(?=[.'])/gm, '\\&')
      // Old ones of troff read bytes.
      .replace(/[^\0-\x7f]/gu, (sign) => `\\[u${hexOf(sign)}]`)
  );
}

function hexOf(sign: string): string {
  return sign.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
}
