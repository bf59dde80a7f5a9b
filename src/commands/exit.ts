/**
 * Exit codes (contract, section 1).
 * Owns the numbers and which error gives which.
 */
import { ConntapeError } from '../error.ts';

export const EXIT = { success: 0, failure: 1, usage: 2, findings: 3 } as const;

export function exitCodeOf(thrown: unknown): number {
  return thrown instanceof ConntapeError && thrown.kind === 'usage' ? EXIT.usage : EXIT.failure;
}
