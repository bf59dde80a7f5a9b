/**
 * How much memory the process takes before it collects garbage.
 * Owns V8's settings for it, which are the program's and the benchmark's alike.
 */
import { setFlagsFromString } from 'node:v8';

/**
 * Bounds the heap; to be called before anything else is loaded. Young objects have four megabytes,
 * and old ones two fifths more than they need: half of what V8 takes by itself. In the one that it
 * begins with, what a snapshot needs would have grown old before it is over. It takes no such size
 * while it runs, but how much it grows by, which it does where as much as it has room for lives on.
 */
export function boundHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=4');
  const living = Array.from({ length: 512 }, () => new Array(512).fill(0));
  if (living.length > 0) setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=40');
}
