/**
 * What a shell needs to complete a command line, made from the commands themselves.
 * Owns the scripts of bash, zsh and fish; commands and options are commander's.
 *
 * A script holds every word, so that pressing a key starts no Node.
 */
import type { Argument, Command, Option } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** What may stand in a place: one of these words, a file, or anything. */
type Values = readonly string[] | 'file' | 'any';

interface CompletedOption {
  /** `--name`. */
  readonly flag: string;
  readonly description: string;
  /** Undefined for an option without a value. */
  readonly values: Values | undefined;
}

interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly places: readonly { readonly name: string; readonly values: Values }[];
}

/** What the value of an option is called that is a file. */
const FILE_VALUE = /^(?:file|dir|path|folder)$/;

/** The script for a shell, to be sourced by it. */
export function completionScript(program: Command, shell: Shell): string {
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => completed(program, command));
  return SCRIPTS[shell](program.name(), commands);
}

function completed(program: Command, command: Command): CompletedCommand {
  const help = command.createHelp();
  const described = { name: command.name(), summary: command.summary() || command.description() };
  const subcommands = help.visibleCommands(command).filter((one) => one.name() !== 'help');
  if (subcommands.length > 0) return { ...described, ...completedTogether(program, subcommands) };
  // `help` takes the name of another command.
  const isHelp = command.name() === 'help';
  const names = program.commands.map((one) => one.name());
  return {
    ...described,
    options: help.visibleOptions(command).map(completedOption),
    places: command.registeredArguments.map((argument) => ({
      name: argument.name(),
      values: isHelp ? names : placeValues(argument),
    })),
  };
}

/** What may follow the name of a command that has others under it: their names, then what any of them takes. */
function completedTogether(
  program: Command,
  subcommands: readonly Command[],
): Pick<CompletedCommand, 'options' | 'places'> {
  const each = subcommands.map((one) => completed(program, one));
  const options = new Map<string, CompletedOption>();
  for (const option of each.flatMap((one) => one.options)) {
    const known = options.get(option.flag);
    options.set(option.flag, known === undefined ? option : joined(known, option));
  }
  const names = { name: 'command', values: each.map(({ name }) => name) };
  const [first] = [...each].sort((one, other) => other.places.length - one.places.length);
  return { options: [...options.values()], places: [names, ...first!.places] };
}

/** The same option of two commands: the words of both. */
function joined(one: CompletedOption, other: CompletedOption): CompletedOption {
  if (!Array.isArray(one.values) || !Array.isArray(other.values)) return one;
  return { ...one, values: [...new Set([...one.values, ...other.values])] };
}

/** An argument that is not one of some words is a file: a recording, a transcript, a folder. */
function placeValues({ argChoices }: Argument): Values {
  return argChoices ?? 'file';
}

function completedOption(option: Option): CompletedOption {
  const [, value] = /<([^>]+)>/.exec(option.flags) ?? [];
  const words = option.argChoices ?? (FILE_VALUE.test(value ?? '') ? 'file' : 'any');
  return {
    flag: option.long!,
    description: option.description,
    values: value === undefined ? undefined : words,
  };
}

type Script = (program: string, commands: readonly CompletedCommand[]) => string;

const SCRIPTS: Readonly<Record<Shell, Script>> = { bash, zsh, fish };

/** Words of this source alone: names of commands, options and choices. */
function words(values: Values): string {
  return typeof values === 'string' ? '' : values.join(' ');
}

/** As `_offer` takes them: `*` for files, `-` for what nobody can foretell. */
function bashValues(values: Values): string {
  if (typeof values !== 'string') return `"${words(values)}"`;
  return values === 'file' ? '"*"' : '-';
}

