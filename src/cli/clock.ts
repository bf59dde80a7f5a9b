/**
 * The clocks of a command, as a source that polls goes by them.
 * Owns nothing but which is which.
 */
import type { Clock } from '../sources/recordedTime.ts';
import type { Io } from './io.ts';

export function clockOf({ now, monotonic, boot, stalled, wait }: Io): Clock {
  return {
    wall: now,
    monotonic,
    wait,
    ...(boot === undefined ? {} : { boot }),
    ...(stalled === undefined ? {} : { stalled }),
  };
}
