/** README and docs/ against `--help`: every command and option is there, and no other. */
import { describe, expect, it } from 'vitest';
import { run } from '../commands/running.ts';
import { allDocumentPaths, rowsOf, sectionOf, textAt } from './documents.ts';

const DOCUMENT = textAt('docs/commands.md');
const README = textAt('README.md');

/** Options of other programs that documents name. */
const OF_OTHERS = [
  '--now',
  ...['--global', '--inspect-brk', '--minutes', '--no-file-parallelism', '--no-git-tag-version'],
  ...['--cases', '--days', '--seed', '--target'],
  ...['--boot', '--private-network', '--silent'],
  ...['--database', '--exclude', '--multiquery', '--query'],
];

async function helpOf(...command: string[]): Promise<string> {
  const { code, stdout } = await run([...command, '--help']);
  expect(code).toBe(0);
  return stdout;
}

/** The commands under one, or all, as its help lists them; in the place of one that has others, those. */
async function commandsUnder(...above: string[]): Promise<string[][]> {
  const [, listed = ''] = (await helpOf(...above)).split('Commands:\n');
  const names = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => [...above, name!]);
  const all = await Promise.all(
    names
      .filter((words) => words.at(-1) !== 'help')
      .map(async (words) => {
        const others = await commandsUnder(...words);
        return others.length === 0 ? [words] : others;
      }),
  );
  return all.flat();
}

interface Option {
  readonly option: string;
  readonly default: string;
  readonly choices: readonly string[];
}

/** The options of a command's help, its own help left out. */
function optionsIn(help: string): Option[] {
  const [, part = ''] = /^Options:\n((?: .*\n|\n(?= ))*)/m.exec(help) ?? [];
  return part
    .split(/^ {2}(?=-)/m)
    .slice(1)
    .map((text) => text.replace(/\s+/g, ' '))
    .filter((text) => !text.startsWith('-h,'))
    .map((text) => ({
      option: /^--[a-z-]+(?: <[^>]+>)?/.exec(text)![0],
      default: /default: "?([^")]+)"?\)/.exec(text)?.[1] ?? '',
      choices: /choices: ((?:"\w+"(?:, )?)+)/.exec(text)?.[1]?.match(/\w+/g) ?? [],
    }));
}

/** The heading of a command: its name and its arguments. */
function headingIn(help: string): string {
  const [, usage = ''] = /^Usage: (.+)$/m.exec(help) ?? [];
  return usage
    .replace(' [options]', '')
    .replace(/<(\w+)\.\.\.>/g, (_, name: string) => `${name.toUpperCase()}…`)
    .replace(/<(\w+)>/g, (_, name: string) => name.toUpperCase())
    .replace(/\[(\w+)\]/g, (_, name: string) => `[${name.toUpperCase()}]`);
}

const helps = await Promise.all(
  (await commandsUnder()).map(async (words) => ({
    name: words.join(' '),
    help: await helpOf(...words),
  })),
);

describe('docs/commands.md', () => {
  it('has every command, in the order of --help', () => {
    const headings = [...DOCUMENT.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(helps.map(({ help }) => headingIn(help)));
  });

  it.each(helps)('has the options of $name, with their defaults', ({ help }) => {
    const rows = rowsOf(sectionOf(DOCUMENT, headingIn(help)), 'option');
    expect(rows.every(([, , meaning]) => meaning !== '')).toBe(true);
    const documented = rows.map(([option, standard]) => ({
      option: option!.replaceAll('`', ''),
      default: standard!,
    }));
    const options = optionsIn(help);
    expect(documented).toEqual(options.map(({ choices: _, ...option }) => option));
    for (const [place, { choices }] of options.entries()) {
      const [, standard, meaning] = rows[place]!;
      const isNamed = (choice: string) =>
        choice === standard || meaning!.includes(`\`${choice}\``) || meaning!.startsWith('as with');
      expect(choices.filter((choice) => !isNamed(choice))).toEqual([]);
    }
  });
});

describe('README', () => {
  it('has a row for every command', () => {
    const rows = rowsOf(sectionOf(README, 'Every command'), 'command').map(([command]) => command);
    const listed = helps.map(({ help }) => `\`${headingIn(help)}\``);
    expect(rows).toEqual(listed);
  });

  it('and docs/ name no option that is not there', () => {
    const known = new Set(
      helps.flatMap(({ help }) => optionsIn(help)).map(({ option }) => option.split(' ')[0]),
    );
    const named = allDocumentPaths().flatMap((path) =>
      [...textAt(path).matchAll(/(?<![\w-])--[a-z][a-z-]*[a-z]/g)].map(([option]) => option),
    );
    const others = [...OF_OTHERS, '--help', '--version'];
    expect(named.filter((option) => !known.has(option) && !others.includes(option))).toEqual([]);
  });
});
