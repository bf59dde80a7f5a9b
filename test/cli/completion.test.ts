/** What shells make of the completion scripts: the shells themselves are asked. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../commands/running.ts';

/** Skips loudly where a shell is missing, but not in CI. */
function isThere(shell: string): boolean {
  if (spawnSync(shell, ['-c', 'true']).status === 0) return true;
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error(`${shell} is missing`);
  console.warn(`COMPLETION IN ${shell} IS SKIPPED: it is missing`);
  return false;
}

/** A folder with two recordings' names in it, and the script of a shell. */
interface Prepared {
  readonly folder: string;
  readonly script: string;
}

/** For all tests of a shell; removed after them. */
function prepared(shell: string): Prepared {
  const folder = mkdtempSync(join(tmpdir(), 'conntape-test-'));
  const script = join(folder, '.script');
  beforeAll(async () => {
    for (const name of ['relay.tape', 'with space.tape']) writeFileSync(join(folder, name), '');
    const { code, stdout } = await run(['completion', shell]);
    expect(code).toBe(0);
    writeFileSync(script, stdout);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, script };
}

function asked(shell: string, args: readonly string[], cwd: string): string[] {
  const { stdout, stderr, status } = spawnSync(shell, args, { cwd, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

/** What each shell answers alike: a command line that is not finished, and what could follow. */
const LINES: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['conntape ver', ['verify']],
  ['conntape report conc', ['concentration']],
  ['conntape report churn rel', ['relay.tape']],
  ['conntape report churn wi', ['with space.tape']],
  ['conntape report churn relay.tape --form', ['--format']],
  ['conntape report churn relay.tape --format nd', ['ndjson']],
  ['conntape record --witness ls', ['lsof']],
  ['conntape record --heads rel', ['relay.tape']],
  ['conntape completion f', ['fish']],
  ['conntape queries ch', ['churn']],
  ['conntape help aud', ['audit']],
  ['conntape fleet au', ['audit']],
  ['conntape fleet audit rel', ['relay.tape']],
  ['conntape fleet audit relay.tape --fail-on crit', ['critical']],
];

describe.skipIf(!isThere('bash'))('in bash', () => {
  const ASK = `source "$1"; shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _conntape
    printf '%s\\n' "\${COMPREPLY[@]}"`;

  const { folder, script } = prepared('bash');

  function completions(line: string): string[] {
    return asked('bash', ['-c', ASK, 'bash', script, ...line.split(' ')], folder);
  }

  it.each(LINES)('%s', (line, words) => {
    expect(completions(line)).toEqual(words);
  });

  it('counts places past options and their values', () => {
    expect(completions('conntape report --bucket 1m chu')).toEqual(['churn']);
    expect(completions('conntape replay --speed 2 rel')).toEqual(['relay.tape']);
    expect(completions('conntape info relay.tape rel')).toEqual([]);
  });

  it('offers nothing for a value that nobody can foretell, and after an unknown command', () => {
    expect(completions('conntape replay --at rel')).toEqual([]);
    expect(completions('conntape nonsense rel')).toEqual([]);
  });

  it('offers every command', async () => {
    const { stdout } = await run(['--help']);
    const [, listed = ''] = stdout.split('Commands:\n');
    const names = [...listed.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
    expect(completions('conntape ')).toEqual([...names, '--help', '--version']);
  });
});

describe.skipIf(!isThere('fish'))('in fish', () => {
  const ASK = 'source $argv[1]; complete -C "$argv[2]"';

  const { folder, script } = prepared('fish');

  it.each(LINES)('%s', (line, words) => {
    const lines = asked('fish', ['--no-config', '-c', ASK, script, line], folder);
    const offered = lines.map((each) => each.split('\t')[0]!.replaceAll('\\', ''));
    // Files stand beside choices there: they do not begin alike here.
    expect(offered).toEqual(words);
  });
});

describe.skipIf(!isThere('zsh'))('in zsh', () => {
  /** A terminal of zsh's own, in which a key is pressed; what it then shows ends in the line. */
  const ASK = `zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "PS1='as''k>' PROMPT_EOL_MARK=''; fpath=($1 \\$fpath); autoload -U compinit; compinit -u -d $1/dump; bindkey '^X' accept-line"
    zpty -w shell "unsetopt zle_bracketed_paste; zle_highlight=none; print -r -- RE''ADY"
    zpty -r -m shell shown '*READY*ask>*'
    zpty -w -n shell "$2"$'\\t'" #END"$'\\x18'
    zpty -r -m shell shown '*#END*'
    print -r -- "$shown"`;

  const { folder, script } = prepared('zsh');
  // It finds a function by the name of its file.
  const functions = join(folder, '.functions');

  beforeAll(() => {
    mkdirSync(functions);
    renameSync(script, join(functions, '_conntape'));
  });

  it.each(LINES)('%s', (line, words) => {
    const shown = asked('zsh', ['-f', '-c', ASK, 'zsh', functions, line], folder).join('\n');
    const word = words[0]!.replaceAll(' ', '\\ ');
    // What a terminal is sent beside the text.
    const text = shown.replace(/\x1b\[[0-9;?]*[A-Za-z]|[\r\x08]/g, '');
    expect(text).toContain(word);
  });
});
