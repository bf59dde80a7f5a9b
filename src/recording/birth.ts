/**
 * Foretelling UPTIME, so that it need not be written.
 * Owns the arithmetic that writer and reader share; it is exact in integers of milliseconds.
 */

const SECOND = 1000;

/** An UPTIME of u whole seconds at a time means a birth within one second; the middle is guessed. */
export function newBirth(uptime: number, at: number): number {
  return at - uptime * SECOND - SECOND / 2;
}

/** The UPTIME that an entry with this birth has at a time; it may be negative for a future birth. */
export function foretold(birth: number, at: number): number {
  return Math.floor((at - birth) / SECOND);
}

/**
 * The birth moved as little as makes it agree with an UPTIME that was not foretold: each
 * correction halves, on average, what is still unknown of the true birth.
 */
export function reborn(birth: number, uptime: number, at: number): number {
  const latest = at - uptime * SECOND;
  const earliest = latest - SECOND + 1;
  return Math.min(Math.max(birth, earliest), latest);
}
