/**
 * TCP ports, as the lines of a listing and the options of commands have them.
 * Owns their range.
 */

export const LARGEST_PORT = 65_535;

/** A port from 1 to 65535, in digits; undefined for any other text. */
export function portNumber(digits: string): number | undefined {
  const port = Number(digits);
  return /^\d{1,5}$/.test(digits) && port >= 1 && port <= LARGEST_PORT ? port : undefined;
}
