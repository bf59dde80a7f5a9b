/**
 * What rules need to see, and what keeps it from being seen, snapshot by snapshot.
 * Owns the words for it as far as several rules share it; what comes of it over a window is
 * sight.ts's. A reason names what was not seen and, after a colon, why.
 */
import { usageOf } from '../../listing/flags.ts';
import { outsideOf } from '../../listing/outside.ts';
import { type Observes, unplacedIn } from '../../listing/snapshot.ts';
import type { Step, TapeCircuit } from '../../recording/playback/step.ts';
import { leadsOut, WITHHELD } from '../outbound.ts';
import { MatchingRows } from './matching.ts';
import { count, duration } from './wording.ts';

/** A function where figures of the whole window stand in it: asked once, at the end. */
export type Reason = string | (() => string);

/** What keeps a rule from seeing all that it needs in one snapshot and the step to it. */
export interface Hindrance {
  /** Whether it sees nothing that it could judge there. */
  readonly wholly: boolean;
  readonly reason: Reason;
  /** Whether it does not matter as long as other snapshots could be judged: every window begins. */
  readonly passes?: boolean;
}

/** Asked of every snapshot of a window, in order. */
export type Lookout = (step: Step) => Hindrance | undefined;

/** A lookout for one window. Rules that need the same name the same one: it looks once for all. */
export type Need = () => Lookout;

/** What a source says of itself, in the words of `conntape info`. */
function toldBySource(
  key: keyof Observes,
  what: string,
  seesNothing: () => (step: Step) => boolean,
): Need {
  return () => {
    const isBlind = seesNothing();
    return (step) => {
      const wholly = isBlind(step);
      const observed = step.header.observes[key];
      return observed === true ? undefined : { wholly, reason: `${what}: ${observed}` };
    };
  };
}

const NEVER = () => () => false;

/** A step without a gap to the snapshot before: what goes from snapshot to snapshot. */
export const STEPS: Need = () => {
  const reason = 'two snapshots without a gap in between: the window holds none';
  return ({ since, acrossGap }) =>
    since === undefined || acrossGap ? { wholly: true, reason, passes: true } : undefined;
};

/** So long without a gap: what lasts. @param seconds at least. */
export function lasting(seconds: number): Need {
  return () => {
    let unbrokenSince = 0;
    const long = duration(seconds * 1000);
    const reason = `what lasts ${long}: the window holds no ${long} without a gap`;
    return ({ at, since, acrossGap }) => {
      if (since === undefined || acrossGap) unbrokenSince = at;
      const isLong = at > unbrokenSince && at - unbrokenSince >= seconds * 1000;
      return isLong ? undefined : { wholly: true, reason, passes: true };
    };
  };
}

/** Polls so close that none of what lasts so long is missed. @param seconds at least. */
export function polledWithin(seconds: number): Need {
  return () => {
    let longestMs = 0;
    const reason = () => `what is over within ${duration(longestMs)}, the time between two polls`;
    return ({ at, since, acrossGap }) => {
      if (since === undefined || acrossGap || at - since <= seconds * 1000) return undefined;
      longestMs = Math.max(longestMs, at - since);
      return { wholly: false, reason };
    };
  };
}

/** Every line of every listing. */
export const LINES: Need = () => {
  let lines = 0;
  const reason = () => `${count(lines, 'line')} that could not be read`;
  return ({ aside: { quarantinedCount } }) => {
    lines += quarantinedCount;
    return quarantinedCount === 0 ? undefined : { wholly: false, reason };
  };
};

/** Every connection that is open at a poll. */
export const CONNECTIONS: Need = toldBySource(
  'connections',
  'connections',
  () =>
    ({ rows }) =>
      rows.slots.length === 0,
);

/** Connections that open and close between two polls, too. */
export const SHORT_CONNECTIONS: Need = shortConnections(Number.POSITIVE_INFINITY);

/**
 * The same for a rule that looks at short lives alone.
 * @param longestMs how long those are: polls as far apart, without an event, show none of them.
 */
export function shortConnections(longestMs: number): Need {
  return () => {
    let sawEvents = false;
    let intervalMs = 0;
    let observed = '';
    const reason = () =>
      `connections shorter than ${duration(intervalMs)} between two polls: ${observed}`;
    return ({ header, aside }) => {
      sawEvents ||= aside.events.length > 0;
      const { shortConnections: said } = header.observes;
      if (said === true) return undefined;
      intervalMs = Math.max(intervalMs, header.intervalMs);
      observed = said;
      return { wholly: !sawEvents && header.intervalMs >= longestMs, reason };
    };
  };
}

/** When every connection opened. */
export const OPENING_TIMES: Need = toldBySource('ages', 'when connections opened', NEVER);

/** To which address each connection goes. */
export const ADDRESSES: Need = withheldAddresses(
  'which of the connections whose address is not kept go to one place',
  () => false,
);

/** The same, or how many go to one address, counted by the source before it withheld it. */
export const COUNTED_ADDRESSES: Need = withheldAddresses(
  'how many connections go to one address, of those that are not kept: the source did not count them',
  ({ aside }) => outsideOf(aside.extra) !== undefined,
);

function withheldAddresses(reason: string, isCounted: (step: Step) => boolean): Need {
  return () => {
    const withheld = new MatchingRows(
      (rows, slot) => leadsOut(rows.flagsOf(slot)) && rows.labelOf(slot).ip === WITHHELD,
    );
    return (step) =>
      withheld.follow(step).size > 0 && !isCounted(step) ? { wholly: false, reason } : undefined;
  };
}

/** Circuits that others built. A Tor's own give no sight of them. */
export const CIRCUITS: Need = toldBySource('transitCircuits', 'circuits of others', () => {
  const relayed = new MatchingRows(
    (rows, slot) => rows.circuitOf(slot) !== undefined && usageOf(rows.flagsOf(slot)) === 'relay',
  );
  return (step) => relayed.follow(step).size === 0;
});

/** Which connections each circuit runs over. */
export const PLACED_CIRCUITS: Need = () => {
  let most = 0;
  const reason = () => `${count(most, 'circuit')} at once that could not be placed`;
  return ({ info }) => {
    const unplaced = unplacedIn(info);
    if (unplaced === 0) return undefined;
    most = Math.max(most, unplaced);
    return { wholly: false, reason };
  };
};

/** READ and WRITE of every line. */
export const BYTES: Need = toldBySource('bytes', 'bytes', NEVER);

/** READ and WRITE as counted on each connection: what is derived of the other proves nothing. */
export const COUNTED_BYTES: Need = toldBySource('bytes', 'bytes', () => () => true);

/** What each circuit moved, of connections that carry several. */
export const CIRCUIT_BYTES: Need = () => {
  let shared = 0;
  let apart = 0;
  const reason = 'the bytes of circuits that share a connection: they cannot be separated';
  const add = (circuit: TapeCircuit | undefined, change: 1 | -1) => {
    if (circuit === undefined) return;
    if (circuit.shared) shared += change;
    else apart += change;
  };
  return ({ rows, left, arrived }) => {
    for (const slot of left) add(rows.circuitOf(slot), -1);
    for (const slot of arrived) add(rows.circuitOf(slot), 1);
    return shared === 0 ? undefined : { wholly: apart === 0, reason };
  };
};
