/**
 * No window is overlooked: the rules on circuits against a brute force over all pairs of snapshots.
 * Owns the generated histories. Limits are small, so that what is generated often just meets them.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src/listing/shape.ts';
import type { CircuitHistory, Turn } from '../../src/reports/findings/circuitHistories.ts';
import { oneSidedIn } from '../../src/reports/findings/oneSided.ts';

const RUNS = Number(process.env['CONNTAPE_PROPERTY_RUNS'] ?? 300);

/** A snapshot of a circuit, and what moved since the one before. */
interface Place {
  readonly afterMs: number;
  /** Undefined where the turn goes on. */
  readonly turn: Omit<Turn, 'place'> | undefined;
  readonly read: number;
  readonly written: number;
}

const moved = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
);

const turn = fc.record({
  shape: fc.constantFrom<Shape>(
    ...(['relay', 'relay', 'relay', 'blocked', 'outbound-only'] as const),
    ...(['inbound-only', 'pending'] as const),
  ),
  relays: fc.constantFrom(true, true, true, false),
  reachesOut: fc.constantFrom(true, true, false),
});

const place: fc.Arbitrary<Place> = fc.record({
  afterMs: fc.constantFrom(500, 1000, 1000, 1000, 2000, 2999),
  turn: fc.option(turn, { freq: 3, nil: undefined }),
  read: moved,
  written: moved,
});

/** So many snapshots there were before the circuit came. */
const EARLIER = 3;

function historyOf(first: Omit<Turn, 'place'>, places: readonly Place[]): CircuitHistory {
  const at = [0, 1000, 2000, 3000];
  const turns: Turn[] = [{ place: EARLIER, ...first }];
  const moves: { place: number; read: number; written: number }[] = [];
  for (const { afterMs, turn: next, read, written } of places) {
    const here = at.push(at.at(-1)! + afterMs) - 1;
    if (next !== undefined) turns.push({ place: here, ...next });
    if (read + written > 0) moves.push({ place: here, read, written });
  }
  const number = at.map((_, index) => 100 + index);
  const last = at.length - 1;
  const circuit = { run: 1, circId: 7, openedAt: 0, shared: false };
  return { circuit, timeline: { at, number }, first: EARLIER, last, turns, moves };
}

const history = fc
  .tuple(turn, fc.array(place, { maxLength: 25, size: 'max' }))
  .map(([first, places]) => historyOf(first, places));

/** What a circuit was at a place. */
function turnAt({ turns }: CircuitHistory, here: number): Turn {
  return turns.findLast((each) => each.place <= here)!;
}

interface Pair {
  readonly from: number;
  readonly to: number;
  readonly elapsedMs: number;
  readonly read: number;
  readonly written: number;
}

/** Every two places, with what moved from one to the other. */
function pairsOf({ timeline: { at }, first, last, moves }: CircuitHistory): Pair[] {
  const pairs: Pair[] = [];
  for (let from = first; from <= last; from++) {
    for (let to = from + 1; to <= last; to++) {
      const between = moves.filter((move) => move.place > from && move.place <= to);
      pairs.push({
        ...{ from, to, elapsedMs: at[to]! - at[from]! },
        read: between.reduce((sum, move) => sum + move.read, 0),
        written: between.reduce((sum, move) => sum + move.written, 0),
      });
    }
  }
  return pairs;
}

/** The longest stretches of places at which the circuit was as asked. */
function stretchesWhere(
  circuit: CircuitHistory,
  isSo: (turn: Turn) => boolean,
): { from: number; to: number }[] {
  const stretches: { from: number; to: number }[] = [];
  for (let here = circuit.first; here <= circuit.last; here++) {
    if (!isSo(turnAt(circuit, here))) continue;
    const before = stretches.at(-1);
    if (before?.to === here - 1) before.to = here;
    else stretches.push({ from: here, to: here });
  }
  return stretches;
}

describe('unestablished-circuit', () => {
  const isOpenAtOneSide = ({ shape, relays, reachesOut }: Turn) =>
    relays && (shape === 'blocked' || (shape === 'outbound-only' && reachesOut));

  it('finds each stretch that lasts, whole', () => {
    fc.assert(
      fc.property(history, (circuit) => {
        const { at, number } = circuit.timeline;
        const pairs = pairsOf(circuit);
        const expected = stretchesWhere(circuit, isOpenAtOneSide)
          .filter(({ from, to }) => at[to]! - at[from]! >= 3000)
          .map(({ from, to }) => {
            const { read, written } = pairs.find((pair) => pair.from === from && pair.to === to)!;
            return [read + written, at[from], at[to], [number[from], number[to]]];
          });
        const found = oneSidedIn(circuit, 3);
        expect(
          found.map(({ moved, firstSeen, lastSeen, snapshots }) => {
            return [moved, firstSeen, lastSeen, snapshots];
          }),
        ).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
  });

  it('says of each stretch which side was open', () => {
    const second = { afterMs: 1000, turn: undefined, read: 0, written: 0 };
    const turnTo = (shape: Shape) => ({
      ...second,
      turn: { shape, relays: true, reachesOut: shape === 'outbound-only' },
    });
    const rest = Array<Place>(4).fill(second);
    const circuit = historyOf({ shape: 'outbound-only', relays: true, reachesOut: true }, [
      ...rest,
      turnTo('relay'),
      turnTo('blocked'),
      ...rest,
    ]);
    expect(oneSidedIn(circuit, 3).map(({ shape }) => shape)).toEqual(['outbound-only', 'blocked']);
  });
});
