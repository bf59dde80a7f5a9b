/**
 * What stands before each line of standard error where a log keeps it: a priority, or the time.
 * Owns when it is a log, and the form; the lines are the commands'.
 */
import { fstatSync } from 'node:fs';
import { isoTime } from '../listing/instant.ts';

/** How much a line matters, by its number in syslog (sd-daemon(3)). */
export const WEIGHT = { error: 3, warning: 4, info: 6 } as const;

export type Weight = keyof typeof WEIGHT;

export interface LogWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Without the program's name. */
  readonly args: readonly string[];
  readonly isTerminal: boolean;
  /** The file descriptor of standard error. */
  readonly descriptor: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The commands that run for months, whose lines nobody sees come. */
const LONG_RUNNING: readonly (string | undefined)[] = ['record', 'serve'];

/**
 * Gives the beginning of each line: `<4>` in the journal, which takes it off and says the time
 * itself; `2026-11-23T03:44:26.000Z ` elsewhere, of `record` and `serve` alone; nothing at a terminal.
 */
export function logLines(world: LogWorld): (weight: Weight) => string {
  if (isJournal(world)) return (weight) => `<${WEIGHT[weight]}>`;
  if (world.isTerminal || !LONG_RUNNING.includes(world.args[0])) return () => '';
  return () => `${isoTime(world.now())} `;
}

/** Whether the descriptor is the journal's still: whoever redirects it leaves the variable behind. */
function isJournal({ env, descriptor }: LogWorld): boolean {
  const stream = env['JOURNAL_STREAM'];
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    // There is no such descriptor: nobody reads.
    return false;
  }
}
