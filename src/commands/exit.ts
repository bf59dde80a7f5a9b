/**
 * Exit codes (contract, section 1).
 * Owns the numbers and which error gives which.
 */
import { ConntapeError, type ErrorKind } from '../error.ts';

export const EXIT = { success: 0, failure: 1, usage: 2, findings: 3, damaged: 4 } as const;

const OF_KIND: Partial<Record<ErrorKind, number>> = { usage: EXIT.usage, damaged: EXIT.damaged };

export function exitCodeOf(thrown: unknown): number {
  return (thrown instanceof ConntapeError ? OF_KIND[thrown.kind] : undefined) ?? EXIT.failure;
}
