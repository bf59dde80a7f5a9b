/**
 * How far apart two polls were meant to be, at any time of a recording.
 * Owns that it may change from session to session; what follows of it is the reports'.
 */
import type { IntervalAt } from '../listing/circuit.ts';
import type { Window } from './window.ts';

/** A session, as far as it says how often is polled. */
interface Paced {
  readonly at: number;
  readonly header: { readonly intervalMs: number };
}

/** The longest interval of the sessions that hold in a time, both ends included. */
export function longestIntervalIn(
  { sessions }: { readonly sessions: readonly Paced[] },
  { from, to }: Window,
): number {
  const holding = sessions.filter(
    ({ at }, place) => at <= to && (sessions[place + 1]?.at ?? Number.POSITIVE_INFINITY) > from,
  );
  return (holding.length > 0 ? holding : sessions.slice(0, 1))
    .map(intervalOf)
    .reduce(greater, Number.NEGATIVE_INFINITY);
}

function greater(a: number, b: number): number {
  return Math.max(a, b);
}

function intervalOf({ header }: Paced): number {
  return header.intervalMs;
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
