/**
 * How long tests on a private Tor network wait, and by which clock.
 * Owns the waiting: for what is to be seen, never for so many seconds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../src/sources/recordedTime.ts';

/** Long enough for anything that has to come to pass in a private network. */
export const TEST_MS = 120_000;

/** A network comes to things in its own time. */
export const EVENTUALLY_MS = 60_000;

const LOOK_AGAIN_MS = 250;

/** Tries until it holds, for a minute at most; then it fails as it did last. */
export async function eventually(holds: () => unknown): Promise<void> {
  const deadline = performance.now() + EVENTUALLY_MS;
  for (;;) {
    try {
      await holds();
      return;
    } catch (failure) {
      if (performance.now() > deadline) throw failure;
      await pause(LOOK_AGAIN_MS);
    }
  }
}

/** The time that a recorder goes by. */
export const CLOCK: Clock = {
  wall: Date.now,
  monotonic: () => performance.now(),
  wait: async (ms, signal) => {
    await pause(ms, undefined, { signal }).catch(() => {});
  },
};
