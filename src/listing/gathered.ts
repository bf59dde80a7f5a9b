/**
 * What one snapshot changed, while a tracker goes through it.
 * Owns its empty beginning and the moment it belongs to; the rules are tracking.ts's.
 */
import type { Changes, Ending, Moment } from './life.ts';
import { CLOCK_STEPPED, type Snapshot } from './snapshot.ts';

/** What a snapshot changed, while it is gathered. */
export type Gathered = { -readonly [Key in keyof Changes]: Mutable<Changes[Key]> };
type Mutable<Value> = Value extends readonly (infer Item)[] ? Item[] : Value;

/** What a poll took is kept in whole milliseconds: who goes on from the tape must agree. */
export function momentOf(number: number, { at, pollMs, extra }: Snapshot): Moment {
  const stepped = extra[CLOCK_STEPPED];
  return {
    snapshot: number,
    at,
    polledBy: at + Math.round(pollMs),
    ...(typeof stepped === 'number' && stepped > 0 ? { stepped } : {}),
  };
}

/** The end of what a snapshot does not hold any more. */
export function polledAt(now: Moment): Ending {
  return { end: 'closed', at: now.at, byEvent: false, reason: '' };
}

/** Nothing changed yet. */
export function gather(now: Moment, run: number): Gathered {
  return {
    ...now,
    run,
    runStarted: now.snapshot === 1,
    opened: [],
    closed: [],
    resumed: [],
    relabelled: [],
    openedConnections: [],
    closedConnections: [],
    resumedConnections: [],
    passed: [],
    continues: new Int32Array(0),
  };
}
