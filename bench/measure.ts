/**
 * One step of one system, measured in this process, its figures as JSON on standard output.
 * Owns what is counted: the CPU and the time of the step alone, and the process's peak memory; when
 * it is run, and how often, is bench.ts's.
 *
 *     node build/bench/measure.js SYSTEM STEP PLACE-AS-JSON
 *
 * The start of the process and the loading of modules lie before the first reading of the clock, on
 * all sides, as the start of each system does that is the same whatever is asked; the first run of
 * the code, not compiled yet, lies after it, as it does for a user. What is a rate is run twice, and
 * the second time counts.
 * Without a step it prints what the system is, with the names of its steps.
 */
import { readFileSync } from 'node:fs';
import type { Place } from './system.ts';
import { systemOf } from './systems.ts';

export interface Figures {
  /** User and system time of all threads, milliseconds. */
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The most that was resident, MB of 10^6 bytes, the process and its modules included. */
  readonly peakMb: number;
  /** CPU of parts of the step, milliseconds by name. */
  readonly parts: Readonly<Record<string, number>>;
}

export interface Description {
  readonly title: string;
  readonly keeps: readonly string[];
  readonly steps: readonly string[];
}

/** Steps that say how fast a long recording goes by, not how long a short one takes. */
const RATES = ['replay', 'playback'];

/**
 * Linux keeps the peak of the process that forked this one in `maxRSS`; its own is VmHWM.
 */
function peakMb(): number {
  try {
    const kib = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
    if (kib !== undefined) return (Number(kib) * 1024) / 1e6;
  } catch {
    // Not Linux.
  }
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}

async function measured(system: string, step: string, place: Place): Promise<Figures> {
  const { start, steps } = await systemOf(system);
  await start();
  const action = await steps[step]!(place);
  if (RATES.includes(step)) await action();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const parts = await action();
  const wallMs = performance.now() - began;
  const { user, system: kernel } = process.cpuUsage(cpu);
  return { cpuMs: (user + kernel) / 1000, wallMs, peakMb: peakMb(), parts: parts ?? {} };
}

const [system = '', step, place] = process.argv.slice(2);
if (step === undefined || place === undefined) {
  const { title, keeps, steps } = await systemOf(system);
  const description: Description = { title, keeps, steps: Object.keys(steps) };
  console.log(JSON.stringify(description));
} else {
  console.log(JSON.stringify(await measured(system, step, JSON.parse(place) as Place)));
}
