/**
 * The part of a recording that is looked at.
 * Owns its shape and which gaps share time with it; what a command line makes of it is commands/'s.
 */
import type { Gap } from '../listing/snapshot.ts';

/**
 * A part of a recording: snapshots from `from` to `to`, both included, `from` not behind `to`.
 * Milliseconds, UTC; infinite where there is no such bound.
 */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** The whole of a recording. */
export const EVERYTHING: Window = {
  from: Number.NEGATIVE_INFINITY,
  to: Number.POSITIVE_INFINITY,
};

/** Whether a gap shares time with a window; one that ends where the window begins does not. */
export function overlaps(gap: Gap, window: Window): boolean {
  return gap.to > window.from && gap.from < window.to;
}
