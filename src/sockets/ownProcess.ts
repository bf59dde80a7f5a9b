/**
 * What this process has cost so far.
 * Owns where the system says it; what comes of it over time is cli/ownCost.ts's.
 */
import { readFileSync } from 'node:fs';

/** USER_HZ, which /proc counts in: 100 on every architecture that Node.js runs on. */
const TICK_MS = 10;

/**
 * CPU time of this process, all threads, and of its children that have ended, milliseconds; and the
 * most that it ever had resident, bytes. Null is not known: of children only Linux says it.
 */
export function spentByThisProcess(): {
  readonly ownMs: number;
  readonly childrenMs: number | null;
  readonly peakBytes: number;
} {
  const { user, system } = process.cpuUsage();
  return { ownMs: (user + system) / 1000, childrenMs: childrenMs(), peakBytes: peakBytes() };
}

function childrenMs(): number | null {
  // The name, in parentheses, may hold anything; cutime and cstime are the 14th and 15th behind it.
  const stat = textOf('/proc/self/stat');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[13]) + Number(fields[14]);
  return stat !== '' && ticks >= 0 ? ticks * TICK_MS : null;
}

/** Linux keeps in maxRSS what the process that began this one had. */
function peakBytes(): number {
  const kib = /^VmHWM:\s*(\d+) kB$/m.exec(textOf('/proc/self/status'))?.[1];
  return (kib === undefined ? process.resourceUsage().maxRSS : Number(kib)) * 1024;
}

/** Empty where it cannot be read. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
