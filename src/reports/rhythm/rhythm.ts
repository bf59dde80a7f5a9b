/**
 * How regularly a place is called, and how probable that is by chance.
 * Owns the windows that are looked at, the gaps in them, and what Tor's own time-outs explain
 * (docs/reference.md, beacon); the two tests are intervals.ts's and phases.ts's.
 */
import type { BlindTimes } from '../../recording/index/blind.ts';
import { alikeAmong, type Regularity } from './intervals.ts';
import { beatOf } from './phases.ts';

/** A connection, milliseconds since the epoch. */
export interface Call {
  readonly at: number;
  /** When it ended; infinite while it is open. */
  readonly end: number;
}

/** What was watched. Milliseconds since the epoch, and milliseconds. */
export interface Watched {
  /** The first snapshot and the last. */
  readonly from: number;
  readonly to: number;
  /** Between two polls. */
  readonly intervalMs: number;
  readonly blind: BlindTimes;
}

export interface Rhythm extends Regularity {
  readonly by: 'intervals' | 'phases';
  /** The first and the last opening in the window in which it showed best, and how many there were. */
  readonly firstOpening: number;
  readonly lastOpening: number;
  readonly openings: number;
}

/** With fewer openings nothing is said. */
export const FEWEST_CALLS = 8;

/** UPTIME is in whole seconds. */
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** A part of the recording is looked at by itself if it is so long. */
const SHORTEST_PART_MS = 24 * 60 * MINUTE_MS;

/** Tor closes what is idle after 45 to 75 minutes, and opens it again when it is needed. */
const IDLE_PERIOD_S = 22.5 * 60;
const IDLE_DISCOUNT = 2.5;

/**
 * The least probable regularity in any window; null under 8 openings. `chance` is that of so
 * regular a place among openings at random, in all windows by either test: of one place.
 * @param calls those whose opening is known and in no gap, ascending.
 * @param isRelay whether Tor itself closes and opens connections to the place.
 */
export function rhythmOf(
  calls: readonly Call[],
  watched: Watched,
  isRelay: boolean,
): Rhythm | null {
  if (calls.length < FEWEST_CALLS) return null;
  const windows = [...windowsOf(watched)];
  let best: Rhythm | undefined;
  for (const from of windows) {
    const within = calls.filter(({ at }) => at >= from);
    if (within.length < FEWEST_CALLS) break;
    const window = {
      firstOpening: within[0]!.at,
      lastOpening: within.at(-1)!.at,
      openings: within.length,
    };
    const found = {
      intervals: intervalsIn(within, watched, isRelay),
      phases: phasesIn(within, { ...watched, from }, isRelay),
    };
    for (const by of ['intervals', 'phases'] as const) {
      const { chance, periodMs } = found[by] ?? { chance: 1, periodMs: Number.NaN };
      const corrected = Math.min(1, 2 * windows.length * chance);
      if (best !== undefined && corrected >= best.chance) continue;
      if (!Number.isNaN(periodMs)) best = { ...window, by, periodMs, chance: corrected };
    }
  }
  return best ?? NO_RHYTHM;
}

const NO_RHYTHM: Rhythm = {
  ...{ by: 'intervals', chance: 1, periodMs: Number.NaN },
  ...{ firstOpening: Number.NaN, lastOpening: Number.NaN, openings: 0 },
};

/** Where windows begin: the whole, its last half, quarter, … as long as a day. */
function* windowsOf({ from, to }: Watched): Generator<number, void> {
  yield from;
  for (let length = (to - from) / 2; length >= SHORTEST_PART_MS; length /= 2) yield to - length;
}

function intervalsIn(calls: readonly Call[], watched: Watched, isRelay: boolean) {
  // Of an end nobody knows more than between which polls it was.
  const resolutionMs = isRelay ? Math.max(SECOND_MS, watched.intervalMs) : SECOND_MS;
  return alikeAmong(gapsIn(calls, watched.blind, isRelay), resolutionMs);
}

/**
 * From one opening to the next. To a relay from when no connection was open any more: while one is,
 * Tor opens no other.
 */
function gapsIn(calls: readonly Call[], blind: BlindTimes, isRelay: boolean): number[] {
  const gaps: number[] = [];
  let lastEnd = Number.NEGATIVE_INFINITY;
  for (let index = 1; index < calls.length; index++) {
    const before = calls[index - 1]!;
    const { at } = calls[index]!;
    lastEnd = Math.max(lastEnd, before.end);
    const from = isRelay ? lastEnd : before.at;
    if (from <= at && !blind.overlaps(before.at, at)) gaps.push(at - from);
  }
  return gaps;
}

function phasesIn(calls: readonly Call[], { from, to, intervalMs }: Watched, isRelay: boolean) {
  const length = (to - from) / 1000;
  return beatOf({
    moments: calls.map(({ at }) => (at - from) / 1000),
    length,
    shortest: Math.max(60, (4 * intervalMs) / 1000),
    longest: Math.min(3600, length / 40),
    discount: (period) => (isRelay && period >= IDLE_PERIOD_S ? IDLE_DISCOUNT : 1),
  });
}
