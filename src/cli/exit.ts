/**
 * Exit codes (docs/reference.md).
 * Owns the numbers and which error gives which.
 */
import { constants } from 'node:os';
import { ConntapeError, type ErrorKind } from '../error.ts';
import { Interruption } from './io.ts';

export const EXIT = { success: 0, failure: 1, usage: 2, findings: 3, damaged: 4 } as const;

/** What each says, for people. A recorder that is stopped ends with success. */
export const EXIT_MEANINGS: readonly (readonly [code: string, meaning: string])[] = [
  [`${EXIT.success}`, 'success'],
  [`${EXIT.failure}`, 'failure: the message says of what, and the next step'],
  [`${EXIT.usage}`, 'wrong usage'],
  [`${EXIT.findings}`, 'audit found what --fail-on names, or worse'],
  [`${EXIT.damaged}`, 'a recording is damaged'],
  ['130, 143', 'ended by SIGINT, by SIGTERM'],
];

const OF_KIND: Partial<Record<ErrorKind, number>> = { usage: EXIT.usage, damaged: EXIT.damaged };

/** What a shell calls the end by a signal: its number and this. */
const BY_SIGNAL = 128;

export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof Interruption) return BY_SIGNAL + constants.signals[thrown.signal];
  return (thrown instanceof ConntapeError ? OF_KIND[thrown.kind] : undefined) ?? EXIT.failure;
}
