/**
 * argv → command → exit code.
 * Owns the process: its streams, its signals and its end, which comes from nowhere else.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { runConntape } from './commands/program.ts';

/** The longest that a timer of Node's waits, about 25 days; a longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The second one ends the process as usual, should the first not be heard.
  process.once(signal, () => interruption.abort());
}

// Nobody reads on: what follows is for nobody. Writers learn of it from their own writes.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

process.exitCode = await runConntape(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: Date.now,
  monotonic: () => performance.now(),
  wait: async (ms, signal) => {
    for (let left = ms; left > 0 && !signal.aborted; left -= LONGEST_TIMER_MS) {
      await sleep(Math.min(left, LONGEST_TIMER_MS), undefined, { signal }).catch(() => {});
    }
  },
  interrupted: interruption.signal,
});
