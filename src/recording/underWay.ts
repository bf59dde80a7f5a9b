/**
 * The minute, the ten minutes and the hour in which a recording ends, from its tape.
 * Owns deriving what a writer before had of them; what they come to is index/rollups/stretches.ts's.
 */
import type { Label } from '../listing/label.ts';
import { countsWritten } from '../listing/uncounted.ts';
import { isBornIn } from './deltas.ts';
import { Carrier } from './index/rollups/carriers.ts';
import type { UnderWay } from './index/rollups/following.ts';
import { HOUR_MS, Stretches } from './index/rollups/stretches.ts';
import { intervalsOf } from './intervals.ts';
import type { PeerBook } from './peers.ts';
import { playback } from './playback/playback.ts';
import type { Moves, Step, TapeConnection } from './playback/step.ts';
import { Recording } from './reader.ts';
import type { Sqlite } from './sqlite.ts';

/**
 * What is under way as of the last snapshot; undefined for a recording without one.
 * @param numberOf the number of the peer of a label.
 */
export function underWayIn(
  recording: Recording,
  numberOf: (label: Label) => number,
): UnderWay | undefined {
  const last = recording.snapshotAt(Number.POSITIVE_INFINITY);
  if (last === undefined) return undefined;
  const feed = new Feed(recording, numberOf);
  const window = { from: beginningFor(recording, last.at), to: last.at };
  let slots: Int32Array = new Int32Array(0);
  for (const step of playback({ recording, window })) {
    feed.take(step);
    slots = step.rows.slots;
  }
  const { stretches } = feed;
  return { stretches, slots: Int32Array.from(slots) };
}

/** The same in a recording that is open for writing, where `path` names it in errors. */
export function underWayFor(db: Sqlite, path: string, book: PeerBook): UnderWay | undefined {
  return underWayIn(Recording.over(db, path), ({ orId, ip }) => book.numberOf(orId, ip));
}

/** The time of the snapshot from which on all is seen that counts in the hour of a time. */
function beginningFor(recording: Recording, at: number): number {
  const hour = Math.floor(at / HOUR_MS) * HOUR_MS;
  const before = recording.snapshotAt(hour - 1);
  if (before === undefined) return Number.NEGATIVE_INFINITY;
  return recording.timeOf(recording.index.firstOfAbsentAt(before.number))!;
}

class Feed {
  readonly stretches: Stretches;
  /** Of connections of several lines. */
  readonly #carriers = new Map<TapeConnection, Carrier>();

  constructor(recording: Recording, numberOf: (label: Label) => number) {
    this.stretches = new Stretches(numberOf, intervalsOf(recording));
  }

  take(step: Step): void {
    const { rows, number, at } = step;
    this.stretches.begin(at);
    for (const slot of step.left) {
      const { lastSnapshot, closedBy } = rows.entryOf(slot);
      this.stretches.leave(slot, lastSnapshot >= number ? at : (closedBy ?? at));
    }
    for (const slot of step.relabelled) this.stretches.relabel(slot, rows.labelOf(slot));
    for (const slot of step.reconnected) {
      const isNew = isNewIn(step, rows.connectionOf(slot));
      this.stretches.reconnect(slot, this.#carrierAt(step, slot), isNew);
    }
    for (const slot of step.arrived) {
      const { run, connId, circId, openedAt } = rows.entryOf(slot);
      const entry = { run, connId, circId, openedAt };
      const isShared = rows.circuitOf(slot)?.shared ?? false;
      const isNew = isNewIn(step, rows.connectionOf(slot));
      const carrier = this.#carrierAt(step, slot);
      this.stretches.arrive(slot, entry, rows.labelOf(slot), carrier, isNew, isShared);
    }
    if (countsWritten(step.header.observes)) {
      eachOf(step.moved, (slot, read, written) => this.stretches.moved(slot, read, written));
    }
    eachOf(step.counted, (slot, read, written) => this.stretches.counted(slot, read, written));
    this.stretches.end();
  }

  #carrierAt({ rows }: Step, slot: number): Carrier {
    const connection = rows.connectionOf(slot);
    let carrier = this.#carriers.get(connection);
    if (carrier === undefined) {
      carrier = new Carrier(connection, false);
      this.#carriers.set(connection, carrier);
    }
    return carrier;
  }
}

/** Whether a connection opened in the step, and that was seen. */
function isNewIn(step: Step, { openedAt, openedKnown }: TapeConnection): boolean {
  return isBornIn(step, openedAt, openedKnown) && !step.acrossGap;
}

function eachOf(
  { slots, read, written, bridged }: Moves,
  take: (slot: number, read: number, written: number) => void,
): void {
  for (let index = 0; index < slots.length; index++) {
    const [r, w] = [read[index]!, written[index]!];
    if (bridged[index] === 0 && (r > 0 || w > 0)) take(slots[index]!, r, w);
  }
}
