/**
 * README as a newcomer reads it: what to type, in its order, and what it says that is then seen.
 * Owns reading that out of the text; running it is the test's.
 */

/** A block of commands, with what README shows of their output. */
export interface Step {
  readonly lines: readonly string[];
  /** Whole lines, one after another; between two of these texts there may be others, as `…` says. */
  readonly shown: readonly string[];
}

/** Blocks without a language that are not an output: another file's lines, other users' commands. */
const NO_OUTPUT = /^(?:sudo |MetricsPort )/;

const LEFT_OUT = /^…\n/m;

const BLOCK = /^```(\w*)\n((?:.*\n)*?)```$/gm;

/** What is shown belongs to the commands before it. */
export function stepsIn(readme: string): Step[] {
  const steps: { lines: string[]; shown: string[] }[] = [];
  for (const [, language, text = ''] of readme.matchAll(BLOCK)) {
    if (language === 'sh') steps.push({ lines: text.trimEnd().split('\n'), shown: [] });
    else if (language === '' && !NO_OUTPUT.test(text)) steps.at(-1)!.shown.push(text);
  }
  return steps.map(({ lines, shown }) => ({
    lines,
    shown: shown.flatMap((text) => text.split(LEFT_OUT)).filter((text) => text !== ''),
  }));
}

/** The commands that need root, which no test runs. */
export function serviceCommandsIn(readme: string): string[] {
  const [, text = ''] = /^```\n((?:sudo .*\n)+)```$/m.exec(readme) ?? [];
  return text.trimEnd().split('\n');
}
