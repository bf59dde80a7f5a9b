/**
 * How far apart two polls were meant to be, at any time of a recording.
 * Owns that it may change from session to session; what follows of it is the reports'.
 */
import type { IntervalAt } from '../listing/circuit.ts';

/** A session, as far as it says how often is polled. */
interface Paced {
  readonly at: number;
  readonly header: { readonly intervalMs: number };
}

/** The interval of the session that holds at a time, of the first for a time before it. */
export function intervalsOf({ sessions }: { readonly sessions: readonly Paced[] }): IntervalAt {
  const [first, ...later] = sessions;
  const turns = [{ at: Number.NEGATIVE_INFINITY, intervalMs: first!.header.intervalMs }];
  for (const { at, header } of later) {
    if (header.intervalMs !== turns.at(-1)!.intervalMs) {
      turns.push({ at, intervalMs: header.intervalMs });
    }
  }
  if (turns.length === 1) return () => first!.header.intervalMs;
  return (at) => turns.findLast((turn) => turn.at <= at)!.intervalMs;
}
