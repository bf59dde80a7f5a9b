/**
 * A terminal for a command: util-linux's `script` gives it one.
 * Owns starting it and what it is sent; what a terminal shows of it is the test's to look at.
 */
import { spawn, spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** Skips loudly where it is missing, but not in CI. @param what is not tested then. */
export function terminalAvailable(what: string): boolean {
  if (/util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '')) {
    return true;
  }
  if (process.env['CONNTAPE_REQUIRE_TOR'] === '1') throw new Error('script is missing');
  console.warn(`${what} IS NOT TESTED: script, of util-linux, is missing`);
  return false;
}

export interface Shown {
  /** All that it was sent, without the carriage returns before the ends of lines. */
  readonly screen: string;
  readonly status: number | null;
}

export interface Terminal {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Ctrl-C is pressed when it shows this; a command that never does goes on. */
  readonly interruptAt?: RegExp;
}

const CTRL_C = '\u0003';

/** What a line of a shell's shows on a terminal of 80 columns and 24 lines. */
export async function onTerminal(line: string, terminal: Terminal = {}): Promise<Shown> {
  const { cwd, env = process.env, interruptAt } = terminal;
  const args = ['-qec', `stty cols 80 rows 24; ${line}`, '/dev/null'];
  const child = spawn('script', args, {
    cwd,
    env: { TERM: 'xterm', ...env, SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Its terminal goes with it, and what runs there by SIGHUP.
  onTestFinished(() => void child.kill('SIGKILL'));
  let screen = '';
  let isInterrupted = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (isInterrupted || interruptAt?.test(screen) !== true) return;
    isInterrupted = true;
    child.stdin.end(CTRL_C);
  });
  child.stdin.on('error', () => {});
  if (interruptAt === undefined) child.stdin.end();
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { screen: screen.replaceAll('\r\n', '\n'), status };
}
