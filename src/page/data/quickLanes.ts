/**
 * Lanes of a window without its lives, which a long recording takes seconds to read: from the frames
 * alone where there are few, from the most lopsided circuits of the rollups where there are many.
 * Owns what either shows; the exact lanes are lanes.ts's.
 */
import { directionOf, isEstablished } from '../../listing/flags.ts';
import { shapeOfSides } from '../../listing/shape.ts';
import type { ReadFrame } from '../../recording/decode.ts';
import type { Recording } from '../../recording/reader.ts';
import type { LanesPart } from '../parts.ts';
import { type PartInput, pollsAStretch } from './input.ts';
import { type DrawnLane, LaneBook } from './laneBook.ts';
import { bookOptions, circuitsUnseen, type Laned } from './lanes.ts';
import { StretchBook } from './stretchBook.ts';

/** Whose lane a row is in; rows of one CIRC_ID, or of one CONN_ID, share it. */
interface Shown {
  readonly lane: DrawnLane;
  rows: number;
}

/** Sees the frames of a window, in order. */
class FrameLanes {
  readonly #runs: readonly { readonly id: number; readonly at: number }[];
  readonly #byCircuit: boolean;
  readonly #repeats: boolean;
  readonly #book: LaneBook;
  /** By id; by slot. */
  readonly #shown = new Map<number, Shown>();
  readonly #ofSlot: (Shown | undefined)[] = [];
  /** How many lines a connection has, where they repeat its totals. */
  readonly #lines = new Map<number, number>();
  #run = 1;
  #lastAt: number | undefined;

  constructor(recording: Recording, byCircuit: boolean, book: LaneBook) {
    this.#runs = recording.index
      .runs()
      .map(({ id, firstSnapshot }) => ({ id, at: recording.timeOf(firstSnapshot) ?? 0 }));
    this.#byCircuit = byCircuit;
    this.#repeats = recording.header.bytes === 'connection';
    this.#book = book;
  }

  see({ at, change, standing }: ReadFrame, isBlind: boolean): void {
    const isFirst = this.#lastAt === undefined;
    this.#run = this.#runAt(at);
    for (const slot of isFirst ? [] : change.gone) this.#leave(slot, standing, at);
    for (const slot of isFirst ? standing.slots : change.came) {
      const since = isBlind ? undefined : this.#lastAt;
      this.#come(slot, standing, at, since);
    }
    if (!isFirst && !isBlind) {
      const { moved, read, written } = change;
      for (let index = 0; index < moved.length; index++) {
        this.#move(moved[index]!, standing, read[index]!, written[index]!);
      }
    }
    this.#lastAt = at;
  }

