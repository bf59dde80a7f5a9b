/**
 * A recording that goes on by itself: where it stands now, and what happens meanwhile.
 * Owns the order of snapshots and events in replayed time; how time passes is time.ts's, what the
 * events say is bandwidth.ts's and orConns.ts's.
 */
import type { Changes } from '../../listing/life.ts';
import { Tracker } from '../../listing/tracking.ts';
import { ServedMoment } from '../moment.ts';
import { BandwidthCounter, type Moved, Spread, totalsIn } from './bandwidth.ts';
import type { TapePoint } from './keys.ts';
import { OrConns, type OrEvent } from './orConns.ts';
import { headerAt, type Stop, type Tape, TapeCursor } from './tape.ts';
import type { ReplayedTime } from './time.ts';

/** Told of every event in its turn: its name, and the rest of its line. */
export type Listener = (name: 'BW' | 'ORCONN', text: string) => void;

/** BW events are a second apart (control-spec, section 4.1.4). */
const SECOND_MS = 1000;

const NOTHING: Moved = { read: 0, written: 0 };

/** From one snapshot to the next. */
interface Step {
  readonly from: number;
  readonly to: Stop;
  readonly acrossGap: boolean;
  readonly spread: Spread;
  readonly orEvents: readonly OrEvent[];
}

export interface PlaybackOptions {
  readonly tape: Tape;
  readonly time: ReplayedTime;
  /** It begins with the first snapshot at or after this, which there must be. */
  readonly from: number;
  /** Bytes of withheld connections are rounded to multiples of it; 1 keeps them. */
  readonly round: number;
}

export class Playback {
  readonly #options: PlaybackOptions;
  readonly #listener: Listener;
  readonly #cursor: TapeCursor;
  readonly #tracker = new Tracker();
  readonly #bandwidth = new BandwidthCounter();
  readonly #orConns = new OrConns();
  /** The last snapshot that has come, and what is said of it. */
  #stop: Stop;
  #moment: ServedMoment | undefined;
  #step: Step | undefined;
  /** How many of the step's OR events were told, and which of its bytes. */
  #orEventsTold = 0;
  #told = NOTHING;
  /** What moved before the step in the second that is told of next. */
  #carried = NOTHING;
  /** The end of that second. */
  #second: number;

  /**
   * Stands at the first snapshot; what happens after it is told to the listener. Throws `recording`
   * where the tape is damaged, here and later.
   */
  constructor(options: PlaybackOptions, listener: Listener) {
    this.#options = options;
    this.#listener = listener;
    this.#cursor = new TapeCursor(options.tape, options.from);
    this.#stop = this.#cursor.next()!;
    this.#track(this.#stop);
    this.#orConns.begin(this.#stop.snapshot.listing);
    this.#second = secondAfter(this.#stop.snapshot.at);
    this.#step = this.#stepFrom(this.#stop);
  }

  /** Where the tape stands now. */
  get point(): TapePoint {
    this.advance();
    const { tape, time, round } = this.#options;
    const { snapshot, info, before } = this.#stop;
    this.#moment ??= new ServedMoment(snapshot, info, before, round);
    const at = time.now();
    const header = headerAt(tape, snapshot.at);
    return { at, moment: this.#moment, header, gap: tape.gapAt(at) };
  }

  /** Tells what has happened by now, in order. */
  advance(): void {
    const now = this.#options.time.now();
    for (let step = this.#step; step !== undefined; step = this.#step) {
      const { at } = step.to.snapshot;
      this.#tellUntil(Math.min(now, at), step);
      if (now < at) return;
      this.#finish(step);
    }
  }

  /** Goes on until the end of the tape or of the signal; returns at once where time stands still. */
  async run(
    wait: (ms: number, signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    while (!signal.aborted) {
      this.advance();
      const wanted = this.#options.time.until(this.#nextTime());
      if (wanted === Number.POSITIVE_INFINITY) return;
      await wait(wanted, signal);
    }
  }

  /** Gives the recording free. */
  close(): void {
    this.#cursor.close();
  }

  #tellUntil(moment: number, step: Step): void {
    for (;;) {
      const orEvent = step.orEvents[this.#orEventsTold];
      const orAt = orEvent?.at ?? Number.POSITIVE_INFINITY;
      const second = step.acrossGap ? Number.POSITIVE_INFINITY : this.#second;
      if (Math.min(orAt, second) > moment) return;
      if (orAt <= second) {
        this.#listener('ORCONN', orEvent!.text);
        this.#orEventsTold++;
      } else {
        const { read, written } = this.#since(step, second);
        this.#listener('BW', `${read} ${written}`);
        this.#carried = NOTHING;
        this.#told = step.spread.by(second);
        this.#second += SECOND_MS;
      }
    }
  }

  /** What moved since the last second that was told of. */
  #since(step: Step, moment: number): Moved {
    const moved = step.spread.by(moment);
    return {
      read: this.#carried.read + moved.read - this.#told.read,
      written: this.#carried.written + moved.written - this.#told.written,
    };
  }

  #finish(step: Step): void {
    const next = this.#stepFrom(step.to);
    const { at } = step.to.snapshot;
    if (step.acrossGap) this.#second = secondAfter(at);
    // What moved in a gap moved at no known second, and so did what stands at its edges.
    const isEdge = step.acrossGap || next?.acrossGap === true;
    this.#carried = isEdge ? NOTHING : this.#since(step, at);
    this.#told = NOTHING;
    this.#orEventsTold = 0;
    this.#stop = step.to;
    this.#moment = undefined;
    this.#step = next;
  }

  /** The step to the next snapshot; undefined after the last. */
  #stepFrom(stop: Stop): Step | undefined {
    const { at: from } = stop.snapshot;
    const to = this.#cursor.next();
    if (to === undefined) return undefined;
    const { at } = to.snapshot;
    const { tape } = this.#options;
    const acrossGap = tape.gapsIn({ from, to: at }).length > 0;
    const { changes, moved } = this.#track(to);
    return {
      ...{ from, to, acrossGap },
      spread: new Spread(from, at, moved),
      orEvents: this.#orConns.follow(changes, from, acrossGap),
    };
  }

  #track(stop: Stop): { readonly changes: Changes; readonly moved: Moved } {
    const { snapshot } = stop;
    const { at, listing } = snapshot;
    const header = headerAt(this.#options.tape, at);
    const changes = this.#tracker.follow(snapshot);
    const moved = this.#bandwidth.follow({
      ...{ at, listing, entries: this.#tracker.entries },
      totals: totalsIn(header, stop.info),
      repeats: header.bytes === 'connection',
    });
    return { changes, moved };
  }

  /** When something happens next. */
  #nextTime(): number {
    if (this.#step === undefined) return Number.POSITIVE_INFINITY;
    const { to, orEvents, acrossGap } = this.#step;
    const orAt = orEvents[this.#orEventsTold]?.at ?? Number.POSITIVE_INFINITY;
    return Math.min(to.snapshot.at, orAt, acrossGap ? Number.POSITIVE_INFINITY : this.#second);
  }
}

/** Seconds end where the clock's do. */
function secondAfter(moment: number): number {
  return (Math.floor(moment / SECOND_MS) + 1) * SECOND_MS;
}
