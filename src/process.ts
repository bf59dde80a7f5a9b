/**
 * argv → command → exit code.
 * Owns the process: its streams and its end, which comes from nowhere else; what a signal means is
 * cli/endingSignals.ts's.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { EndingSignals } from './cli/endingSignals.ts';
import { logLines } from './cli/logLines.ts';
import { openPager } from './cli/pager.ts';
import { Standstill } from './cli/standstill.ts';
import { runConntape } from './commands/program.ts';
import { spentByThisProcess } from './sockets/ownProcess.ts';
import { bootTime } from './sockets/proc.ts';

/** The longest that a timer of Node's waits, about 25 days; a longer one would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

// Nobody reads on: what follows is for nobody. Writers learn of it from their own writes.
process.stdout.on('error', () => {});
process.stderr.on('error', () => {});

const ending = new EndingSignals();
const standstill = new Standstill(() => performance.now());
const args = process.argv.slice(2);
const code = await runConntape(args, {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  beginLine: logLines({
    env: process.env,
    args,
    isTerminal: process.stderr.isTTY,
    descriptor: process.stderr.fd,
    now: Date.now,
  }),
  now: Date.now,
  monotonic: () => performance.now(),
  boot: bootTime,
  stalled: () => standstill.ms,
  spent: spentByThisProcess,
  wait: async (ms, signal) => {
    for (let left = ms; left > 0 && !signal.aborted; left -= LONGEST_TIMER_MS) {
      await sleep(Math.min(left, LONGEST_TIMER_MS), undefined, { signal }).catch(() => {});
    }
  },
  get interrupted() {
    return ending.interrupted;
  },
  openPager,
  onHangUp: (heard, signal) => {
    if (process.stderr.isTTY || signal.aborted) return;
    process.on('SIGHUP', heard);
    signal.addEventListener('abort', () => process.off('SIGHUP', heard), { once: true });
  },
  undoIfKilled: (undo) => ending.undoIfKilled(undo),
});
process.exitCode = code;
ending.with(code);