  #come(slot: number, standing: ReadFrame['standing'], at: number, since: number | undefined) {
    const connId = standing.connId[slot]!;
    const circId = standing.circId[slot]!;
    this.#lines.set(connId, (this.#lines.get(connId) ?? 0) + 1);
    if (this.#byCircuit && circId === 0) return;
    const id = this.#byCircuit ? circId : connId;
    const born = standing.birthOf(slot);
    let shown = this.#shown.get(id);
    if (shown === undefined) {
      const life = { run: this.#run, id, openedAt: born, firstSeen: at, shape: '' };
      shown = { lane: this.#book.open(life, false), rows: 0 };
      this.#shown.set(id, shown);
    }
    shown.rows++;
    this.#ofSlot[slot] = shown;
    describe(shown.lane, standing.flags[slot]!, this.#byCircuit);
    if (since === undefined || born <= since) return;
    this.#move(slot, standing, standing.read[slot]!, standing.written[slot]!);
  }

  #move(slot: number, standing: ReadFrame['standing'], read: number, written: number): void {
    const shown = this.#ofSlot[slot];
    if (shown === undefined) return;
    // The totals of a connection that carries several are nobody's in particular.
    if (this.#repeats && (this.#lines.get(standing.connId[slot]!) ?? 0) > 1) return;
    // A counter that fell is another entry's: what it says is where that begins.
    if (read >= 0 && written >= 0) this.#book.move(shown.lane, read, written);
  }

  #leave(slot: number, standing: ReadFrame['standing'], at: number): void {
    const connId = standing.connId[slot]!;
    const lines = (this.#lines.get(connId) ?? 1) - 1;
    if (lines > 0) this.#lines.set(connId, lines);
    else this.#lines.delete(connId);
    const shown = this.#ofSlot[slot];
    this.#ofSlot[slot] = undefined;
    if (shown === undefined || --shown.rows > 0) return;
    shown.lane.closedBy = at;
    shown.lane.lastSeen = this.#lastAt ?? at;
    this.#shown.delete(shown.lane.id);
    this.#book.close(shown.lane);
  }

  end(): void {
    for (const { lane } of this.#shown.values()) {
      lane.lastSeen = this.#lastAt ?? lane.firstSeen;
      this.#book.close(lane);
    }
  }

  #runAt(at: number): number {
    return this.#runs.findLast((run) => run.at <= at)?.id ?? this.#run;
  }
}

/** A lane's sides, from what its rows ever said. */
function describe(lane: DrawnLane, flags: string, byCircuit: boolean): void {
  const direction = directionOf(flags);
  if (direction === 'inbound') lane.inbound = 1;
  if (direction === 'outbound') lane.outbound = 1;
  if (!byCircuit) {
    lane.shape = flags;
    return;
  }
  const stands = isEstablished(flags);
  const before = lane.shape === 'relay' || lane.shape === 'outbound-only';
  const reachesOut = direction === 'outbound' ? stands : before;
  const waits = direction === 'outbound' && !stands;
  lane.shape = shapeOfSides(lane.inbound, lane.inbound, reachesOut ? 1 : 0, waits ? 1 : 0);
}

const FROM_FRAMES =
  'From the snapshots alone: whole numbers of the reports come when those are computed.';

/** More of them take longer on their way to a browser than they take to be drawn as a raster. */
const QUICK_LANES = 4000;

/** Plays the frames of the window, and no lives. */
export function framedParts(input: PartInput): Laned {
  const { recording, window } = input;
  const subject = circuitsUnseen(recording, window) === null ? 'circuit' : 'connection';
  let births = new Float64Array();
  const options = bookOptions(recording, window, () => births);
  const book = new LaneBook({ ...options, most: QUICK_LANES });
  const lanes = new FrameLanes(recording, subject === 'circuit', book);
  const stretches = new StretchBook(pollsAStretch(input));
  const blind = recording.index.blindTimes();
  let before: number | undefined;
  for (const item of recording.frames(window)) {
    if (item.kind !== 'frame') continue;
    const { standing } = item;
    if (before === undefined) {
      births = Float64Array.from(standing.slots, (slot) => standing.birthOf(slot));
    }
    const isBlind = before !== undefined && blind.overlaps(before, item.at);
    book.go(stretches.take(item.at, isBlind ? undefined : before));
    lanes.see(item, isBlind);
    before = item.at;
  }
  lanes.end();
  const { bands, ...drawn } = book.finish();
  const made = { exact: false, note: FROM_FRAMES };
  return {
    lanes: { ...stretches.stretches, subject, ...drawn, ...made },
    balance: { ...stretches.stretches, bands, ...made },
  };
}

const FROM_ROLLUPS =
  'From the rollups: the 64 most lopsided circuits of every ten minutes, each in the row of when it was first among them. All circuits come when they are computed.';

const TEN_MINUTES_MS = 600_000;

/** The most lopsided circuits of every ten minutes. */
export function lopsidedLanes(input: PartInput): LanesPart {
  const { recording, window } = input;
  // They stand where they were first among them: when others were born does not matter.
  const options = bookOptions(recording, window, () => new Float64Array());
  const book = new LaneBook({ ...options, most: 0 });
  const lanes = new Map<number, Map<number, DrawnLane>>();
  const stretches = new StretchBook(
    Math.max(1, Math.ceil((window.to - window.from) / TEN_MINUTES_MS / input.bins)),
  );
  let before: number | undefined;
  for (const { from, to, circuits } of recording.index.rollups().lopsided(window)) {
    const at = Math.min(to, window.to);
    book.go(stretches.take(at, before ?? from));
    before = at;
    for (const { run, circId, read, written } of circuits) {
      const ofRun = lanes.get(run) ?? new Map<number, DrawnLane>();
      lanes.set(run, ofRun);
      let lane = ofRun.get(circId);
      if (lane === undefined) {
        const life = { run, id: circId, openedAt: from, firstSeen: from, shape: '' };
        lane = book.open(life, false);
        ofRun.set(circId, lane);
      }
      lane.lastSeen = at;
      book.move(lane, read, written);
    }
  }
  for (const ofRun of lanes.values()) {
    for (const lane of ofRun.values()) book.closeWhereItEnds(lane);
  }
  const { bands: _, ...drawn } = book.finish();
  const made = { exact: false, note: FROM_ROLLUPS };
  return { ...stretches.stretches, subject: 'circuit', ...drawn, ...made };
}
