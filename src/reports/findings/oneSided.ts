/**
 * Stretches of time in which circuits stood open at one side alone, and what of them is one incident.
 * Owns joining them; how long is long, and what is said of it, is the rule's.
 */
import type { TapeCircuit } from '../../recording/playback/step.ts';
import {
  type CircuitHistory,
  evidenceOf,
  movedSoFar,
  type Span,
  spansWhere,
  type Turn,
} from './circuitHistories.ts';
import { APART_MS } from './sightings.ts';

type OneSidedShape = 'blocked' | 'outbound-only';

/** A circuit from when it was open at one side until it no longer was. */
export interface OneSided {
  readonly circuit: TapeCircuit;
  /** `blocked` if it was that at any time. */
  readonly shape: OneSidedShape;
  /** Milliseconds since the epoch. */
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly snapshots: readonly [first: number, last: number];
  /** Bytes meanwhile, both ways; 0 where they cannot be separated from others'. */
  readonly moved: number;
}

/** Stretches of one shape, none of them more than ten minutes from the others. */
export interface OneSidedIncident {
  readonly shape: OneSidedShape;
  readonly count: number;
  /** The one that began first. */
  readonly first: TapeCircuit;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly snapshots: readonly [first: number, last: number];
  readonly longestMs: number;
  /** By all of them. */
  readonly moved: number;
  readonly most: { readonly circuit: TapeCircuit; readonly moved: number };
}

/** Each stretch of a history in which the circuit stood open at one side for so many seconds. */
export function oneSidedIn(history: CircuitHistory, seconds: number): OneSided[] {
  const { at } = history.timeline;
  return spansWhere(history, isOneSided)
    .filter(({ from, to }) => at[to]! - at[from]! >= seconds * 1000)
    .map((span) => {
      const { read, written } = movedSoFar(history, span);
      return {
        ...evidenceOf(history, span),
        circuit: history.circuit,
        shape: isBlockedWithin(history, span) ? 'blocked' : 'outbound-only',
        moved: read.at(-1)! + written.at(-1)!,
      };
    });
}

function isOneSided({ shape, relays, reachesOut }: Turn): boolean {
  return relays && (shape === 'blocked' || (shape === 'outbound-only' && reachesOut));
}

function isBlockedWithin({ turns }: CircuitHistory, { from, to }: Span): boolean {
  return turns.some(({ shape, place }, index) => {
    const next = turns[index + 1]?.place ?? Number.POSITIVE_INFINITY;
    return shape === 'blocked' && place <= to && next > from;
  });
}

/**
 * Joins stretches, which may come in any order: of each shape no more incidents are kept than ten
 * minutes fit into the window.
 */
export class OneSidedIncidents {
  readonly #byShape = new Map<OneSidedShape, OneSidedIncident[]>();

  add({ circuit, moved, ...rest }: OneSided): void {
    let joined: OneSidedIncident = {
      ...rest,
      ...{ count: 1, first: circuit, longestMs: rest.lastSeen - rest.firstSeen },
      ...{ moved, most: { circuit, moved } },
    };
    const apart: OneSidedIncident[] = [];
    for (const other of this.#byShape.get(rest.shape) ?? []) {
      if (isNear(other, joined)) joined = join(other, joined);
      else apart.push(other);
    }
    this.#byShape.set(rest.shape, [...apart, joined]);
  }

  /** In the order of their beginnings. */
  all(): OneSidedIncident[] {
    return [...this.#byShape.values()].flat().sort((a, b) => a.firstSeen - b.firstSeen);
  }
}

function isNear(a: OneSidedIncident, b: OneSidedIncident): boolean {
  return Math.max(a.firstSeen, b.firstSeen) - Math.min(a.lastSeen, b.lastSeen) <= APART_MS;
}

function join(a: OneSidedIncident, b: OneSidedIncident): OneSidedIncident {
  const [early, late] = b.firstSeen < a.firstSeen ? [b, a] : [a, b];
  const last = late.lastSeen > early.lastSeen ? late : early;
  return {
    shape: a.shape,
    count: a.count + b.count,
    first: early.first,
    firstSeen: early.firstSeen,
    lastSeen: last.lastSeen,
    snapshots: [early.snapshots[0], last.snapshots[1]],
    longestMs: Math.max(a.longestMs, b.longestMs),
    moved: a.moved + b.moved,
    most: late.most.moved > early.most.moved ? late.most : early.most,
  };
}
