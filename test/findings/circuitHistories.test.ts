/** The history of circuits, from tapes that are too long to record in a test. */
import { describe, expect, it } from 'vitest';
import { parseListing } from '../../src/listing/parse.ts';
import type { Step, TapeCircuit } from '../../src/recording/playback/step.ts';
import {
  CircuitHistories,
  type CircuitHistory,
} from '../../src/reports/findings/circuitHistories.ts';
import { HEADER, snapshotOf } from '../recording/tapes.ts';
import { relayed } from './planted.ts';

describe('the history of a circuit', () => {
  it('is cut when it has moved something so often, and goes on', () => {
    const polls = 10_050;
    const histories = new CircuitHistories();
    const heard: CircuitHistory[] = [];
    histories.each((history) => heard.push(history));
    for (let number = 1; number <= polls; number++) histories.watch(stepOf(number));
    expect(heard.length).toBe(1);
    histories.finish();
    const [first, rest] = heard;
    expect([first!.first, first!.last, rest!.last]).toEqual([0, 10_000, polls - 1]);
    // The place at which it was cut belongs to both, so that every move does to one.
    expect(rest!.first).toBe(first!.last);
    expect(first!.moves.length + rest!.moves.length).toBe(polls - 1);
    expect(rest!.moves[0]!.place).toBe(first!.last + 1);
    expect(rest!.turns).toEqual([{ ...first!.turns.at(-1)!, place: rest!.first }]);
  });
});

const CIRCUIT: TapeCircuit = { run: 1, circId: 7, shared: false };
const LISTING = parseListing(relayed(0, 7, 0, 0).join('\n'));

/** A circuit that moves something between any two snapshots. */
function stepOf(number: number): Step {
  const at = number * 10_000;
  const isFirst = number === 1;
  const life = { run: 1, openedAt: 0, openedKnown: true, firstSnapshot: 1, lastSnapshot: 1e6 };
  const entries = LISTING.labels.map(({ connId, circId }) => ({
    ...{ ...life, connId, circId, circuit: CIRCUIT },
    ...{ firstSeen: 0, lastSeen: at, closedBy: null, end: 'open' as const },
  }));
  const bytes = isFirst ? 0 : 10;
  const moved = { read: Float64Array.of(bytes, bytes), written: Float64Array.of(bytes, bytes) };
  return {
    ...{ number, at, since: isFirst ? undefined : at - 10_000, acrossGap: false, run: 1 },
    ...{ header: HEADER, snapshot: { ...snapshotOf(at, ''), listing: LISTING }, info: new Map() },
    ...{ entries, connections: [], ofSeveral: [], moved, counted: moved },
    bridging: { moved: new Set(), counted: new Set() },
    ...{ arrived: isFirst ? [0, 1] : [], left: [], relabelled: [] },
  };
}
