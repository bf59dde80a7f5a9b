/**
 * A clock that moves only when somebody waits, or when a test moves it.
 * Owns the time; what happens during a wait is the test's to say.
 */
import type { Clock } from '../../src/sources/recordedTime.ts';

export const START = Date.parse('2026-11-23T03:00:00Z');

export class HandTime implements Clock {
  /** What the wall clock is ahead of the monotonic one. */
  offset = START;
  elapsed = 0;
  /** How long the machine slept, as far as the system tells of that. */
  slept: number | undefined = 0;
  stalledFor = 0;
  /** The waits that were asked for, milliseconds. */
  readonly waits: number[] = [];
  /** Called in each wait, from 1 on, before its time passes. */
  onWait: (count: number, signal: AbortSignal) => Promise<void> | void = () => {};

  wall(): number {
    return this.offset + this.elapsed;
  }

  monotonic(): number {
    return this.elapsed;
  }

  boot(): number | undefined {
    return this.slept === undefined ? undefined : this.elapsed + this.slept;
  }

  stalled(): number {
    return this.stalledFor;
  }

  /** Puts the machine to sleep: all that goes on is the clocks that sleep does not stop. */
  sleep(ms: number): void {
    this.offset += ms;
    if (this.slept !== undefined) this.slept += ms;
  }

  /** Stops this process for a while. */
  stop(ms: number): void {
    this.elapsed += ms;
    this.stalledFor += ms;
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    this.waits.push(ms);
    await this.onWait(this.waits.length, signal);
    if (!signal.aborted) this.elapsed += ms;
  }
}

/** Resolves when the signal aborts: a wait that nothing else ends. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
