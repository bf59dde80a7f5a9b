/**
 * TYPE_FLAGS of a `conn/all` line: what each letter says.
 * Owns the reading of the letters, not what a report makes of them.
 *
 * The proposal gives one letter from each category, in this order, and leaves room for more behind
 * them: `IRt` is inbound, relaying, outside the Tor network. Letters are read by their place, so
 * that a later category cannot be taken for an earlier one.
 */

export type Direction = 'inbound' | 'outbound' | 'unknown';
export type Usage = 'client' | 'relay' | 'control' | 'hidden-service' | 'directory' | 'unknown';

const USAGES: Readonly<Record<string, Usage>> = {
  C: 'client',
  R: 'relay',
  X: 'control',
  H: 'hidden-service',
  D: 'directory',
};

const LETTERS = /^[A-Za-z]+$/;

/** Whether TYPE_FLAGS are well formed: letters, those not known too. */
export function areFlags(text: string): boolean {
  return LETTERS.test(text);
}

/** I and i are inbound, O and o outbound; any other first letter is unknown. */
export function directionOf(flags: string): Direction {
  const letter = flags[0];
  if (letter === 'I' || letter === 'i') return 'inbound';
  if (letter === 'O' || letter === 'o') return 'outbound';
  return 'unknown';
}

/** Whether the connection is established: a capital I or O. */
export function isEstablished(flags: string): boolean {
  return flags[0] === 'I' || flags[0] === 'O';
}

/** What the connection is used for, from the second letter. */
export function usageOf(flags: string): Usage {
  return USAGES[flags[1] ?? ''] ?? 'unknown';
}

/** Whether the other end lies outside the Tor network: the third letter is t. */
export function isOutsideTor(flags: string): boolean {
  return flags[2] === 't';
}