function bashCommand({ name, options, places }: CompletedCommand): string {
  const valued = options.filter(({ values }) => values !== undefined);
  const cases = valued.map(
    ({ flag, values }) => `        ${flag}) offered=${bashValues(values!)} ;;\n`,
  );
  return `    ${name})
      options="${options.map(({ flag }) => flag).join(' ')}"
      valued=" ${valued.map(({ flag }) => flag).join(' ')} "
      places=(${places.map(({ values }) => bashValues(values)).join(' ')})
      case "$previous" in
${cases.join('')}      esac
      ;;
`;
}

function bash(program: string, commands: readonly CompletedCommand[]): string {
  return `# bash completion for ${program}: source it, or put it where bash-completion looks
_${program}_offer() {
  case "$1" in
    -) ;;
    '*')
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word") ;;
  esac
}
_${program}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local options valued offered index place=0
  local -a places=()
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _${program}_offer "${commands.map(({ name }) => name).join(' ')} --help --version"
    return
  fi
  case "\${COMP_WORDS[1]}" in
${commands.map(bashCommand).join('')}  esac
  for ((index = 2; index < COMP_CWORD; index++)); do
    [[ \${COMP_WORDS[index]} == -* || $valued == *" \${COMP_WORDS[index - 1]} "* ]] || place=$((place + 1))
  done
  if [[ -z $offered && $word == -* ]]; then
    offered=$options
  fi
  _${program}_offer "\${offered:-\${places[place]:--}}"
}
complete -F _${program} ${program}
`;
}

/** Between single quotes, where \`_arguments\` reads brackets and colons itself. */
function zshText(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&').replaceAll("'", "'\\''");
}

function zsh(program: string, commands: readonly CompletedCommand[]): string {
  const action = (values: Values) => {
    if (values === 'any') return ' ';
    return values === 'file' ? '_files' : `(${words(values)})`;
  };
  const described = commands.map(({ name, summary }) => `    '${name}:${zshText(summary)}'\n`);
  const cases = commands.map(({ name, options, places }) => {
    const specs = [
      ...options.map(({ flag, description, values }) => {
        const value = values === undefined ? '' : `:value:${action(values)}`;
        return `'${flag}[${zshText(description)}]${value}'`;
      }),
      ...places.map(
        ({ name: place, values }, index) => `'${index + 1}:${place}:${action(values)}'`,
      ),
    ];
    return `    ${name}) _arguments -s ${specs.join(' \\\n      ')} ;;\n`;
  });
  return `#compdef ${program}
# zsh completion for ${program}: put it into a folder of $fpath as _${program}, or source it
_${program}() {
  local -a commands=(
${described.join('')}  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
${cases.join('')}  esac
}
if [[ $funcstack[1] == _${program} ]]; then _${program} "$@"; else compdef _${program} ${program}; fi
`;
}

function fishText(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

function fish(program: string, commands: readonly CompletedCommand[]): string {
  const first = `complete -c ${program} -n __fish_use_subcommand`;
  const lines = [
    `# fish completion for ${program}: source it, or put it into ~/.config/fish/completions`,
    `complete -c ${program} -f`,
    ...commands.map(({ name, summary }) => `${first} -a ${name} -d ${fishText(summary)}`),
    ...commands.flatMap((command) => fishCommand(program, command)),
  ];
  return `${lines.join('\n')}\n`;
}

function fishCommand(
  program: string,
  { name, options, places }: CompletedCommand,
): readonly string[] {
  const within = `complete -c ${program} -n '__fish_seen_subcommand_from ${name}'`;
  const offered = (values: Values) => {
    if (values === 'any') return ' -x';
    return values === 'file' ? ' -r -F' : ` -x -a '${words(values)}'`;
  };
  return [
    ...options.map(({ flag, description, values }) => {
      const value = values === undefined ? '' : offered(values);
      return `${within} -l ${flag.slice(2)} -d ${fishText(description)}${value}`;
    }),
    // fish does not count arguments: what may stand in any place may stand in each.
    ...places
      .filter(({ values }) => values !== 'any')
      .map(({ values }) => `${within} ${values === 'file' ? '-F' : `-a '${words(values)}'`}`),
  ];
}
