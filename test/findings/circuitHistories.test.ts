/** The history of circuits, from tapes that are too long to record in a test. */
import { describe, expect, it } from 'vitest';
import type { Step, TapeCircuit } from '../../src/recording/playback/step.ts';
import {
  CircuitHistories,
  type CircuitHistory,
} from '../../src/reports/findings/circuitHistories.ts';
import { HEADER } from '../recording/tapes.ts';

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

const CIRCUIT: TapeCircuit = { run: 1, circId: 7, openedAt: 0, shared: false };
const SLOTS = Int32Array.of(0, 1);
const NONE = new Int32Array(0);
const FLAGS = ['IRT', 'ORT'];
const unasked = () => {
  throw new Error('not asked for');
};
const ROWS: Step['rows'] = {
  ...{ slots: SLOTS, capacity: 2, flagsOf: (slot) => FLAGS[slot]!, circuitOf: () => CIRCUIT },
  circuitNumberOf: () => 0,
  circuits: {
    ...{
      capacity: 1,
      at: () => CIRCUIT,
      runOf: () => 1,
      openedAtOf: () => CIRCUIT.openedAt,
      circIdOf: () => 7,
      isShared: () => false,
    },
  },
  ...{
    carriesCircuit: () => true,
    labelOf: unasked,
    entryOf: unasked,
    connectionOf: unasked,
    countOf: unasked,
    listing: unasked,
  },
};

/** A circuit that moves something between any two snapshots. */
function stepOf(number: number): Step {
  const at = number * 10_000;
  const isFirst = number === 1;
  const bytes = Float64Array.of(10, 10);
  const nothing = new Float64Array(0);
  const moved = isFirst
    ? { slots: NONE, read: nothing, written: nothing, bridged: new Uint8Array(0) }
    : { slots: SLOTS, read: bytes, written: bytes, bridged: new Uint8Array(2) };
  return {
    ...{ number, at, since: isFirst ? undefined : at - 10_000, acrossGap: false, run: 1 },
    ...{ header: HEADER, info: new Map(), rows: ROWS, moved, counted: moved },
    aside: { quarantined: [], quarantinedCount: 0, changed: new Map(), events: [], extra: {} },
    ...{ arrived: isFirst ? SLOTS : NONE, left: NONE },
    ...{ relabelled: NONE, labelsBefore: [], reconnected: NONE },
  };
}
